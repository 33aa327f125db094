//! What a reader is entitled to, from when on, and what came into the reader's view by that.
//!
//! A reader is an organisation's machines together, or one person. When a reader asks and is entitled to something else than before, the
//! change gets its place in the walk, and what came into view by it is offered at places of the reader's own after it. What left the view is gone
//! at once, whatever is written down.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use ward_directory::{Here, Who, recipient};
use ward_policy::{Action, Decision, Entitled, Need, Recipient, decide};
use ward_store::{StoreError, Tx};

use crate::ShareError;
use crate::collections::{self, Kind};
use crate::grant::{self, Grant};
use crate::handling::Handled;
use crate::intake::stranger;
use crate::sql::objects::Placed;
use crate::sql::{grants, visibility};

/// Everything about a reader that a decision depends on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Entitlement {
    pub recipient: Recipient,
    /// Whether the reader has part in the collections; who has not sees only what is granted.
    pub has_part: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub grants: Vec<Grant>,
}

/// A decision, and the grant without which it would be no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judged {
    pub decision: Decision,
    pub grant: Option<String>,
}

/// The recipients of alerts among a reader's own organisation and those above it: alert, organisation, and since which publication.
pub(crate) type Addressed = std::collections::HashMap<String, Vec<(String, i64)>>;

impl Entitlement {
    /// Of the caller, now.
    pub async fn of(here: &Here, who: &Who) -> Result<Entitlement, ShareError> {
        Entitlement::with(here, who, grant::held(&here.store, &who.organisation.id, here.now()).await?).await
    }

    /// Of the caller, who holds these grants.
    async fn with(here: &Here, who: &Who, grants: Vec<Grant>) -> Result<Entitlement, ShareError> {
        let own = who.organisation.id == here.installation.organisation_id;
        Ok(Entitlement { recipient: recipient(here, who).await?, has_part: own || who.organisation.is_member, grants })
    }

    /// Of somebody about whom nothing is known.
    pub fn of_nobody() -> Entitlement {
        Entitlement { recipient: stranger(), has_part: true, grants: Vec::new() }
    }

    /// The organisations whose being addressed matters.
    pub fn organisations(&self) -> impl Iterator<Item = &String> {
        std::iter::once(&self.recipient.organisation).chain(&self.recipient.client_of)
    }

    /// The one decision on an object by itself, at a time in microseconds UTC: with the recipients of its alerts, and with a grant where it needs one.
    pub fn judge(&self, row: &Placed, handled: &Handled, addressed: &Addressed, action: Action, at: i64) -> Judged {
        let mut handling = handled.handling.clone();
        for (report_id, round) in &handled.alerts {
            let recipients = addressed.get(report_id).into_iter().flatten();
            let of_round = recipients.filter(|(_, since)| since <= round).map(|(organisation, _)| organisation.clone());
            handling.addressed.extend(of_round);
        }
        if !self.has_part {
            handling.need = Need::Nothing;
        }
        let decision = decide(&self.recipient, &handling, action, at);
        if decision.allowed {
            return Judged { decision, grant: None };
        }
        handling.addressed.push(self.recipient.organisation.clone());
        for grant in self.grants.iter().filter(|grant| grant.covers(row)) {
            handling.need = Need::Grant { until: grant.until };
            let granted = decide(&self.recipient, &handling, action, at);
            if granted.allowed {
                return Judged { decision: granted, grant: Some(grant.id.clone()) };
            }
        }
        Judged { decision, grant: None }
    }

    fn to_json(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(|e| StoreError::Record(e.to_string()))
    }
}

/// Who reads, as the log of appearances knows them.
pub(crate) fn reader(who: &Who) -> String {
    match &who.person_id {
        Some(person) => format!("{}/{person}", who.organisation.id),
        None => who.organisation.id.clone(),
    }
}

/// What the caller was and is entitled to. A change is given its place first.
pub(crate) async fn settle(here: &Here, who: &Who) -> Result<Entitled<Entitlement>, ShareError> {
    let reader = reader(who);
    let (held, mut history) = grants::held_and_entitled(&here.store, &who.organisation.id, &reader, here.now()).await?;
    let now = Entitlement::with(here, who, grant::of_rows(held)?).await?;
    let content = now.to_json()?;
    if history.last().is_none_or(|(_, last)| *last != content) {
        change(here, who, &reader, &now, &content).await?;
        history = visibility::entitlements(&here.store, &reader).await?;
    }
    Ok(Entitled { history: read(&history)?, now })
}

fn read(history: &[(i64, String)]) -> Result<Vec<(i64, Entitlement)>, ShareError> {
    let parse = |(tick, content): &(i64, String)| {
        let entitlement = serde_json::from_str(content).map_err(|e| StoreError::Record(e.to_string()))?;
        Ok((*tick, entitlement))
    };
    history.iter().map(parse).collect()
}

