//! What one caller sees of a collection: the decision on each row, and which versions of an object are the ones asked for among those seen.

use std::collections::{HashMap, HashSet};

use ward_directory::{Here, Who, recipient};
use ward_policy::{Action, Recipient, decide};
use ward_stix::object::Object;
use ward_stix::timestamp::format_micros;
use ward_taxii::filter::{Filter, VersionMatch, VersionPick};
use ward_taxii::timestamp::canonical;

use crate::ShareError;
use crate::collections::{Collection, Kind};
use crate::handling::{Definitions, Handled};
use crate::intake::stranger;
use crate::sql::objects::{self, HeldObject, Reader};

/// A collection as one caller sees it, during one request.
pub(crate) struct View<'a> {
    here: &'a Here,
    collection: &'a Collection,
    recipient: Recipient,
    now: i64,
    definitions: Definitions,
    /// Recipients of the alerts met so far.
    addressed: HashMap<String, Vec<String>>,
    /// Rows that are the versions asked for, of the objects met so far that have several.
    picked: HashMap<String, HashSet<String>>,
}

impl<'a> View<'a> {
    /// As `who` sees it now. The public collection is seen by all as by a stranger: it holds only what everyone may read.
    pub async fn of(here: &'a Here, who: &Who, collection: &'a Collection) -> Result<View<'a>, ShareError> {
        let recipient = match collection.kind {
            Kind::Public => stranger(),
            Kind::Alerts | Kind::ThreatInformation | Kind::Answers => recipient(here, who).await?,
        };
        Ok(View {
            here,
            collection,
            recipient,
            now: here.now(),
            definitions: Definitions::new(&here.installation.organisation_id),
            addressed: HashMap::new(),
            picked: HashMap::new(),
        })
    }

    /// Whether the caller sees this row and asked for it.
    pub async fn shows(&mut self, row: &HeldObject, filter: &Filter) -> Result<bool, ShareError> {
        let wanted = |values: &[String], value: &String| values.is_empty() || values.contains(value);
        if !wanted(&filter.ids, &row.stix_id)
            || !wanted(&filter.types, &row.kind)
            || !self.may(row, Action::Read).await?
        {
            return Ok(false);
        }
        if row.versions == 1 {
            return Ok(pick(std::slice::from_ref(row), filter).contains(&row.id));
        }
        if !self.picked.contains_key(&row.stix_id) {
            let seen = self.versions(&row.stix_id).await?;
            self.picked.insert(row.stix_id.clone(), pick(&seen, filter));
        }
        Ok(self.picked.get(&row.stix_id).is_some_and(|picked| picked.contains(&row.id)))
    }

    /// The versions of an object that the caller sees, by tick.
    pub async fn versions(&mut self, stix_id: &str) -> Result<Vec<HeldObject>, ShareError> {
        let mut seen = Vec::new();
        for row in objects::versions(&self.here.store, &self.collection.id, stix_id).await? {
            if self.may(&row, Action::Read).await? {
                seen.push(row);
            }
        }
        Ok(seen)
    }

    /// The one decision, on what is known of the row now.
    pub async fn may(&mut self, row: &HeldObject, action: Action) -> Result<bool, ShareError> {
        let Some(mut handled) = Handled::from_json(&row.handling) else { return Ok(false) };
        if handled.handling.unknown_markings || handled.handling.granular {
            self.resolve_again(row, &mut handled).await?;
        }
        if let Some(report_id) = &handled.alert {
            if !self.addressed.contains_key(report_id) {
                let recipients = objects::alert_recipients(&self.here.store, report_id).await?;
                self.addressed.insert(report_id.clone(), recipients);
            }
            handled.handling.addressed.extend(self.addressed.get(report_id).into_iter().flatten().cloned());
        }
        Ok(decide(&self.recipient, &handled.handling, action, self.now).allowed)
    }

    /// What did not resolve when the object came may resolve now. Rows from when portions were not looked at say `granular`.
    async fn resolve_again(&mut self, row: &HeldObject, handled: &mut Handled) -> Result<(), ShareError> {
        let Ok(object) = Object::parse(&row.body) else { return Ok(()) };
        let mut reader = Reader::Store(&self.here.store);
        let markings = self.definitions.markings(&mut reader, &object, &row.organisation_id).await?;
        handled.handling.unknown_markings = !markings.unknown.is_empty();
        handled.handling.granular = false;
        handled.handling.tlp = markings.tlp;
        handled.handling.acs = markings.acs;
        Ok(())
    }
}

/// The version text of a row; an object without one has that of its arrival.
pub(crate) fn version_of(row: &HeldObject) -> String {
    if row.version.is_empty() { format_micros(row.received_at) } else { row.version.clone() }
}

/// Which of the seen versions of one object are asked for, by row id: first the specification version, then the version.
pub(crate) fn pick(seen: &[HeldObject], filter: &Filter) -> HashSet<String> {
    let newest_specification = seen.iter().map(|row| row.spec_version.as_str()).max();
    let of_specification: Vec<&HeldObject> = seen
        .iter()
        .filter(|row| match filter.spec_versions.is_empty() {
            true => Some(row.spec_version.as_str()) == newest_specification,
            false => filter.spec_versions.contains(&row.spec_version),
        })
        .collect();
    let first = of_specification.iter().map(|row| &row.version_key).min();
    let last = of_specification.iter().map(|row| &row.version_key).max();
    let picks = |row: &HeldObject, pick: &VersionPick| match pick {
        VersionPick::First => Some(&row.version_key) == first,
        VersionPick::Last => Some(&row.version_key) == last,
        VersionPick::Exact(version) => canonical(&version_of(row)).as_ref() == Some(version),
    };
    let chosen = of_specification.iter().filter(|row| match &filter.versions {
        VersionMatch::All => true,
        VersionMatch::AnyOf(wanted) => wanted.iter().any(|one| picks(row, one)),
    });
    chosen.map(|row| row.id.clone()).collect()
}
