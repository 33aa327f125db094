//! The ways to be blind, as data: none of them may yield "not seen", and no loss of data may ever lead to it.
#![cfg(test)]

#[path = "blind/hidden.rs"]
mod hidden;

use proptest::prelude::*;
use ward_detect::coverage::{HOUR, IndicatorFacts, Question, SourceFacts, verdict};
use ward_detect::event::{Event, EventKind};
use ward_detect::kinds::{Kind, Kinds};
use ward_detect::lines::{Format, Parsed, Rejection};
use ward_stix::answer::{Finding, Seen};

/// 2018-03-01T00:00:00Z in hours; the question asks for the sixty days from there.
const FROM: i64 = 422_232;
const HOURS: i64 = 60 * 24;

fn question() -> Question {
    Question { from: FROM * HOUR, until: (FROM + HOURS) * HOUR, now: (FROM + HOURS + 30) * HOUR }
}

/// A request by the nth visitor of an hour.
fn request(hour: i64, visitor: i64) -> Event<'static> {
    let address = 0xffff_c633_6400_u128 + u128::from((hour * 4 + visitor).unsigned_abs() * 7 % 30_011);
    Event {
        time: Some(hour * HOUR + visitor * 60_000_000),
        client: Some(address),
        target: Some(b"/".as_slice().into()),
        user_agent: Some(b"Mozilla/5.0".as_slice().into()),
        kind: EventKind::Web,
        ..Event::default()
    }
}

fn read(facts: &mut SourceFacts, event: Event<'_>) {
    facts.add(&Parsed::Event(event), Some(Format::Combined));
}

fn reject(facts: &mut SourceFacts, times: u64) {
    (0..times).for_each(|_| facts.add(&Parsed::Rejected(Rejection::NotALogLine), None));
}