/// Gives a change its place, and what came into view by it places after it.
async fn change(here: &Here, who: &Who, reader: &str, new: &Entitlement, content: &str) -> Result<(), ShareError> {
    let collections: Vec<String> = collections::list(here, who)
        .await?
        .into_iter()
        .filter(|one| one.can_read && matches!(one.kind, Kind::Alerts | Kind::ThreatInformation))
        .map(|one| one.id)
        .collect();
    let addressed = addressed_in_all(here, reader, new).await?;
    let mut tx = here.store.begin().await?;
    tx.take_turn(here.now()).await?;
    let history = read(&visibility::entitlements_in(&mut tx, reader).await?)?;
    let Some((_, old)) = history.last() else {
        // Who never asked has walked past nothing.
        visibility::insert_entitlement(&mut tx, reader, 0, content).await?;
        return Ok(tx.commit().await?);
    };
    if old == new {
        return Ok(());
    }
    let shift = Shift { old, new, addressed: &addressed, now: here.now() };
    let appeared = shift.appeared(&mut tx, &collections).await?;
    let wanted = appeared.iter().map(|one| one.count).sum::<i64>() + 1;
    let first = tx.ticks(wanted)?;
    visibility::insert_entitlement(&mut tx, reader, first.at, content).await?;
    let mut tick = first.at + 1;
    for one in appeared {
        match &one.what {
            What::Way { collection_id, handling_id } => {
                visibility::appear_handled_in(&mut tx, reader, collection_id, handling_id, tick).await?;
            }
            What::Row(row) => visibility::appear(&mut tx, reader, row, tick).await?,
        }
        tick += one.count;
    }
    Ok(tx.commit().await?)
}

/// A change of what a reader is entitled to.
struct Shift<'a> {
    old: &'a Entitlement,
    new: &'a Entitlement,
    addressed: &'a Addressed,
    now: i64,
}

/// Something that came into view.
struct Appeared {
    what: What,
    count: i64,
}

enum What {
    /// All objects of a collection that are handled in a way.
    Way {
        collection_id: String,
        handling_id: String,
    },
    Row(Box<Placed>),
}

impl Shift<'_> {
    /// What came into view. More than did may be among it: what was in view before stays where it was offered.
    async fn appeared(&self, tx: &mut Tx, collections: &[String]) -> Result<Vec<Appeared>, ShareError> {
        let ways = visibility::ways(tx).await?;
        let (mut appeared, mut changed, mut by_way) = (Vec::new(), false, BTreeSet::new());
        for (handling_id, content) in &ways {
            let Some(handled) = Handled::from_json(content) else { continue };
            let (before, after) = (self.sees_way(self.old, &handled), self.sees_way(self.new, &handled));
            changed |= before != after;
            if before || !after {
                continue;
            }
            for collection_id in collections {
                let count = visibility::count_handled_in(tx, collection_id, handling_id).await?;
                if count > 0 {
                    by_way.insert(handling_id.clone());
                    let what = What::Way { collection_id: collection_id.clone(), handling_id: handling_id.clone() };
                    appeared.push(Appeared { what, count });
                }
            }
        }
        changed |= self.old.grants != self.new.grants;
        if changed {
            for row in self.one_by_one(tx, collections).await? {
                if by_way.contains(&row.handling_id) {
                    continue;
                }
                appeared.push(Appeared { what: What::Row(Box::new(row)), count: 1 });
            }
        }
        Ok(appeared)
    }

    /// Rows that the change may show though their way of handling alone does not say so: what a new grant covers, and what depends on others.
    async fn one_by_one(&self, tx: &mut Tx, collections: &[String]) -> Result<Vec<Placed>, ShareError> {
        let mut rows = Vec::new();
        for collection_id in collections {
            rows.extend(visibility::placed_with_attention(tx, collection_id).await?);
            // Those of earlier grants too: what they mention may have come into view.
            for grant in &self.new.grants {
                rows.extend(grant.rows(tx, collection_id).await?);
            }
        }
        let mut seen = BTreeSet::new();
        let mut shown = Vec::new();
        for row in rows {
            let content = visibility::way_in(tx, &row.handling_id).await?;
            let Some(handled) = content.and_then(|content| Handled::from_json(&content)) else { continue };
            let judged = self.new.judge(&row, &handled, self.addressed, Action::Read, self.now);
            if judged.decision.allowed && seen.insert(row.id.clone()) {
                shown.push(row);
            }
        }
        Ok(shown)
    }

    /// Whether whatever is handled so is seen, grants aside.
    fn sees_way(&self, entitlement: &Entitlement, handled: &Handled) -> bool {
        let without = Entitlement { grants: Vec::new(), ..entitlement.clone() };
        let nothing = Placed::nowhere();
        without.judge(&nothing, handled, self.addressed, Action::Read, self.now).decision.allowed
    }
}

/// The recipients among the reader's organisations, then and now, of every alert that objects belong to.
async fn addressed_in_all(here: &Here, reader: &str, new: &Entitlement) -> Result<Addressed, ShareError> {
    let mut organisations: BTreeSet<String> = new.organisations().cloned().collect();
    for (_, entitlement) in read(&visibility::entitlements(&here.store, reader).await?)? {
        organisations.extend(entitlement.organisations().cloned());
    }
    let mut addressed = Addressed::new();
    for organisation in organisations {
        for (report_id, since) in visibility::addressing(&here.store, &organisation).await? {
            addressed.entry(report_id).or_default().push((organisation.clone(), since));
        }
    }
    Ok(addressed)
}
