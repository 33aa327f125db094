//! What holds of the markings of every object, whatever marking-definitions are known.

use std::collections::HashSet;

use serde_json::{Value, json};
use ward_stix::bundle;
use ward_stix::marking::acs::{Acs, Classification};
use ward_stix::marking::{Markings, Portions, Tlp, named_markings, resolve, resolve_portion, spill, tlp_of_id};
use ward_stix::object::Object;

/// Of a list of objects the first is asked about and the others are what is known. No marking is lost: each counts as what it is or as unknown;
/// who knows fewer definitions allows no more; a portion is marked no more than the whole; a mark is seen wherever it stands.
pub fn holds(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        for sign in spill::in_text(text) {
            assert!(text.contains(&sign.written), "{sign:?}");
        }
    }
    let Ok(batch) = bundle::split(data) else { return };
    let objects: Vec<Object> = batch.objects.into_iter().flatten().collect();
    let Some((object, known)) = objects.split_first() else { return };
    let lookup = |id: &str| known.iter().find(|definition| definition.id() == id).cloned();
    let all = resolve(object, &lookup);
    counted(object, &all);
    blind(object, &all);
    portions(object, &all, &lookup);
    marked_more(object, &all, &lookup);
    objects.iter().for_each(signs);
}

fn counted(object: &Object, all: &Markings) {
    let named: HashSet<String> = named_markings(object).into_iter().collect();
    let count = all.tlp.len() + all.acs.len() + all.statements + all.unknown.len();
    assert!(count >= named.len(), "{named:?} became {all:?}");
    assert!(all.malformed.iter().all(|(id, _)| all.unknown.contains(id)), "malformed is unknown");
    if named.is_empty() && all.unknown.is_empty() {
        assert_eq!(Markings { granular: false, ..all.clone() }, Markings::default());
        assert!(!object.has_granular_markings());
    }
}

/// Without any definition only the official levels are known, and all else is unknown.
fn blind(object: &Object, all: &Markings) {
    let blind = resolve(object, &|_| None);
    assert_eq!((blind.acs.len(), blind.statements), (0, 0));
    for id in named_markings(object) {
        match tlp_of_id(&id) {
            Some(tlp) => assert!(blind.tlp.contains(&tlp) && all.tlp.contains(&tlp)),
            None => assert!(blind.unknown.contains(&id), "{id} is lost"),
        }
    }
}

fn portions(object: &Object, all: &Markings, lookup: &dyn Fn(&str) -> Option<Object>) {
    let portions = Portions::of(object);
    for place in portions.marked.iter().flat_map(|(_, selectors)| selectors).take(8) {
        let part = resolve_portion(object, place, lookup);
        assert!(part.tlp.iter().all(|tlp| all.tlp.contains(tlp)), "{place}");
        assert!(part.acs.iter().all(|terms| all.acs.contains(terms)), "{place}");
        assert!(part.unknown.iter().all(|id| id == place || all.unknown.contains(id)), "{place}");
        assert!(part.granular);
    }
}

/// One marking more takes none away.
fn marked_more(object: &Object, all: &Markings, lookup: &dyn Fn(&str) -> Option<Object>) {
    let mut value = object.value().clone();
    let members = value.as_object_mut().expect("an object");
    match members.entry("object_marking_refs").or_insert_with(|| json!([])) {
        Value::Array(list) => list.push(json!(Tlp::Red.official_id())),
        _ => return,
    }
    let Ok(object) = Object::parse(value.to_string().as_bytes()) else { return };
    let more = resolve(&object, lookup);
    assert!(more.tlp.contains(&Tlp::Red));
    assert!(all.tlp.iter().all(|tlp| more.tlp.contains(tlp)));
    assert!(all.acs.iter().all(|terms| more.acs.contains(terms)));
    assert!(all.unknown.iter().all(|id| more.unknown.contains(id)));
}

fn signs(object: &Object) {
    let found = spill::in_object(object);
    let deeper = spill::in_json(&json!({"a": [object.value()]}));
    let kinds = |signs: &[spill::Sign]| signs.iter().map(|sign| (sign.of, sign.written.clone())).collect::<Vec<_>>();
    assert_eq!(kinds(&found), kinds(&deeper), "nested, the signs stay");
    if let Ok(acs) = Acs::of(object)
        && acs.terms.classification > Classification::Unclassified
    {
        assert!(spill::classified(&found) >= Some(acs.terms.classification), "an ACS marking is a sign");
    }
}
