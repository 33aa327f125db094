//! The indicators of a file, ready to search for, and what of them is not searched for and why.

use std::path::Path;

use serde::Serialize;
use ward_stix::extract::{IndicatorLine, indicator_file};
use ward_stix::term::Term;

/// Indicators in the file's order.
#[derive(Debug, Default)]
pub struct Indicators {
    /// The STIX id, else the pattern.
    pub ids: Vec<String>,
    /// For each id its alternative terms.
    pub terms: Vec<Vec<Term>>,
    /// What is not searched for.
    pub not_searched: Vec<NotSearched>,
}

/// An indicator, or a part of one, that is not searched for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NotSearched {
    /// The STIX id, else the pattern or text as given.
    pub indicator: String,
    /// Where in the file.
    pub place: String,
    /// In plain words.
    pub reason: String,
    /// Other parts of the same indicator are searched for.
    pub partly: bool,
}

/// Reads a file of indicators. The error is a sentence for the person who named the file. Validity dates are not looked
/// at: a search of the past asks whether it was seen, whenever that was.
pub fn load(path: &Path) -> Result<Indicators, String> {
    let shown = path.display();
    let bytes = std::fs::read(path).map_err(|error| {
        format!("the indicator file `{shown}` could not be read: {error}; check its name and its permissions")
    })?;
    let lines = indicator_file(&bytes).map_err(|error| {
        let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}")).unwrap_or_default();
        format!(
            "the indicator file `{shown}` could not be understood: {error}{cause}; give a STIX bundle, a CSV in the layout of \
             JAR-16-20296A, or one pattern or value a line"
        )
    })?;
    let given = lines.len();
    let indicators = lines.into_iter().fold(Indicators::default(), Indicators::with);
    let only_revoked = indicators.not_searched.iter().all(|left_out| left_out.reason == REVOKED);
    if given == 0 {
        return Err(format!("there is no indicator in `{shown}`"));
    }
    match indicators.not_searched.first() {
        Some(first) if indicators.ids.is_empty() && !only_revoked => Err(format!(
            "none of the {given} indicators in `{shown}` can be searched for exactly; the first, {}: {}",
            first.place, first.reason
        )),
        _ => Ok(indicators),
    }
}

const REVOKED: &str = "revoked by its creator";

impl Indicators {
    fn with(mut self, line: IndicatorLine) -> Self {
        let searched = !line.revoked && !line.terms.is_empty();
        let reasons = if line.revoked { vec![REVOKED.to_owned()] } else { line.unsupported };
        let reason = if reasons.is_empty() && !searched {
            "it names nothing to search for".to_owned()
        } else {
            reasons.join("; ")
        };
        if !reason.is_empty() {
            let (indicator, place) = (line.id.clone(), line.place);
            self.not_searched.push(NotSearched { indicator, place, reason, partly: searched });
        }
        if searched {
            self.ids.push(line.id);
            self.terms.push(line.terms);
        }
        self
    }
}
