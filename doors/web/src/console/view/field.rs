//! Fields of forms: label, hint, what is wrong, and what was typed, which is never lost.

use maud::{Markup, html};

use crate::console::form::Wrong;
use crate::console::session::Fields;

/// A form as it was filled in, and what is wrong with it.
pub struct Filled<'a> {
    pub fields: &'a Fields,
    pub wrong: &'a [Wrong],
}

/// One of several things to choose from: value, label, and more about it.
pub type Choice = (String, String, String);

impl Filled<'_> {
    /// What is wrong, above the form.
    pub fn summary(&self) -> Markup {
        summary(self.wrong)
    }

    /// A field of one line; `kind` is an input's type.
    pub fn line(&self, kind: &str, name: &str, label: &str, hint: &str) -> Markup {
        let (wrong, described) = (self.wrong_at(name), self.described(name, hint));
        let value = if kind == "password" { "" } else { self.fields.text(name) };
        let complete = if kind == "password" { "current-password" } else { "off" };
        html! {
            div.wrong[wrong.is_some()] {
                label for=(name) { (label) }
                (about(name, hint, wrong))
                input id=(name) type=(kind) name=(name) value=(value) autocomplete=(complete) aria-describedby=[described] aria-invalid=[wrong.map(|_| "true")];
            }
        }
    }

    /// A field of several lines.
    pub fn area(&self, name: &str, label: &str, hint: &str, rows: u8) -> Markup {
        let (wrong, described) = (self.wrong_at(name), self.described(name, hint));
        html! {
            div.wrong[wrong.is_some()] {
                label for=(name) { (label) }
                (about(name, hint, wrong))
                textarea.long id=(name) name=(name) rows=(rows) aria-describedby=[described] aria-invalid=[wrong.map(|_| "true")] { (self.fields.text(name)) }
            }
        }
    }

    /// One of several. The first has the field's name as its id, for the link from above the form.
    pub fn one_of(&self, name: &str, legend: &str, hint: &str, choices: &[Choice]) -> Markup {
        self.choices("radio", name, legend, hint, choices)
    }

    /// Any of several.
    pub fn any_of(&self, name: &str, legend: &str, hint: &str, choices: &[Choice]) -> Markup {
        self.choices("checkbox", name, legend, hint, choices)
    }

    /// A single box to tick, with the value `yes`.
    pub fn tick(&self, name: &str, label: &str) -> Markup {
        let wrong = self.wrong_at(name);
        html! {
            div.tick.wrong[wrong.is_some()] {
                (about(name, "", wrong))
                div.choice {
                    input id=(name) type="checkbox" name=(name) value="yes" checked[self.fields.has(name, "yes")] aria-describedby=[self.described(name, "")];
                    label for=(name) { (label) }
                }
            }
        }
    }

    fn choices(&self, kind: &str, name: &str, legend: &str, hint: &str, choices: &[Choice]) -> Markup {
        let (wrong, described) = (self.wrong_at(name), self.described(name, hint));
        html! {
            fieldset.wrong[wrong.is_some()] aria-describedby=[described] {
                legend { (legend) }
                (about(name, hint, wrong))
                div.many[choices.len() > 8] { @for ((value, label, more), place) in choices.iter().zip(0_usize..) {
                    @let id = if place == 0 { name.to_owned() } else { format!("{name}-{place}") };
                    div.choice {
                        input id=(id) type=(kind) name=(name) value=(value) checked[self.fields.has(name, value)];
                        label for=(id) { (label) @if !more.is_empty() { span.quiet { " " (more) } } }
                    }
                } }
            }
        }
    }

    fn wrong_at(&self, name: &str) -> Option<&Wrong> {
        self.wrong.iter().find(|one| one.field == name)
    }

    /// Ids of what stands at the field.
    fn described(&self, name: &str, hint: &str) -> Option<String> {
        let hint = (!hint.is_empty()).then(|| format!("{name}-hint"));
        let error = self.wrong_at(name).map(|_| format!("{name}-error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// What is wrong, above a form.
pub fn summary(wrong: &[Wrong]) -> Markup {
    html! {
        @if !wrong.is_empty() {
            div.box.stop role="alert" tabindex="-1" {
                h2 { "There is a problem" }
                ul { @for one in wrong {
                    li { @if one.field.is_empty() { (one.words) } @else { a href=(format!("#{}", one.field)) { (one.words) } } }
                } }
            }
        }
    }
}

/// The fields of another page, kept.
pub fn hidden<'a>(kept: impl Iterator<Item = (&'a str, &'a str)>) -> Markup {
    html! { @for (name, value) in kept { input type="hidden" name=(name) value=(value); } }
}

fn about(name: &str, hint: &str, wrong: Option<&Wrong>) -> Markup {
    html! {
        @if !hint.is_empty() { p.hint id=(format!("{name}-hint")) { (hint) } }
        @if let Some(wrong) = wrong { p.error id=(format!("{name}-error")) { "Error: " (wrong.words) } }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_typed_is_kept_and_inert_and_what_is_wrong_stands_twice() {
        let hostile = "\"><script>alert(1)</script>";
        let fields = Fields::of(vec![
            ("a".to_owned(), hostile.to_owned()),
            ("b".to_owned(), hostile.to_owned()),
            ("c".to_owned(), "two".to_owned()),
        ]);
        let wrong = [Wrong::new("a", "A is wrong."), Wrong::new("c", "C is wrong.")];
        let form = Filled { fields: &fields, wrong: &wrong };
        let choices = ["one", "two"].map(|value| (value.to_owned(), value.to_uppercase(), String::new()));
        let page = html! {
            (form.summary()) (form.line("text", "a", "A", "About it")) (form.area("b", "B", "", 3))
            (form.one_of("c", "C", "", &choices)) (form.line("password", "c", "P", ""))
        }
        .into_string();
        assert!(!page.contains("<script"), "{page}");
        assert_eq!(page.matches("A is wrong.").count(), 2);
        for part in [
            "href=\"#a\"",
            "aria-describedby=\"a-hint a-error\"",
            "aria-invalid=\"true\"",
            "id=\"c\" type=\"radio\" name=\"c\" value=\"one\">",
            "value=\"two\" checked>",
            "There is a problem",
        ] {
            assert!(page.contains(part), "{part}: {page}");
        }
        assert!(page.contains("type=\"password\" name=\"c\" value=\"\""), "a password is not sent back: {page}");
    }
}
