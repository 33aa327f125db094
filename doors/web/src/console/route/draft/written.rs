//! What the fields of a form that drafts say, and which of them could not be understood.

use ward_directory::{Here, Organisation};
use ward_share::alert::{Correction, DraftAlert, IndicatorDraft};
use ward_stix::alert::{Alert, Confidence, MOST_STEPS};
use ward_stix::marking::Tlp;
use ward_stix::problem::Problem;

use super::Kind;
use crate::console::form::{Wrong, day, day_text, end_of_day};
use crate::console::session::Fields;
use crate::console::view::draft::step_name;

/// What was written, as far as it is understood.
pub struct Written {
    pub wrong: Vec<Wrong>,
    /// Ids of those it is addressed to; of a correction, those who are new.
    pub recipients: Vec<String>,
    draft: DraftAlert,
    /// The number of the field of each step that is not empty.
    step_numbers: Vec<usize>,
    changed: String,
    revoke: Vec<String>,
}

/// The marking with this label.
pub fn marking(label: &str) -> Option<Tlp> {
    Tlp::ALL.into_iter().find(|tlp| tlp.label() == label)
}

/// Reads the fields; `patterns` are those to be searched for.
pub fn read_written(fields: &Fields, all: &[Organisation], patterns: &[&str], kind: &Kind, here: &Here) -> Written {
    let before = match kind {
        Kind::New => None,
        Kind::Edit(view) => Some(&view.alert),
        Kind::Correct(base, open) => Some(open.as_ref().map_or(&base.alert, |open| &open.alert)),
    };
    let mut wrong = Vec::new();
    let steps = (1..=MOST_STEPS).map(|number| (number, fields.text(&step_name(number))));
    let steps: Vec<(usize, &str)> = steps.filter(|(_, step)| !step.is_empty()).collect();
    let confidence = confidence(fields, &mut wrong);
    let tlp = tlp(fields, kind, &mut wrong);
    let recipients = recipients(fields, all, kind, here, &mut wrong);
    let days = Days { fields, before, now: here.now() };
    let draft = DraftAlert {
        headline: fields.text("headline").to_owned(),
        who_must_act: fields.text("who").to_owned(),
        steps: steps.iter().map(|(_, step)| (*step).to_owned()).collect(),
        confidence,
        why_different: fields.text("why").to_owned(),
        stops_mattering_at: days.end("stops", |alert| alert.stops_mattering_at, i64::MAX, &mut wrong),
        tlp,
        search_from: days.begin("from", |alert| alert.search_from, &mut wrong),
        search_until: days.end("until", |alert| alert.search_until, here.now(), &mut wrong),
        indicators: patterns
            .iter()
            .map(|pattern| IndicatorDraft { pattern: (*pattern).to_owned(), confirmed: true })
            .collect(),
        recipients: recipients.clone(),
        first_seen_at: days.first_seen(kind, &mut wrong),
    };
    Written {
        wrong,
        recipients,
        draft,
        step_numbers: steps.into_iter().map(|(number, _)| number).collect(),
        changed: fields.text("changed").to_owned(),
        revoke: fields.all("revoke").into_iter().map(str::to_owned).collect(),
    }
}

impl Written {
    /// As a draft.
    pub fn draft(&self) -> DraftAlert {
        self.draft.clone()
    }

    /// As a correction of what the form began with.
    pub fn correction(&self) -> Correction {
        let draft = self.draft();
        Correction {
            what_changed: self.changed.clone(),
            headline: Some(draft.headline),
            who_must_act: Some(draft.who_must_act),
            steps: Some(draft.steps),
            confidence: Some(draft.confidence),
            why_different: Some(draft.why_different),
            stops_mattering_at: Some(draft.stops_mattering_at),
            search_from: Some(draft.search_from),
            search_until: Some(draft.search_until),
            revoke: self.revoke.clone(),
            add_indicators: draft.indicators,
            add_recipients: draft.recipients,
        }
    }

    /// What a verb found, at the field where it was written.
    pub fn place(&self, problem: &Problem) -> Wrong {
        let path = problem.path.split('[').next().unwrap_or_default();
        let place = problem.path.split(['[', ']']).nth(1).and_then(|place| place.parse::<usize>().ok());
        let step = place.and_then(|place| self.step_numbers.get(place)).copied().unwrap_or(1);
        let (field, label) = match path {
            "headline" => ("headline", "Headline".to_owned()),
            "who_must_act" => ("who", "Who must act".to_owned()),
            "steps" => return Wrong::of(problem, &step_name(step), &format!("Step {step}")),
            "why_different" => ("why", "Why this one is different".to_owned()),
            "stops_mattering_at" => ("stops", "The last day on which it matters".to_owned()),
            "search_until" => ("until", "The last day to search".to_owned()),
            "recipients" => ("to", "Who is asked".to_owned()),
            "indicators" | "indicator_refs" => ("indicators", "What to search for".to_owned()),
            "correction.what_changed" => ("changed", "What was wrong, and what is right,".to_owned()),
            "revoke" => ("revoke", "What is withdrawn".to_owned()),
            _ => ("", problem.path.clone()),
        };
        Wrong::of(problem, field, &label)
    }
}

