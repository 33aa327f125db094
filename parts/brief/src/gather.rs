//! The bundle of a time: what directory and share knew then, under pseudonyms.

use std::collections::BTreeMap;

use ward_directory::{Here, OrganisationKind, Permit, organisations};
use ward_share::ShareError;
use ward_share::acknowledge::{Reach, RecipientReach, reach};
use ward_share::situation::{Coverage, SituationRow, Standing, situation_at};
use ward_store::random;

use crate::bundle::{
    AlertFacts, AnswerFacts, Bundle, CoverageFacts, JurisdictionFacts, RecipientFacts, ReleasedName, pseudonym,
};
use crate::{BriefError, Window};

/// A bundle and the salts behind its pseudonyms, by organisation.
pub(crate) struct Gathered {
    pub bundle: Bundle,
    pub salts: BTreeMap<String, [u8; 32]>,
}

/// Reads everything that was known at `as_of`.
pub(crate) async fn gather(
    here: &Here,
    permit: &Permit<()>,
    report_ids: Option<&[String]>,
    as_of: i64,
    window: Option<Window>,
) -> Result<Gathered, BriefError> {
    let mut reaches = reach(here, permit, as_of).await?;
    if let Some(wanted) = report_ids {
        if let Some(unknown) = wanted.iter().find(|id| !reaches.iter().any(|reach| &reach.report_id == *id)) {
            return Err(ShareError::Unseen { what: "alert", id: unknown.clone() }.into());
        }
        reaches.retain(|reach| wanted.contains(&reach.report_id));
    }
    let own = &here.installation.organisation_id;
    let all = organisations(here).await?;
    let are_states = all.iter().any(|one| one.kind == OrganisationKind::State && &one.id != own);
    let is_of_brief =
        |row: &SituationRow| row.standing != Standing::NotAsked && (!are_states || row.kind == OrganisationKind::State);
    let mut rows: BTreeMap<String, Vec<(String, SituationRow)>> = BTreeMap::new();
    for first in reaches.iter().filter(|reach| !reach.is_correction) {
        let situation = situation_at(here, permit, &first.report_id, as_of).await?;
        for row in situation.rows.into_iter().filter(is_of_brief) {
            rows.entry(row.organisation_id.clone()).or_default().push((first.report_id.clone(), row));
        }
    }
    let mut names = Pseudonyms::default();
    let mut jurisdictions = Vec::with_capacity(rows.len());
    for (id, rows) in &rows {
        jurisdictions.push(jurisdiction(names.of(id)?, rows));
    }
    jurisdictions.sort_by(|one, other| one.pseudonym.cmp(&other.pseudonym));
    let alerts = reaches.into_iter().map(|reach| alert(&mut names, reach)).collect::<Result<_, _>>()?;
    let bundle = Bundle {
        hub: here.installation.name.clone(),
        as_of,
        events_from: window.map(|window| window.from).filter(|from| *from != i64::MIN),
        events_until: window.map(|window| window.until).filter(|until| *until != i64::MAX),
        has_every_alert: report_ids.is_none(),
        jurisdictions_are_states: are_states,
        is_demonstration: here.is_demonstration(),
        alerts,
        jurisdictions,
    };
    Ok(Gathered { bundle, salts: names.salts })
}

/// The salts given so far.
#[derive(Default)]
struct Pseudonyms {
    salts: BTreeMap<String, [u8; 32]>,
}

impl Pseudonyms {
    fn of(&mut self, organisation_id: &str) -> Result<String, BriefError> {
        let salt = match self.salts.get(organisation_id) {
            Some(salt) => *salt,
            None => random::bytes::<32>()?,
        };
        self.salts.insert(organisation_id.to_owned(), salt);
        Ok(pseudonym(&salt, organisation_id))
    }
}

fn alert(names: &mut Pseudonyms, reach: Reach) -> Result<AlertFacts, BriefError> {
    let mut recipients = Vec::with_capacity(reach.recipients.len());
    for one in reach.recipients {
        recipients.push(recipient(names.of(&one.organisation_id)?, &one));
    }
    recipients.sort_by(|one, other| one.pseudonym.cmp(&other.pseudonym));
    Ok(AlertFacts {
        report_id: reach.report_id,
        modified: reach.modified,
        published_at: reach.published_at,
        first_seen_at: reach.first_seen_at,
        is_correction: reach.is_correction,
        recipients,
    })
}

fn recipient(pseudonym: String, one: &RecipientReach) -> RecipientFacts {
    RecipientFacts {
        pseudonym,
        delivered_at: one.delivered_at,
        election_acknowledged_at: one.election_acknowledged_at,
        it_acknowledged_at: one.it_acknowledged_at,
        has_verified_pair: one.has_verified_pair,
    }
}

fn jurisdiction(pseudonym: String, rows: &[(String, SituationRow)]) -> JurisdictionFacts {
    JurisdictionFacts {
        pseudonym,
        released: released(rows),
        answers: rows.iter().map(|(report_id, row)| answer(report_id, row)).collect(),
    }
}

/// A name stands over every line of a jurisdiction, so it must be let go for all of them.
fn released(rows: &[(String, SituationRow)]) -> Option<ReleasedName> {
    let (_, first) = rows.first()?;
    let is_released = rows.iter().all(|(_, row)| row.is_name_released);
    is_released.then(|| ReleasedName { name: first.organisation.clone(), state: first.state.clone() })
}

fn answer(report_id: &str, row: &SituationRow) -> AnswerFacts {
    AnswerFacts {
        report_id: report_id.to_owned(),
        standing: row.standing,
        seen_from: row.seen_from,
        seen_until: row.seen_until,
        searched_from: row.searched_from,
        searched_until: row.searched_until,
        coverage: row.coverage.as_ref().map(coverage),
    }
}

fn coverage(coverage: &Coverage) -> CoverageFacts {
    CoverageFacts {
        hours_asked: coverage.hours_asked,
        hours_with_data: coverage.hours_with_data,
        lines_read: coverage.lines_read,
        lines_rejected: coverage.lines_rejected,
    }
}
