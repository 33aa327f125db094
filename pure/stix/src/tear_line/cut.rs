//! What is cut out of an object, and kept in mind so that it can be looked for in what is left.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::Choice;

/// An object on its way to less.
pub struct Cut<'a> {
    choice: &'a Choice,
    audience: &'a BTreeMap<String, String>,
    /// Selectors of portions that are marked more strictly.
    stricter: Vec<String>,
    /// Selectors of what was left out.
    pub removed: Vec<String>,
    /// Every text that was left out, or another took the place of.
    pub texts: Vec<String>,
}

impl<'a> Cut<'a> {
    pub fn new(choice: &'a Choice, audience: &'a BTreeMap<String, String>, stricter: Vec<String>) -> Cut<'a> {
        Cut { choice, audience, stricter, removed: Vec::new(), texts: Vec::new() }
    }

    /// What is left of a member of an object; none when nothing is. A text that a person gives stands also where the old one was marked.
    pub fn member(&mut self, name: &str, place: &str, value: &Value) -> Option<Value> {
        if let Some(text) = self.choice.replace.get(place) {
            self.texts.extend(value.as_str().map(str::to_owned));
            return Some(Value::String(text.clone()));
        }
        if self.is_cut(place) {
            self.drop(place, value);
            return None;
        }
        if name.ends_with("_ref") {
            return self.reference(place, value);
        }
        if name.ends_with("_refs") {
            return self.references(place, value);
        }
        self.rest(place, value)
    }

    /// Leaves something out, with everything in it.
    pub fn drop(&mut self, place: &str, value: &Value) {
        self.removed.push(place.to_owned());
        texts_of(value, &mut self.texts);
    }

    fn is_cut(&self, place: &str) -> bool {
        self.choice.remove.iter().chain(&self.stricter).any(|gone| gone == place)
    }

    fn rest(&mut self, place: &str, value: &Value) -> Option<Value> {
        match value {
            Value::Object(members) => {
                let mut left = Map::new();
                for (name, value) in members {
                    if let Some(value) = self.member(name, &format!("{place}.{name}"), value) {
                        left.insert(name.clone(), value);
                    }
                }
                (!left.is_empty()).then_some(Value::Object(left))
            }
            Value::Array(entries) => {
                let numbered = entries.iter().enumerate();
                let left =
                    numbered.filter_map(|(number, entry)| self.member("", &format!("{place}.[{number}]"), entry));
                some_of(left.collect())
            }
            other => Some(other.clone()),
        }
    }

    fn references(&mut self, place: &str, value: &Value) -> Option<Value> {
        let Value::Array(entries) = value else {
            // Observables name others also by name; anything else is no reference that can be followed.
            self.drop(place, value);
            return None;
        };
        let mut left = Vec::new();
        for (number, entry) in entries.iter().enumerate() {
            let place = format!("{place}.[{number}]");
            if self.is_cut(&place) {
                self.drop(&place, entry);
            } else if let Some(reference) = self.reference(&place, entry)
                && !left.contains(&reference)
            {
                left.push(reference);
            }
        }
        some_of(left)
    }

    fn reference(&mut self, place: &str, value: &Value) -> Option<Value> {
        let seen = value.as_str().and_then(|id| self.audience.get(id));
        match seen {
            Some(id) => {
                if value != id {
                    self.texts.extend(value.as_str().map(str::to_owned));
                }
                Some(Value::String(id.clone()))
            }
            None => {
                self.drop(place, value);
                None
            }
        }
    }
}

/// An empty list is none (STIX 2.1, section 2.6).
fn some_of(entries: Vec<Value>) -> Option<Value> {
    (!entries.is_empty()).then_some(Value::Array(entries))
}

/// Every text in a value.
pub fn texts_of(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Array(entries) => entries.iter().for_each(|entry| texts_of(entry, texts)),
        Value::Object(members) => members.values().for_each(|value| texts_of(value, texts)),
        _ => {}
    }
}
