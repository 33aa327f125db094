//! What holds of every query string that is read as a filter.

use ward_taxii::filter::{Endpoint, Filter, Parameter, VersionMatch, VersionPick, parse};
use ward_taxii::timestamp;

const ENDPOINTS: [Endpoint; 5] =
    [Endpoint::Objects, Endpoint::Object, Endpoint::Manifest, Endpoint::Versions, Endpoint::Delete];

/// The first byte says the endpoint. A filter written out is read as the same filter; the order of parameters and parameters that nobody
/// knows do not count; nothing counts twice; what is wrong is said in a few words.
pub fn holds(data: &[u8]) {
    let Some((first, query)) = data.split_first() else { return };
    let Ok(query) = std::str::from_utf8(query) else { return };
    let endpoint = ENDPOINTS[usize::from(*first) % ENDPOINTS.len()];
    let filter = match parse(query, endpoint) {
        Ok(filter) => filter,
        Err(error) => return assert!((1..400).contains(&error.to_string().chars().count()), "{error}"),
    };
    let given = written(&filter);
    let text: Vec<String> = given.iter().map(|(parameter, value)| pair(*parameter, value)).collect();
    assert_eq!(parse(&text.join("&"), endpoint).as_ref(), Ok(&filter), "{text:?}");
    let backwards: Vec<&str> = query.split('&').rev().collect();
    assert_eq!(parse(&format!("{}&x_none=%20", backwards.join("&")), endpoint).as_ref(), Ok(&filter));
    for (parameter, value) in given {
        assert!(endpoint.takes(parameter), "{parameter:?} is not for {endpoint:?}");
        assert!(parse(&format!("{query}&{}", pair(parameter, &value)), endpoint).is_err() || !names(query, parameter));
    }
    assert_ne!(filter.limit, Some(0));
}

/// Whether a query names a parameter in so many letters; encoded in part it may name it too.
fn names(query: &str, parameter: Parameter) -> bool {
    query.split('&').any(|pair| pair.split('=').next() == Some(parameter.name()))
}

fn pair(parameter: Parameter, value: &str) -> String {
    let encoded: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
    format!("{}={encoded}", parameter.name().replace('[', "%5B"))
}

/// What a filter says, parameter by parameter; defaults are not said.
fn written(filter: &Filter) -> Vec<(Parameter, String)> {
    let mut given = Vec::new();
    let mut give = |parameter, value: Option<String>| given.extend(value.map(|value| (parameter, value)));
    let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
    let time = |micros| timestamp::format_micros(micros).expect("a moment that was read can be written");
    give(Parameter::AddedAfter, filter.added_after.map(time));
    give(Parameter::Limit, filter.limit.map(|limit| limit.to_string()));
    give(Parameter::Next, filter.next.clone());
    give(Parameter::Id, list(&filter.ids));
    give(Parameter::Type, list(&filter.types));
    give(Parameter::SpecVersion, list(&filter.spec_versions));
    let versions = (filter.versions != VersionMatch::default()).then(|| match &filter.versions {
        VersionMatch::All => "all".to_owned(),
        VersionMatch::AnyOf(picks) => picks.iter().map(pick).collect::<Vec<_>>().join(","),
    });
    give(Parameter::Version, versions);
    given
}

fn pick(pick: &VersionPick) -> &str {
    match pick {
        VersionPick::First => "first",
        VersionPick::Last => "last",
        VersionPick::Exact(time) => time,
    }
}
