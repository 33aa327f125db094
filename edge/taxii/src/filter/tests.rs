//! Queries and what they mean, as tables: the standard's examples, the traps servers in use fall into, and clients'
//! spellings.

use super::*;
use proptest::prelude::*;

const MICROS: i64 = 1_525_348_800_000_000;

fn exact(text: &str) -> VersionPick {
    VersionPick::Exact(text.to_owned())
}

fn texts(values: &[&str]) -> Vec<String> {
    values.iter().map(|&value| value.to_owned()).collect()
}

#[test]
fn good_queries() {
    let check = |query: &str, expected: Filter| assert_eq!(parse(query, Endpoint::Objects), Ok(expected), "{query}");
    let after = |micros| Filter { added_after: Some(micros), ..Filter::default() };
    check("", Filter::default());
    check("&&", Filter::default());
    check("added_after=2018-05-03T12:00:00Z", after(MICROS));
    check("added_after=2018-05-03T12%3A00%3A00.5Z", after(MICROS + 500_000));
    check("added_after=2018-05-03T12:00:00.000Z", after(MICROS));
    check("added_after=2018-05-03T12:00:00.000001Z", after(MICROS + 1));
    check("added_after=2018-05-03T12:00:00.000001999Z", after(MICROS + 1));
    check("limit=1", Filter { limit: Some(1), ..Filter::default() });
    check("limit=99999999", Filter { limit: Some(99_999_999), ..Filter::default() });
    check("next=a%2Bb%3D+c", Filter { next: Some("a+b= c".to_owned()), ..Filter::default() });
    check("match[type]=incident,malware", Filter { types: texts(&["incident", "malware"]), ..Filter::default() });
    check("match%5Btype%5D=tool%2Cnote", Filter { types: texts(&["tool", "note"]), ..Filter::default() });
    check("match%5btype%5d=x-own", Filter { types: texts(&["x-own"]), ..Filter::default() });
    check("match[id]=tool--1,note--2", Filter { ids: texts(&["tool--1", "note--2"]), ..Filter::default() });
    check("match[spec_version]=2.0,2.1", Filter { spec_versions: texts(&["2.0", "2.1"]), ..Filter::default() });
    check(
        "limit=5&match[type]=tool&next=n&added_after=1970-01-01T00:00:00Z",
        Filter {
            limit: Some(5),
            types: texts(&["tool"]),
            next: Some("n".to_owned()),
            added_after: Some(0),
            ..Filter::default()
        },
    );
    check("match[confidence]=5&match[confidence]=%zz&foo&foo&Limit=0&MATCH[id]=", Filter::default());
}

#[test]
fn versions_of_an_object() {
    let check = |value: &str, expected: VersionMatch| {
        let filter = parse(&format!("match[version]={value}"), Endpoint::Object).unwrap();
        assert_eq!(filter.versions, expected, "{value}");
    };
    check("all", VersionMatch::All);
    check("last", VersionMatch::default());
    check("last,first", VersionMatch::AnyOf(vec![VersionPick::Last, VersionPick::First]));
    check(
        "first,2018-03-02T01:01:01.123Z,last",
        VersionMatch::AnyOf(vec![VersionPick::First, exact("2018-03-02T01:01:01.123Z"), VersionPick::Last]),
    );
    check("2016-03-23T01:01:01.000Z", VersionMatch::AnyOf(vec![exact("2016-03-23T01:01:01Z")]));
    check("2016-03-23T01:01:01.123456789Z", VersionMatch::AnyOf(vec![exact("2016-03-23T01:01:01.123456789Z")]));
    assert_eq!(parse("", Endpoint::Object).unwrap().versions, VersionMatch::AnyOf(vec![VersionPick::Last]));
}

#[test]
fn bad_queries() {
    let check = |query: &str, expected: &str| {
        let error = parse(query, Endpoint::Objects).expect_err(query);
        assert!(error.to_string().contains(expected), "{query}: {error}");
    };
    for value in ["", "0", "-1", "+1", "1.0", "1e3", "ten", " 1", "1,2", "0x10", "99999999999999999999999999"] {
        check(&format!("limit={value}"), "a value of `limit`");
    }
    for value in ["", "yesterday", "2018-05-03", "2018-05-03T12:00:00", "2018-05-03T12:00:00+00:00"] {
        check(&format!("added_after={value}"), "a value of `added_after`");
    }
    check("added_after=2018-05-03T12:00:00Z,2018-05-04T12:00:00Z", "a value of `added_after`");
    check("limit", "a value of `limit`");
    check("next=", "a value of `next`");
    for field in ["match[id]", "match[type]", "match[version]", "match[spec_version]"] {
        check(&format!("{field}="), field);
        check(&format!("{field}=a,,b"), field);
        check(&format!("{field}=last,"), field);
        check(&format!("{field}=last&{field}=first"), &format!("`{field}` is given more than once"));
    }
    check("match[type]=tool&match%5Btype%5D=tool", "`match[type]` is given more than once");
    check("limit=1&limit=1", "`limit` is given more than once");
    check("next=a&next=b", "`next` is given more than once");
    check("added_after=2018-05-03T12:00:00Z&added_after=2018-05-03T12:00:00Z", "given more than once");
    check("match[version]=all,last", "`all` and another");
    check("match[version]=2018-05-03T12:00:00Z,all", "`all` and another");
    check("match[version]=all,all", "version `all` is given more than once");
    check("match[version]=last,last", "version `last` is given more than once");
    check(
        "match[version]=2018-05-03T12:00:00Z,2018-05-03T12:00:00.000Z",
        "version `2018-05-03T12:00:00.000Z` is given",
    );
    check("match[version]=newest", "a value of `match[version]`");
    check("match[version]=LAST", "a value of `match[version]`");
    check("match%5=1", "not percent-encoded");
    check("match[type]=%zz", "not percent-encoded");
    check("match[type]=%", "not percent-encoded");
    check("match[type]=%+1", "not percent-encoded");
    check("match[type]=%ff", "not percent-encoded UTF-8");
    check(&format!("limit={}", "é".repeat(500)), "é…`");
}

/// What an endpoint does not take is ignored, even malformed or twice.
#[test]
fn parameters_of_each_endpoint() {
    use Endpoint::{Delete, Manifest, Object, Objects, Versions};
    let check = |name: &str, takers: &[Endpoint]| {
        for endpoint in [Objects, Object, Manifest, Versions, Delete] {
            let taken = parse(&format!("{name}=&{name}="), endpoint).is_err();
            assert_eq!(taken, takers.contains(&endpoint), "{name} at {endpoint:?}");
        }
    };
    check("added_after", &[Objects, Object, Manifest, Versions]);
    check("limit", &[Objects, Object, Manifest, Versions]);
    check("next", &[Objects, Object, Manifest, Versions]);
    check("match[id]", &[Objects, Manifest]);
    check("match[type]", &[Objects, Manifest]);
    check("match[version]", &[Objects, Object, Manifest, Delete]);
    check("match[spec_version]", &[Objects, Object, Manifest, Versions, Delete]);
    check("match[relationships]", &[]);
    check("page", &[]);
}

proptest! {
    #[test]
    fn no_query_panics(query in "(added_after|limit|next|match\\[(id|version)\\]|[%+=&,a-z0-9é\\[\\]]{0,9}|=|&|%){0,12}") {
        let _ = parse(&query, Endpoint::Objects);
    }

    #[test]
    fn any_encoded_text_is_decoded(text in "\\PC{1,20}") {
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        prop_assert_eq!(parse(&format!("next={encoded}"), Endpoint::Objects).unwrap().next, Some(text));
    }
}
