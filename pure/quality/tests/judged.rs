//! Cases of the judgement as a table, the lists that the program carries, and what holds for all.
#![cfg(test)]

use proptest::prelude::*;
use ward_quality::rules::{BLOCK_FROM, DAY};
use ward_quality::{Act, Facts, Listed, Lists, OfficeWord, Said, Stated, Verdict, WarningList, builtin, judge};
use ward_stix::object::Object;
use ward_stix::pattern;

/// 2018-05-03.
const NOW: i64 = 1_525_305_600_000_000;

fn stated(text: &str) -> Stated {
    Stated { terms: pattern::compile(text).unwrap().terms, stated_at: Some(NOW - DAY), ..Stated::default() }
}

fn address() -> Stated {
    Stated { confidence: Some(80), ..stated("[ipv4-addr:value = '203.0.113.7']") }
}

fn words(said: &[Said]) -> Vec<OfficeWord> {
    let word = |(place, said): (usize, &Said)| OfficeWord { organisation: format!("o{place}"), said: said.clone() };
    said.iter().enumerate().map(word).collect()
}

fn judged(stated: &Stated, is_vouched: bool, said: &[Said]) -> Verdict {
    let listed = Lists::new(builtin().unwrap()).of(&stated.terms);
    judge(&Facts { stated, is_vouched, listed: &listed, words: &words(said) }, NOW)
}

#[test]
fn one_case_for_each_rule() {
    let alarm = || Said::FalseAlarm { reason: Some("our own scanner".to_owned()) };
    let check = |stated: &Stated, is_vouched: bool, said: &[Said], act: Act, confidence: u8, reason: &str| {
        let verdict = judged(stated, is_vouched, said);
        assert_eq!((verdict.act, verdict.confidence), (act, confidence), "{stated:?} {said:?}: {verdict:?}");
        assert!(verdict.reasons.iter().any(|text| text.contains(reason)), "`{reason}` is not in {:?}", verdict.reasons);
    };
    check(&address(), false, &[], Act::Block, 80, "sure enough");
    check(&Stated { confidence: Some(59), ..address() }, false, &[], Act::Watch, 59, "blocking needs 60");
    check(&Stated { confidence: Some(60), ..address() }, false, &[], Act::Block, 60, "sure enough");
    check(&Stated { confidence: None, ..address() }, false, &[], Act::Watch, 30, "states none");
    check(&Stated { confidence: None, ..address() }, true, &[], Act::Block, 70, "two people signed");
    check(&Stated { confidence: Some(10), ..address() }, true, &[], Act::Watch, 10, "10 of 100");
    // Confirmations raise, as far as three of them; matches that nobody reviewed do next to nothing.
    let unsure = Stated { confidence: None, ..address() };
    check(&unsure, false, &[Said::Confirmed], Act::Watch, 45, "1 organisation confirmed");
    check(&unsure, false, &[Said::Confirmed, Said::Confirmed], Act::Block, 60, "2 organisations confirmed");
    check(&unsure, false, &[const { Said::Confirmed }; 9], Act::Block, 75, "9 organisations confirmed");
    check(&unsure, false, &[const { Said::Matched }; 9], Act::Watch, 39, "nobody has reviewed");
    check(&address(), false, &[const { Said::NotSeen }; 9], Act::Block, 80, "did not see it");
    // False alarms lower, then end.
    check(&address(), false, &[alarm()], Act::Watch, 60, "false alarm: our own scanner");
    check(&address(), false, &[alarm(), Said::Confirmed, Said::Confirmed], Act::Block, 90, "2 organisations confirmed");
    check(&address(), false, &[alarm(), alarm()], Act::Watch, 40, "2 organisations reviewed");
    check(&address(), false, &[alarm(), alarm(), alarm()], Act::Spent, 20, "3 organisations reviewed");
    let outvoted = [alarm(), alarm(), alarm(), Said::Confirmed, Said::Confirmed];
    check(&address(), false, &outvoted, Act::Watch, 50, "3 organisations reviewed");
    // Time.
    check(&Stated { valid_until: Some(NOW), ..address() }, false, &[], Act::Spent, 80, "valid until 2018-05-03");
    check(&Stated { valid_until: Some(NOW + 1), ..address() }, false, &[], Act::Block, 80, "sure enough");
    check(&Stated { valid_from: Some(NOW + DAY), ..address() }, false, &[], Act::Watch, 80, "only from 2018-05-04");
    check(&Stated { is_revoked: true, ..address() }, true, &[], Act::Spent, 80, "withdrew");
    let old = |days: i64, of: Stated| Stated { stated_at: Some(NOW - days * DAY), ..of };
    check(&old(89, address()), false, &[], Act::Block, 80, "sure enough");
    check(&old(90, address()), false, &[], Act::Watch, 70, "90 days ago");
    check(&old(90, address()), true, &[], Act::Watch, 70, "names no end");
    check(&Stated { valid_until: Some(NOW + DAY), ..old(900, address()) }, false, &[], Act::Block, 80, "sure enough");
    check(&old(9_000, stated("[domain-name:value = 'bad.example']")), false, &[], Act::Watch, 5, "names no end");
    check(
        &old(9_000, stated(&format!("[file:hashes.MD5 = '{}']", "ab".repeat(16)))),
        false,
        &[],
        Act::Block,
        70,
        "exact",
    );
    // Sender's own wish, shared values, and what cannot be looked for.
    check(&Stated { watch_only: Some("why"), ..address() }, false, &[], Act::Watch, 70, "why");
    check(
        &Stated { confidence: Some(100), ..stated("[ipv4-addr:value = '104.16.1.1']") },
        true,
        &[],
        Act::Watch,
        70,
        "Cloudflare",
    );
    check(
        &Stated { confidence: Some(100), ..stated("[url:value = 'https://bit.ly/x']") },
        true,
        &[],
        Act::Watch,
        70,
        "shorteners",
    );
    check(
        &Stated { confidence: Some(100), ..stated("[file:name = 'a']") },
        false,
        &[],
        Act::Watch,
        100,
        "nothing in it",
    );
    // As sure as its least sure term.
    let either = stated(&format!("[file:hashes.MD5 = '{}' OR ipv4-addr:value = '203.0.113.7']", "ab".repeat(16)));
    check(&either, false, &[], Act::Watch, 30, "states none");
}