fn confidence(fields: &Fields, wrong: &mut Vec<Wrong>) -> Confidence {
    match fields.text("confidence") {
        "low" => Confidence::Low,
        "moderate" => Confidence::Moderate,
        "high" => Confidence::High,
        _ => {
            wrong.push(Wrong::new("confidence", "Say how sure you are."));
            Confidence::Low
        }
    }
}

/// Where nothing is chosen, what nobody but those it is sent to may read: it is refused anyway.
fn tlp(fields: &Fields, kind: &Kind, wrong: &mut Vec<Wrong>) -> Tlp {
    if let Kind::Correct(base, _) = kind {
        return base.alert.tlp;
    }
    marking(fields.text("tlp")).unwrap_or_else(|| {
        wrong.push(Wrong::new("tlp", "Say who may read it."));
        Tlp::Red
    })
}

fn recipients(fields: &Fields, all: &[Organisation], kind: &Kind, here: &Here, wrong: &mut Vec<Wrong>) -> Vec<String> {
    let members = all.iter().filter(|one| one.is_member && one.id != here.installation.organisation_id);
    let (states, offices) = (fields.all("state"), fields.all("office"));
    let is_chosen = |one: &Organisation| match fields.text("to") {
        "all" => true,
        "states" => states.contains(&one.state.as_str()),
        "chosen" => offices.contains(&one.id.as_str()),
        _ => false,
    };
    let chosen: Vec<String> = members.filter(|one| is_chosen(one)).map(|one| one.id.clone()).collect();
    let is_nobody = matches!(kind, Kind::Correct(..)) && fields.text("to") == "nobody";
    if chosen.is_empty() && !is_nobody {
        let words = match fields.text("to") {
            "all" => "This hub has no members yet: nobody could be asked.",
            "states" => "Tick at least one state.",
            "chosen" => "Tick at least one office.",
            _ => "Say who is asked.",
        };
        wrong.push(Wrong::new("to", words));
    }
    chosen
}

/// Days become times. A day that was not changed keeps the time that it had.
struct Days<'a> {
    fields: &'a Fields,
    before: Option<&'a Alert>,
    now: i64,
}

impl Days<'_> {
    fn begin(&self, field: &str, of: fn(&Alert) -> i64, wrong: &mut Vec<Wrong>) -> i64 {
        self.kept(field, of).unwrap_or_else(|| self.read(field, wrong).unwrap_or(self.now - 1))
    }

    /// The end of the day, or `latest` if that comes before.
    fn end(&self, field: &str, of: fn(&Alert) -> i64, latest: i64, wrong: &mut Vec<Wrong>) -> i64 {
        let read = |wrong| self.read(field, wrong).map(|begins| end_of_day(begins).min(latest));
        // Where it could not be read, a time that is no further problem.
        self.kept(field, of).unwrap_or_else(|| read(wrong).unwrap_or(latest.min(end_of_day(self.now))))
    }

    fn first_seen(&self, kind: &Kind, wrong: &mut Vec<Wrong>) -> Option<i64> {
        let before = match kind {
            Kind::Edit(view) => view.summary.first_seen_at,
            _ => None,
        };
        match self.fields.text("seen") {
            "" => None,
            text if before.is_some_and(|at| day_text(at) == text) => before,
            _ => self.read("seen", wrong).filter(|at| {
                let is_past = *at <= self.now;
                if !is_past {
                    wrong.push(Wrong::new("seen", "The day on which it was first seen has not come yet."));
                }
                is_past
            }),
        }
    }

    fn kept(&self, field: &str, of: fn(&Alert) -> i64) -> Option<i64> {
        self.before.map(of).filter(|at| day_text(*at) == self.fields.text(field))
    }

    fn read(&self, field: &str, wrong: &mut Vec<Wrong>) -> Option<i64> {
        let read = day(self.fields.text(field));
        if read.is_none() {
            let what = match field {
                "stops" => "The last day on which it matters",
                "from" => "The first day to search",
                "until" => "The last day to search",
                _ => "The day on which it was first seen",
            };
            wrong.push(Wrong::new(field, format!("{what} must be a day, such as 2018-05-03.")));
        }
        read
    }
}