/// A source with four requests an hour in all wanted hours, each changed before it is read.
fn source(name: &str, wanted: impl Fn(i64) -> bool, change: impl Fn(&mut Event<'static>)) -> SourceFacts {
    let mut facts = SourceFacts::declared(name);
    for hour in (FROM - 48..FROM + HOURS + 24).filter(|hour| wanted(*hour)) {
        for visitor in 0..4 {
            let mut event = request(hour, visitor);
            change(&mut event);
            read(&mut facts, event);
        }
    }
    facts
}

fn whole(name: &str) -> SourceFacts {
    source(name, |_| true, |_| {})
}

fn with(change: impl FnOnce(&mut SourceFacts)) -> SourceFacts {
    let mut facts = whole("web");
    change(&mut facts);
    facts
}

fn looks_for(kinds: &[Kind]) -> IndicatorFacts {
    IndicatorFacts {
        indicator_ref: "indicator--1".to_owned(),
        kinds: kinds.iter().copied().collect(),
        ..IndicatorFacts::default()
    }
}

#[test]
fn a_searched_source_says_not_seen() {
    let sources = [whole("web1"), whole("web2")];
    let verdict = verdict(&question(), &sources, &[looks_for(&[Kind::Address]), looks_for(&[Kind::UserAgent])]);
    assert_eq!(verdict.finding, Finding::NotSeen, "{:#?}", verdict.because);
    assert!(verdict.indicators.iter().all(|result| result.seen == Seen::NotSeen));
    assert_eq!(
        verdict.because[0],
        "web1: events in 1,440 of 1,440 hours asked (100.0 %), 0 of 6,048 lines rejected (0.0 %)"
    );
}

/// Its name, the sources, the indicator asked, the finding, and a word that the reason must hold.
pub type Way = (&'static str, Vec<SourceFacts>, IndicatorFacts, Finding, &'static str);

/// Each way with the word that the reason must hold.
fn ways_to_be_blind() -> Vec<Way> {
    let address = || looks_for(&[Kind::Address]);
    let partly = Finding::PartlySearched;
    let proxy = |event: &mut Event<'static>| event.client = Some(0xffff_c633_6405);
    let masked = |event: &mut Event<'static>| event.client = event.client.map(|client| client & !0xff);
    let year = 365 * 24 * HOUR;
    let off = |by: i64| move |event: &mut Event<'static>| event.time = event.time.map(|time| time + by);
    let day_30 = FROM + 30 * 24;
    vec![
        (
            "a day of logs missing",
            vec![source("web", |hour| !(day_30..day_30 + 24).contains(&hour), |_| {})],
            address(),
            partly,
            "24 hours in a row",
        ),
        (
            "rotated twice",
            vec![with(|facts| facts.lost.push((day_30 * HOUR, (day_30 + 2) * HOUR)))],
            address(),
            partly,
            "rotated away",
        ),
        ("a proxy's address on each line", vec![source("web", |_| true, proxy)], address(), Finding::Blind, "handful"),
        ("masked addresses", vec![source("web", |_| true, masked)], address(), Finding::Blind, "masked"),
        ("bodies not logged", vec![whole("web")], looks_for(&[Kind::Address, Kind::Hash]), Finding::Blind, "bodies"),
        ("clock a year behind", vec![source("web", |_| true, off(-year))], address(), Finding::Blind, "about a year"),
        ("clock a year ahead", vec![source("web", |_| true, off(year))], address(), Finding::Blind, "in the future"),
        (
            "half the lines rejected",
            vec![with(|facts| reject(facts, 6_048))],
            address(),
            partly,
            "6,048 of 12,096 lines",
        ),
        (
            "one of two servers absent",
            vec![whole("web1"), SourceFacts::declared("web2")],
            address(),
            partly,
            "web2 has no events",
        ),
        (
            "retention shorter than the question",
            vec![with(|facts| facts.retained_from = Some(FROM * HOUR + 1))],
            address(),
            partly,
            "not kept",
        ),
        (
            "an unreadable file",
            vec![with(|facts| facts.unreadable.push("access.log.7.gz".to_owned()))],
            address(),
            partly,
            "access.log.7.gz",
        ),
        // Further ways, beyond the ten.
        ("too few hours", vec![source("web", |hour| hour % 10 != 0, |_| {})], address(), partly, "144 of 1,440 hours"),
        (
            "names instead of addresses",
            vec![source("web", |_| true, |event| event.client = None)],
            address(),
            Finding::Blind,
            "no client address",
        ),
        (
            "one masked server of two",
            vec![whole("web1"), source("web2", |_| true, masked)],
            address(),
            partly,
            "masked",
        ),
        ("no source", vec![], address(), Finding::Blind, "no source"),
        ("nothing read", vec![SourceFacts::declared("web")], address(), Finding::Blind, "no events"),
        (
            "no user agents",
            vec![source("web", |_| true, |event| event.user_agent = None)],
            looks_for(&[Kind::UserAgent]),
            Finding::Blind,
            "user agents",
        ),
        ("no hosts", vec![whole("web")], looks_for(&[Kind::Url]), Finding::Blind, "site's hosts"),
        ("a pattern that is not searched", vec![whole("web")], looks_for(&[]), Finding::Blind, "names nothing"),
        (
            "a pattern searched in part",
            vec![whole("web")],
            IndicatorFacts { unsupported: vec!["`LIKE` is not an exact match".to_owned()], ..address() },
            Finding::Blind,
            "LIKE",
        ),
    ]
}

#[test]
fn no_blindness_is_not_seen() {
    for (way, sources, indicator, finding, word) in ways_to_be_blind().into_iter().chain(hidden::ways()) {
        let verdict = verdict(&question(), &sources, std::slice::from_ref(&indicator));
        assert_eq!(verdict.finding, finding, "{way}: {:#?}", verdict.because);
        assert!(
            matches!(verdict.indicators[0].seen, Seen::CouldNotBeSeen { .. }),
            "{way}: {:?}",
            verdict.indicators[0]
        );
        assert!(verdict.because.iter().any(|sentence| sentence.contains(word)), "{way}: {:#?}", verdict.because);
        // A blind way stays one when more is asked.
        let more = [looks_for(&[Kind::Address]), indicator];
        assert_ne!(ward_detect::coverage::verdict(&question(), &sources, &more).finding, Finding::NotSeen, "{way}");
    }
}

#[test]
fn questions_without_an_hour_or_an_indicator_are_not_answered() {
    let ask =
        |question: Question, indicators: &[IndicatorFacts]| verdict(&question, &[whole("web")], indicators).finding;
    let address = [looks_for(&[Kind::Address])];
    assert_eq!(ask(question(), &[]), Finding::Blind);
    assert_eq!(ask(Question { now: FROM * HOUR, ..question() }, &address), Finding::Blind);
    assert_eq!(ask(Question { until: FROM * HOUR, ..question() }, &address), Finding::Blind);
    assert_eq!(ask(Question { until: i64::MAX, now: (FROM + HOURS) * HOUR, ..question() }, &address), Finding::NotSeen);
}

#[test]
fn a_match_is_under_review_however_blind_the_sources() {
    for (way, sources, indicator, ..) in ways_to_be_blind() {
        let seen = IndicatorFacts { hits: 3, first: Some(1), last: Some(2), ..looks_for(&[Kind::Address]) };
        let verdict = verdict(&question(), &sources, &[indicator, seen]);
        assert_eq!(verdict.finding, Finding::MatchUnderReview, "{way}");
        assert_eq!((&verdict.indicators[1].seen, verdict.indicators[1].count), (&Seen::Seen, 3), "{way}");
    }
}

#[test]
fn named_hosts_and_sensors_show_more() {
    let named = source("web", |_| true, |event| event.host = Some(b"vote.example.gov".as_slice().into()));
    let ask = |sources: &[SourceFacts], kinds: &[Kind]| verdict(&question(), sources, &[looks_for(kinds)]).finding;
    assert_eq!(ask(std::slice::from_ref(&named), &[Kind::Url, Kind::Domain]), Finding::NotSeen);
    let mut sensor = SourceFacts::declared("sensor");
    for hour in FROM..FROM + HOURS {
        let event = Event {
            kind: EventKind::File,
            hashes: vec![b"d41d".as_slice().into()],
            server: Some(10),
            ..request(hour, 1)
        };
        sensor.add(&Parsed::Event(event), Some(Format::Eve));
    }
    assert_eq!(ask(&[named, sensor], &[Kind::Hash]), Finding::NotSeen);
}

#[test]
fn facts_survive_json_and_parts_add_up() {
    let mut halves = source("web", |hour| hour < FROM + 700, |_| {});
    halves.merge(&source("web", |hour| hour >= FROM + 700, |_| {}));
    let at_once = whole("web");
    assert_eq!(halves.hours, at_once.hours);
    assert_eq!(
        (halves.lines_read, halves.first_event, halves.last_event),
        (at_once.lines_read, at_once.first_event, at_once.last_event)
    );
    let json = serde_json::to_string(&halves).unwrap();
    assert_eq!(serde_json::from_str::<SourceFacts>(&json).unwrap(), halves);
}

/// One way to know less.
#[derive(Clone, Debug)]
enum Loss {
    Hour(i64),
    Stretch(i64, i64),
    Source(usize),
    Rejections(usize, u64),
    File(usize),
    Rotation(usize, i64),
    Retention(usize, i64),
    Part(usize),
}

fn a_loss() -> impl Strategy<Value = Loss> {
    prop_oneof![
        (FROM..FROM + HOURS).prop_map(Loss::Hour),
        (FROM..FROM + HOURS, 1_i64..200).prop_map(|(from, length)| Loss::Stretch(from, length)),
        (0_usize..3).prop_map(Loss::Source),
        (0_usize..3, 1_u64..200).prop_map(|(source, lines)| Loss::Rejections(source, lines)),
        (0_usize..3).prop_map(Loss::File),
        (0_usize..3, 0_i64..HOURS).prop_map(|(source, hour)| Loss::Rotation(source, hour)),
        (0_usize..3, -100_i64..HOURS).prop_map(|(source, hour)| Loss::Retention(source, hour)),
        (0_usize..2).prop_map(Loss::Part),
    ]
}

fn lose(loss: &Loss, sources: &mut [SourceFacts], indicators: &mut [IndicatorFacts]) {
    match *loss {
        Loss::Hour(hour) => sources.iter_mut().for_each(|source| source.hours.retain(|kept, _| *kept != hour)),
        Loss::Stretch(from, length) => {
            sources.iter_mut().for_each(|source| source.hours.retain(|hour, _| !(from..from + length).contains(hour)));
        }
        Loss::Part(indicator) => indicators[indicator].unsupported.push("not searched".to_owned()),
        Loss::Source(index)
        | Loss::Rejections(index, _)
        | Loss::File(index)
        | Loss::Rotation(index, _)
        | Loss::Retention(index, _) => {
            let Some(source) = sources.get_mut(index) else { return };
            match *loss {
                Loss::Source(_) => *source = SourceFacts::declared("gone"),
                Loss::Rejections(_, lines) => reject(source, lines),
                Loss::Rotation(_, hour) => source.lost.push(((FROM + hour) * HOUR, (FROM + hour + 1) * HOUR)),
                Loss::Retention(_, hour) => source.retained_from = source.retained_from.max(Some((FROM + hour) * HOUR)),
                _ => source.unreadable.push("file".to_owned()),
            }
        }
    }
}

/// From the best finding to the worst; a loss may only go down.
fn rank(finding: Finding) -> u8 {
    match finding {
        Finding::NotSeen => 2,
        Finding::PartlySearched => 1,
        _ => 0,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn losing_data_never_makes_it_not_seen(losses in proptest::collection::vec(a_loss(), 1..12), kinds in proptest::collection::vec(0_usize..5, 2)) {
        let named = source("named", |_| true, |event| event.host = Some(b"a.example".as_slice().into()));
        let mut sources = vec![whole("web"), named];
        let mut indicators: Vec<IndicatorFacts> = kinds.iter().map(|kind| looks_for(&[Kind::ALL[*kind]])).collect();
        let mut before = verdict(&question(), &sources, &indicators);
        for loss in losses {
            lose(&loss, &mut sources, &mut indicators);
            let after = verdict(&question(), &sources, &indicators);
            prop_assert!(rank(after.finding) <= rank(before.finding), "{:?}: {:#?}", loss, after.because);
            for (earlier, later) in before.indicators.iter().zip(&after.indicators) {
                prop_assert!(later.seen != Seen::NotSeen || earlier.seen == Seen::NotSeen, "{:?}: {:?}", loss, later);
            }
            before = after;
        }
    }
}

#[test]
fn kinds_are_a_set() {
    let kinds: Kinds = [Kind::Hash, Kind::Address, Kind::Hash].into_iter().collect();
    assert_eq!(kinds.iter().collect::<Vec<_>>(), [Kind::Address, Kind::Hash]);
    assert!(Kinds::NONE.is_empty() && Kind::ALL.into_iter().all(|kind| Kinds::ALL.contains(kind)));
}
