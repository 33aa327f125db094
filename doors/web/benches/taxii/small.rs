//! What the server does most, by itself and without a server: reading and checking an object, and a decision from the table.

use std::hint::black_box;
use std::time::Instant;

use ward_policy::{Action, Attributes, Handling, Level, Need, Recipient, Relation, Table};
use ward_stix::marking::Tlp;
use ward_stix::object::Object;
use ward_stix::validate::{self, Options};
use ward_stix::{bundle, pattern};

use crate::load;

const OBJECTS: u64 = 20_000;
const DECISIONS: u32 = 10_000_000;

pub fn measure() {
    let envelope = load::envelope(0..OBJECTS);
    let objects = rate("split and parse an envelope", || bundle::split(envelope.as_bytes()).unwrap().objects.len());
    assert_eq!(objects as u64, OBJECTS);
    let objects: Vec<Object> = bundle::split(envelope.as_bytes()).unwrap().objects.into_iter().flatten().collect();
    rate("parse and check each, as at intake", || {
        let sound = |object: &&Object| {
            let again = Object::parse(object.bytes()).unwrap();
            validate::check(&again).is_empty()
        };
        objects.iter().filter(sound).count()
    });
    let options = Options::default();
    rate("the whole standard of each", || {
        objects.iter().filter(|object| validate::validate(object.value(), &options).errors.is_empty()).count()
    });
    rate("compile the pattern of each", || {
        objects.iter().filter(|object| pattern::compile(object.text("pattern").unwrap_or_default()).is_ok()).count()
    });
    decisions();
    println!();
}

/// Prints how many of the objects a CPU second is enough for; the best of three, since others use the machine.
fn rate(what: &str, mut work: impl FnMut() -> usize) -> usize {
    let mut best = f64::INFINITY;
    let mut count = 0;
    for _ in 0..3 {
        let before = crate::cpu::own_millis();
        let mut times = 0;
        while crate::cpu::own_millis() - before < 500 {
            count = black_box(work());
            times += 1;
        }
        best = best.min((crate::cpu::own_millis() - before) as f64 / 1000.0 / f64::from(times));
    }
    println!("{what:<40} {:>12.0} objects per CPU s", OBJECTS as f64 / best);
    count
}

/// 200 recipients, 200 sets of markings.
fn decisions() {
    let recipient = |number: usize| Recipient {
        organisation: format!("organisation-{number}"),
        client_of: Vec::new(),
        member: !number.is_multiple_of(3),
        clearance: if number.is_multiple_of(2) { Level::Unclassified } else { Level::Secret },
        attributes: Attributes::default(),
    };
    let handling = |number: usize| Handling {
        owner: format!("organisation-{}", number % 50),
        tlp: vec![Tlp::ALL[number % 5]],
        acs: Vec::new(),
        unknown_markings: number.is_multiple_of(50),
        granular: false,
        assigned_tlp: Some(Tlp::ALL[number / 5 % 5]),
        required_level: Level::Unclassified,
        addressed: vec![format!("organisation-{}", number % 7)],
        released_at: Some(1),
        withdrawn: false,
        need: Need::Collection,
        mentions_hidden: false,
    };
    let (recipients, handlings): (Vec<_>, Vec<_>) =
        ((0..200).map(recipient).collect(), (0..200).map(handling).collect());
    let mut table = Table::default();
    let classes: Vec<_> = recipients.iter().map(|recipient| table.class(recipient)).collect();
    let marks: Vec<_> = handlings.iter().map(|handling| table.marks(handling)).collect();
    let mut asked = Vec::new();
    for (recipient, class) in recipients.iter().zip(&classes) {
        asked.extend(
            handlings
                .iter()
                .zip(&marks)
                .map(|(handling, marks)| (*class, *marks, Relation::of(recipient, handling, 2))),
        );
    }
    let mut best = f64::INFINITY;
    for _ in 0..5 {
        let start = Instant::now();
        for (class, marks, relation) in asked.iter().cycle().take(DECISIONS as usize) {
            black_box(table.decide(*class, *marks, *relation, Action::Read, 2));
        }
        best = best.min(start.elapsed().as_nanos() as f64 / f64::from(DECISIONS));
    }
    println!("{:<40} {best:>12.1} ns, best of five", "a decision from the table");
}
