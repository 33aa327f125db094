//! The routes as the sources have them.

use std::collections::BTreeSet;
use std::path::Path;

use crate::table::ROWS;

/// Method and path of every route in the sources; a route for any method has the method `ANY`.
fn in_sources() -> BTreeSet<(String, String)> {
    let mut found = BTreeSet::new();
    for text in texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
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

fn texts(folder: &Path) -> Vec<String> {
    let mut texts = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            texts.extend(self::texts(&path));
        } else {
            texts.push(std::fs::read_to_string(&path).unwrap());
        }
    }
    texts
}

#[test]
fn the_table_is_the_routes() {
    let tabled: BTreeSet<(String, String)> =
        ROWS.iter().map(|row| (row.method.to_owned(), row.route.to_owned())).collect();
    let routes = in_sources();
    assert!(routes.len() > 20, "the sources are read");
    assert_eq!(tabled, routes);
}

/// Nothing else adds routes: nested routers, services and fallbacks would not be seen by the scan.
#[test]
fn routes_are_only_made_with_route() {
    for text in texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")) {
        for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
            assert!(!text.contains(other), "{other}");
        }
    }
}
