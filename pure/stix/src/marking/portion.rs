//! Markings on portions of an object: selectors, and which of them a place in the object falls under.
//!
//! STIX 2.1, section 7.2.3: a selector such as `external_references.[0].url` names a property or an entry of a list that must exist; what it
//! marks, it marks with everything below. Entries that name a language are no markings. Anything malformed is said, so that it can close.

use serde_json::Value;

use crate::object::Object;

/// What an object says about markings on its portions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Portions {
    /// A marking's id with the selectors that it marks.
    pub marked: Vec<(String, Vec<String>)>,
    /// Entries, as JSON, that are not what the standard asks for.
    pub malformed: Vec<String>,
}

impl Portions {
    /// Read from the object's `granular_markings`. A marking counts also when its selectors are malformed.
    pub fn of(object: &Object) -> Self {
        let mut found = Self::default();
        match object.value().get("granular_markings") {
            None => {}
            Some(Value::Array(entries)) => entries.iter().for_each(|entry| found.take(object.value(), entry)),
            Some(other) => found.malformed.push(other.to_string()),
        }
        found
    }

    /// Ids of the markings that apply to a place because it or something that it is part of is selected.
    pub fn markings_at<'a>(&'a self, place: &str) -> impl Iterator<Item = &'a str> {
        let covers = move |selector: &String| {
            place.strip_prefix(selector.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.marked.iter().filter(move |(_, selectors)| selectors.iter().any(covers)).map(|(id, _)| id.as_str())
    }

    fn take(&mut self, whole: &Value, entry: &Value) {
        let texts = entry.get("selectors").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let selectors: Vec<String> = texts.iter().filter_map(Value::as_str).map(str::to_owned).collect();
        let all_exist = selectors.iter().all(|selector| selected(whole, selector).is_some());
        let sound = !selectors.is_empty() && selectors.len() == texts.len() && all_exist;
        match (entry.get("marking_ref"), entry.get("lang")) {
            (None, Some(_)) => {}
            (Some(Value::String(id)), None) if sound => self.marked.push((id.clone(), selectors)),
            (Some(Value::String(id)), _) => {
                self.marked.push((id.clone(), selectors));
                self.malformed.push(entry.to_string());
            }
            _ => self.malformed.push(entry.to_string()),
        }
    }
}

/// What a selector names; none when it does not exist. `[n]` is the entry of a list, from 0; anything else a property.
pub fn selected<'a>(whole: &'a Value, selector: &str) -> Option<&'a Value> {
    if selector.is_empty() {
        return None;
    }
    selector.split('.').try_fold(whole, |value, step| match step.strip_prefix('[') {
        Some(number) => {
            let number = number.strip_suffix(']')?;
            let canonical = number == "0" || !number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit());
            value.as_array()?.get(canonical.then(|| number.parse::<usize>().ok())??)
        }
        None => value.as_object()?.get(step),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn portions(granular: Value) -> Portions {
        let object = json!({"type": "x-a", "id": "x-a--1", "name": "n", "labels": ["a", "b"], "empty": null,
            "deep": {"list": [{"url": "u"}]}, "granular_markings": granular});
        Portions::of(&Object::parse(object.to_string().as_bytes()).unwrap())
    }

    #[test]
    fn selectors_name_what_exists() {
        let whole = json!({"name": "n", "labels": ["a", "b"], "deep": {"list": [{"url": "u"}], "[0]": 1}});
        for right in ["name", "labels", "labels.[1]", "deep.list.[0].url", "deep"] {
            assert!(selected(&whole, right).is_some(), "{right}");
        }
        for wrong in [
            "",
            "x",
            "labels.[2]",
            "labels.1",
            "labels.[01]",
            "labels.[+1]",
            "labels.[-1]",
            "labels.[]",
            "labels[0]",
            "name.x",
            "deep.[0]",
            ".name",
            "name.",
            "deep.list.[0",
        ] {
            assert!(selected(&whole, wrong).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_place_has_the_markings_of_what_it_is_part_of() {
        let found = portions(json!([
            {"marking_ref": "m1", "selectors": ["deep"]}, {"marking_ref": "m2", "selectors": ["name", "deep.list.[0].url"]},
            {"lang": "fr", "selectors": ["nowhere"]}
        ]));
        assert_eq!(found.malformed, Vec::<String>::new());
        let at = |place: &str| found.markings_at(place).collect::<Vec<_>>();
        assert_eq!(at("deep.list.[0].url"), ["m1", "m2"]);
        assert_eq!(at("deep.list"), ["m1"]);
        assert_eq!(at("deeper"), Vec::<&str>::new());
        assert_eq!(at("name"), ["m2"]);
        assert_eq!(at("labels"), Vec::<&str>::new());
    }

    #[test]
    fn what_is_malformed_is_said_and_its_marking_counts() {
        for (granular, marked) in [
            (json!("oops"), 0),
            (json!([5]), 0),
            (json!([{}]), 0),
            (json!([{"marking_ref": 5, "selectors": ["name"]}]), 0),
            (json!([{"marking_ref": "m"}]), 1),
            (json!([{"marking_ref": "m", "selectors": []}]), 1),
            (json!([{"marking_ref": "m", "selectors": "name"}]), 1),
            (json!([{"marking_ref": "m", "selectors": ["name", 5]}]), 1),
            (json!([{"marking_ref": "m", "selectors": ["nowhere"]}]), 1),
            (json!([{"marking_ref": "m", "lang": "fr", "selectors": ["name"]}]), 1),
        ] {
            let found = portions(granular.clone());
            assert_eq!((found.malformed.len(), found.marked.len()), (1, marked), "{granular}");
        }
        // A property that is there, be it null, exists.
        assert!(portions(json!([{"marking_ref": "m", "selectors": ["empty"]}])).malformed.is_empty());
    }
}
