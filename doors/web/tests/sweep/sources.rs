//! The routes as the sources have them.

use std::collections::BTreeSet;
use std::path::Path;

/// Method and path of every route in the sources of a folder below `src`; a route for any method has the method `ANY`.
pub fn routes(folder: &str) -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for text in texts(folder) {
        let mut parts = text.split(".route(");
        parts.next();
        for part in parts {
            let (_, rest) = part.split_once('"').expect("a path");
            let (path, rest) = rest.split_once('"').expect("a path");
            // Up to the end of the statement, which other calls may follow.
            let handlers = rest.split([';', '}']).next().unwrap_or_default();
            let mut methods: Vec<&str> = ["get", "post", "put", "delete", "patch"]
                .into_iter()
                .filter(|method| {
                    handlers
                        .split(&format!("{method}("))
                        .collect::<Vec<_>>()
                        .windows(2)
                        .any(|pair| pair[0].chars().next_back().is_some_and(|before| "., (".contains(before)))
                })
                .collect();
            if methods.is_empty() {
                methods.push("any");
            }
            found.extend(methods.iter().map(|method| (method.to_uppercase(), path.to_owned())));
        }
    }
    found
}

/// The texts of a folder's sources; `""` is `src` itself.
pub fn texts(folder: &str) -> Vec<String> {
    texts_of(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src").join(folder))
}

fn texts_of(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(texts_of(&path));
        } else {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}
