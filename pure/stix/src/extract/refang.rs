//! Undoes what people do to indicators so that nobody clicks them.

use std::borrow::Cow;

const REPLACEMENTS: [(&str, &str); 22] = [
    ("[.]", "."),
    ("(.)", "."),
    ("{.}", "."),
    ("[dot]", "."),
    ("(dot)", "."),
    ("{dot}", "."),
    ("[://]", "://"),
    ("[:]//", "://"),
    ("[:]", ":"),
    ("(:)", ":"),
    ("[/]", "/"),
    ("[at]", "@"),
    ("(at)", "@"),
    ("{at}", "@"),
    ("[@]", "@"),
    ("hxxps", "https"),
    ("hxxp", "http"),
    ("hxtps", "https"),
    ("hxtp", "http"),
    ("fxp://", "ftp://"),
    // Half-bracketed dots, as some tools write them.
    ("[.", "."),
    (".]", "."),
];

/// The word as it was before it was defanged; unchanged (and not copied) when it was not. A full stop before a closing
/// bracket is only taken for a defanged dot when more of a name follows it.
pub fn refang(word: &str) -> Cow<'_, str> {
    if !word.contains(['[', '(', '{']) && !starts_defanged(word) {
        return Cow::Borrowed(word);
    }
    let mut rest = word;
    let mut plain = String::with_capacity(word.len());
    while let Some(first) = rest.chars().next() {
        let found = REPLACEMENTS.iter().find(|(defanged, _)| applies(rest, defanged, &plain));
        let (written, meant) = match found {
            Some((defanged, meant)) => (defanged.len(), *meant),
            None => (first.len_utf8(), rest.get(..first.len_utf8()).unwrap_or_default()),
        };
        plain.push_str(meant);
        rest = rest.get(written..).unwrap_or_default();
    }
    Cow::Owned(plain)
}

/// Whether a word begins with a defanged scheme.
fn starts_defanged(word: &str) -> bool {
    word.get(..4).is_some_and(|start| ["hxxp", "hxtp", "fxp:"].iter().any(|known| start.eq_ignore_ascii_case(known)))
}

fn applies(rest: &str, defanged: &str, before: &str) -> bool {
    if !rest.get(..defanged.len()).is_some_and(|start| start.eq_ignore_ascii_case(defanged)) {
        return false;
    }
    let next = rest.get(defanged.len()..).and_then(|after| after.chars().next());
    match defanged {
        "[." | ".]" => before.ends_with(char::is_alphanumeric) && next.is_some_and(char::is_alphanumeric),
        _ => !defanged.starts_with(char::is_alphabetic) || !before.ends_with(char::is_alphanumeric),
    }
}
