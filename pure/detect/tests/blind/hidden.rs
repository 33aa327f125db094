//! Ways to be blind that hide in sums: a bad day in a good year, one server of two, a part of the lines.

use ward_detect::coverage::{HOUR, PartFacts, verdict};
use ward_detect::event::Event;
use ward_detect::kinds::Kind;
use ward_detect::lines::{Format, Parsed};
use ward_stix::answer::Finding;

use super::{FROM, Way, looks_for, question, reject, request, source, whole, with};

/// Each way with the word that the reason must hold.
pub fn ways() -> Vec<Way> {
    let address = || looks_for(&[Kind::Address]);
    let partly = Finding::PartlySearched;
    let proxy = |event: &mut Event<'static>| event.client = Some(0xffff_c633_6405);
    let day_30 = FROM + 30 * 24;
    vec![
        (
            "a bad day in a good source",
            vec![with(|facts| {
                facts.begin_file(Some(day_30 * HOUR));
                facts.lines_read += 1_000_000;
                reject(facts, 100);
            })],
            address(),
            partly,
            "100 of 5,860 lines of web in the period asked",
        ),
        (
            "lines before any event in a good source",
            vec![with(|facts| {
                facts.begin_file(None);
                facts.lines_read += 1_000_000;
                reject(facts, 100);
            })],
            address(),
            partly,
            "in the period asked",
        ),
        (
            "a proxy in one of the months asked",
            vec![with(|facts| {
                let part = source("web", |hour| hour > day_30, proxy);
                let name = "2018-04".to_owned();
                facts.parts.push(PartFacts { name, client_addresses: part.client_addresses, fields: part.fields });
            })],
            address(),
            Finding::Blind,
            "in 2018-04: nearly all",
        ),
        (
            "one in fifty clients without an address",
            vec![source(
                "web",
                |_| true,
                |event| {
                    event.client = event.client.filter(|client| client % 50 > 0);
                },
            )],
            address(),
            Finding::Blind,
            "no client address",
        ),
        (
            "an access log behind a proxy beside a sensor's log",
            vec![with(|facts| facts.add(&Parsed::Event(request(FROM, 1)), Some(Format::Eve)))],
            address(),
            partly,
            "declare each as a source of its own",
        ),
        (
            "one of two servers keeps no user agents",
            vec![whole("web1"), source("web2", |_| true, |event| event.user_agent = None)],
            looks_for(&[Kind::UserAgent]),
            partly,
            "user agents in web2",
        ),
        (
            "one of two servers names no hosts",
            vec![source("web1", |_| true, |event| event.host = Some(b"a.example".as_slice().into())), whole("web2")],
            looks_for(&[Kind::Url]),
            partly,
            "URLs in web2",
        ),
        (
            "a tenth of the lines without a place for the user agent",
            vec![source(
                "web",
                |_| true,
                |event| {
                    event.user_agent = event.user_agent.take().filter(|_| event.time.unwrap_or(0) / HOUR % 10 > 0);
                },
            )],
            looks_for(&[Kind::UserAgent]),
            Finding::Blind,
            "does not keep user agents",
        ),
    ]
}

#[test]
fn clients_that_send_no_user_agent_do_not_blind_a_log_that_keeps_them() {
    let sources = [source(
        "web",
        |_| true,
        |event| {
            event.has_agent_column = true;
            event.user_agent = event.user_agent.take().filter(|_| event.time.unwrap_or(0) / HOUR % 3 == 0);
        },
    )];
    assert_eq!(verdict(&question(), &sources, &[looks_for(&[Kind::UserAgent])]).finding, Finding::NotSeen);
}

#[test]
fn bad_lines_of_another_time_do_not_blind_the_period_asked() {
    let sources = [with(|facts| {
        facts.begin_file(Some((FROM - 24) * HOUR));
        reject(facts, 60);
    })];
    assert_eq!(verdict(&question(), &sources, &[looks_for(&[Kind::Address])]).finding, Finding::NotSeen);
}