#[test]
fn the_last_word_of_an_organisation_counts() {
    let stated = address();
    let word = |said| OfficeWord { organisation: "o".to_owned(), said };
    let said = [word(Said::FalseAlarm { reason: None }), word(Said::Confirmed)];
    let verdict = judge(&Facts { stated: &stated, is_vouched: false, listed: &[], words: &said }, NOW);
    assert_eq!((verdict.act, verdict.confidence), (Act::Block, 95));
}

#[test]
fn an_old_list_is_said_to_be_old() {
    let stated = address();
    let listed = |as_of| Listed { value: "v".to_owned(), list: "l".to_owned(), why: String::new(), as_of };
    for (as_of, said) in
        [(Some(NOW - 180 * DAY), "\"l\""), (Some(NOW - 181 * DAY), "181 days old"), (None, "bears no date")]
    {
        let verdict = judge(&Facts { stated: &stated, is_vouched: true, listed: &[listed(as_of)], words: &[] }, NOW);
        assert_eq!(verdict.act, Act::Watch);
        assert!(verdict.reasons[0].ends_with(said), "{:?}", verdict.reasons);
    }
}

#[test]
fn what_an_indicator_says_of_itself() {
    let check = |members: &str, confidence: Option<u8>, is_watch_only: bool| {
        let json = format!(
            r#"{{"type":"indicator","id":"indicator--1","modified":"2018-05-02T00:00:00Z","pattern_type":"stix","pattern":"[ipv4-addr:value = '203.0.113.7']"{members}}}"#
        );
        let stated = Stated::of(&Object::parse(json.as_bytes()).unwrap()).unwrap();
        assert_eq!((stated.confidence, stated.watch_only.is_some()), (confidence, is_watch_only), "{members}");
        assert_eq!((stated.terms.len(), stated.stated_at), (1, Some(NOW - DAY)));
    };
    check("", None, false);
    check(r#","confidence":0"#, Some(0), false);
    check(r#","confidence":101"#, None, false);
    check(r#","labels":["watch-only"]"#, None, true);
    check(r#","labels":["misp:to_ids=\"False\""]"#, None, true);
    check(r#","labels":["misp:to_ids=\"True\""]"#, None, false);
    check(r#","indicator_types":["benign"]"#, None, true);
    check(r#","indicator_types":["malicious-activity"]"#, None, false);
    assert_eq!(Stated::of(&Object::parse(br#"{"type":"report","id":"report--1"}"#).unwrap()), None);
}

#[test]
fn the_lists_of_the_program_are_whole_and_say_where_they_are_from() {
    for list in builtin().unwrap() {
        assert_eq!(list.unusable, Vec::<String>::new(), "{}", list.name);
        assert!(!list.source.is_empty() && !list.why.is_empty(), "{}", list.name);
        // What was never dated must say so; nothing else may lack a date.
        assert_eq!(list.as_of.is_none(), list.source.contains("bears no date"), "{}", list.name);
    }
    let on = |text: &str| {
        let lists = Lists::new(builtin().unwrap());
        lists.of(&pattern::compile(text).unwrap().terms).into_iter().map(|listed| listed.list).collect::<Vec<_>>()
    };
    assert_eq!(on("[ipv4-addr:value = '8.8.8.8']"), ["Public resolvers"]);
    assert_eq!(on("[ipv4-addr:value = '10.1.2.0/24']"), ["Private and reserved ranges"]);
    assert_eq!(on("[ipv4-addr:value = '98.138.120.9']"), ["Known SMTP senders, a selection"]);
    assert_eq!(on("[domain-name:value = 'evil.blogspot.com']"), ["Top sites, a selection"]);
    assert_eq!(on("[domain-name:value = 'mail.yahoo.com']"), ["Large mail providers"]);
    // Exercises use the ranges for documentation.
    for free in ["192.0.2.1", "198.51.100.1", "203.0.113.1"] {
        assert_eq!(on(&format!("[ipv4-addr:value = '{free}']")), Vec::<String>::new());
    }
}

#[test]
fn each_type_of_warning_list() {
    let check = |kind: &str, list: &str, yes: &[&str], no: &[&str]| {
        let json = format!(r#"{{"name":"n","version":20240131,"type":"{kind}","list":[{list}]}}"#);
        let list = WarningList::read(json.as_bytes()).unwrap();
        assert_eq!(list.as_of, ward_quality::list::day("2024-01-31"));
        for (texts, expected) in [(yes, true), (no, false)] {
            for text in texts {
                let terms = pattern::compile(text).unwrap().terms;
                assert_eq!(terms.iter().any(|term| list.holds(term)), expected, "{kind} {text}");
            }
        }
    };
    let address = "[ipv4-addr:value = '203.0.113.7']";
    let network = "[ipv4-addr:value = '203.0.113.0/24']";
    let url = "[url:value = 'http://203.0.113.7:8080/x']";
    let domain = "[domain-name:value = 'a.b.example']";
    let page = "[url:value = 'http://a.b.example:81/files/x']";
    check(
        "cidr",
        r#""203.0.113.4/30","198.51.100.1""#,
        &[address, network, url],
        &[domain, "[ipv4-addr:value = '203.0.113.8']"],
    );
    check(
        "cidr",
        r#""203.0.113.0/25","203.0.113.7","2001:db8::/32""#,
        &[address, "[ipv6-addr:value = '2001:db8::5']"],
        &["[ipv4-addr:value = '203.0.113.128']"],
    );
    check(
        "hostname",
        r#"".b.example""#,
        &[domain, page],
        &["[domain-name:value = 'ab.example']", "[domain-name:value = 'example']", address],
    );
    check("string", r#""A.B.example","203.0.113.7""#, &[domain, address], &[page, network]);
    check("substring", r#""b.exam""#, &[domain, page], &["[domain-name:value = 'b.test']"]);
    check(
        "regex",
        r#""/^[a-z]\\.B\\./i","^203\\.0\\.""#,
        &[domain, page, address],
        &["[domain-name:value = 'ab.b.example']"],
    );
}

#[test]
fn what_is_no_list_says_why() {
    let check = |json: &str, why: &str| {
        let error = WarningList::read(json.as_bytes()).unwrap_err().to_string();
        assert!(error.contains(why), "{error}");
    };
    check("{}", "missing field");
    check(r#"{"name":"n","type":"colour","list":["a"]}"#, "`colour` is not a type");
    check(r#"{"name":"n","type":"cidr","list":["a"]}"#, "`a` is no network");
    check(r#"{"name":"n","type":"cidr","list":[]}"#, "nothing that can be used");
    // An expression that looks around cannot be searched in linear time: named, and the others are used.
    let list = WarningList::read(br#"{"name":"n","type":"regex","list":["(?<!a)b","c"]}"#).unwrap();
    assert_eq!((list.values, list.unusable.len(), list.as_of), (1, 1, None));
}

#[test]
fn tor_exits_come_as_lines() {
    let text = "# exits\nExitNode 0011\nPublished 2018-05-01 00:00:00\nExitAddress 203.0.113.7 2018-05-01 01:00:00\n203.0.113.9\n\n";
    let list = WarningList::read_lines(text, "Tor exits", "the Tor Project", Some(NOW)).unwrap();
    assert_eq!((list.values, list.unusable.len()), (2, 0));
    let terms = pattern::compile("[ipv4-addr:value = '203.0.113.7']").unwrap().terms;
    // A later list of the same name takes the place of the one before.
    let lists = Lists::new([list, WarningList::read_lines("203.0.113.8", "Tor exits", "", None).unwrap()]);
    assert_eq!((lists.iter().count(), lists.of(&terms)), (1, Vec::new()));
}

proptest! {
    /// Blocking needs confidence, no list, and more who confirmed than who took it back; and never comes after the end.
    #[test]
    fn blocking_is_never_against_the_rules(
        confidence in proptest::option::of(0_u8..=100),
        age_days in 0_i64..4_000,
        until in proptest::option::of(-100_i64..100),
        is_vouched: bool,
        is_listed: bool,
        is_revoked: bool,
        confirmed in 0_usize..6,
        alarms in 0_usize..6,
    ) {
        let stated = Stated {
            confidence, is_revoked, stated_at: Some(NOW - age_days * DAY), valid_until: until.map(|days| NOW + days * DAY), ..address()
        };
        let listed: Vec<Listed> = is_listed.then(|| Listed { value: "v".to_owned(), list: "l".to_owned(), why: String::new(), as_of: None }).into_iter().collect();
        let said: Vec<Said> = std::iter::repeat_n(Said::Confirmed, confirmed)
            .chain(std::iter::repeat_n(Said::FalseAlarm { reason: None }, alarms)).collect();
        let verdict = judge(&Facts { stated: &stated, is_vouched, listed: &listed, words: &words(&said) }, NOW);
        prop_assert!(!verdict.reasons.is_empty() && verdict.confidence <= 100);
        if verdict.act == Act::Block {
            prop_assert!(i64::from(verdict.confidence) >= BLOCK_FROM && !is_listed && !is_revoked);
            prop_assert!(until.is_none_or(|days| days > 0) && (until.is_some() || age_days < 90));
            prop_assert!(alarms == 0 || confirmed > alarms);
        }
        prop_assert_eq!(verdict.act == Act::Spent, is_revoked || until.is_some_and(|days| days <= 0) || (alarms >= 3 && alarms >= 2 * confirmed));
    }
}
