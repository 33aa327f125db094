//! What a node may be asked: questions about attackers, never about people.
//!
//! A question is a search of the owner's logs, and its answer goes to somebody else. Whether an e-mail address, an account or one visitor's query was
//! here is nobody's to ask, so such parts of a pattern are left out and named; what else the pattern asks is still searched for.

use crate::pattern::{self, Comparison, Compiled, Observation, PatternError, PropertyTest};
use crate::term::Term;

/// Types of STIX objects that are about a person.
const ABOUT_PEOPLE: [&str; 3] = ["email-addr", "email-message", "user-account"];

/// Compiles a pattern to what a node searches for. What it refuses is in `unsupported`, with the reason.
///
/// # Errors
/// [`PatternError`] when the text is no pattern.
pub fn compile(text: &str) -> Result<Compiled, PatternError> {
    let mut compiled = pattern::compile(text)?;
    let mut refused = Vec::new();
    compiled.terms.retain(|term| {
        let reason = refusal(term);
        refused.extend(reason);
        reason.is_none()
    });
    if asks_about_people(&pattern::parse(text)?) {
        refused.push("it asks about a person's e-mail address or account: nodes refuse such questions");
    }
    refused.dedup();
    // First, so that it is the reason that a short text shows.
    compiled.unsupported.splice(0..0, refused.into_iter().map(str::to_owned));
    Ok(compiled)
}

/// Why a term is a question about a person, if it is one.
fn refusal(term: &Term) -> Option<&'static str> {
    let Term::Url(url) = term else { return None };
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let has_value = |parameter: &str| match parameter.split_once('=') {
        Some((_, value)) => !value.is_empty(),
        None => !parameter.is_empty(),
    };
    if query.split(['&', ';']).any(has_value) {
        return Some("it asks for a URL with query values, which may be about a person: nodes refuse such questions");
    }
    let names_somebody = path.contains('@') || path.to_ascii_lowercase().contains("%40");
    names_somebody.then_some("it asks for a URL with an e-mail address or account in it: nodes refuse such questions")
}

fn asks_about_people(observation: &Observation) -> bool {
    match observation {
        Observation::Test(comparison) => compares_people(comparison),
        Observation::All(parts) | Observation::Any(parts) | Observation::FollowedBy(parts) => {
            parts.iter().any(asks_about_people)
        }
        Observation::Qualified(inner, _) => asks_about_people(inner),
    }
}

fn compares_people(comparison: &Comparison) -> bool {
    let is_about_people = |test: &PropertyTest| ABOUT_PEOPLE.contains(&test.path.object_type.as_str());
    match comparison {
        Comparison::Test(test) => is_about_people(test),
        Comparison::All(parts) | Comparison::Any(parts) => parts.iter().any(compares_people),
    }
}

#[cfg(test)]
mod tests {
    use super::compile;

    #[test]
    fn questions_about_people_are_refused_and_said_to_be() {
        let table = [
            ("[ipv4-addr:value = '192.0.2.1']", 1, ""),
            ("[url:value = 'http://a.example/login.php']", 1, ""),
            ("[url:value = 'http://a.example/login.php?id=&x=']", 1, ""),
            ("[url:value = 'http://a.example/lookup?name=Smith']", 0, "query values"),
            ("[url:value = 'http://a.example/lookup?Smith']", 0, "query values"),
            ("[url:value = 'http://a.example/lookup?id=;name=Smith']", 0, "query values"),
            ("[url:value = 'http://a.example/voters/jane@b.example']", 0, "e-mail address or account in it"),
            ("[url:value = 'http://a.example/voters/jane%40b.example/']", 0, "e-mail address or account in it"),
            ("[url:value IN ('http://a.example/x', 'http://a.example/x?y=1')]", 1, "query values"),
            ("[email-addr:value = 'jane@b.example']", 0, "a person's e-mail address or account"),
            ("[user-account:account_login = 'jdoe']", 0, "a person's e-mail address or account"),
            ("[email-message:from_ref.value = 'jane@b.example']", 0, "a person's e-mail address or account"),
            (
                "[ipv4-addr:value = '192.0.2.1'] OR ([email-addr:value LIKE 'jane%'] AND [file:name = 'x']) WITHIN 5 SECONDS",
                1,
                "a person's e-mail address or account",
            ),
        ];
        for (pattern, terms, reason) in table {
            let compiled = compile(pattern).unwrap();
            assert_eq!(compiled.terms.len(), terms, "{pattern}");
            let first = compiled.unsupported.first().cloned().unwrap_or_default();
            assert!(first.contains(reason) && first.is_empty() == reason.is_empty(), "{pattern}: {first}");
        }
    }
}
