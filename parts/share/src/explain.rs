//! Why somebody sees an object or does not: the rule that allowed or denied each version; and what a caller may see at all, and why.

use serde::Serialize;
use ward_directory::{Here, Permit, Who};
use ward_policy::{Action, Attributes, Level, Resource, Verb};
use ward_stix::marking::{Markings, Tlp};
use ward_store::StoreError;

use crate::ShareError;
use crate::alert::hub_permits;
use crate::collections;
use crate::entitlement::{Addressed, Entitlement, Judged};
use crate::grant::Grant;
use crate::handling::{FROM_ARRIVAL, Handled};
use crate::page::{View, version_of};
use crate::sql::objects::Placed;
use crate::sql::visibility;

/// One version of an object, as somebody sees it or not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Explained {
    /// The alias of the collection that holds it.
    pub collection: String,
    pub version: String,
    pub is_seen: bool,
    /// The rule that allowed or denied it, in the words of the policy of record.
    pub rule: String,
    /// The grant without which it would not be seen.
    pub grant: Option<String>,
    /// Ids of what it mentions and the reader does not see: what hides it though its own markings do not.
    pub hidden_mentions: Vec<String>,
    /// The markings that were decided on, in words.
    pub markings: Vec<String>,
}

/// Why `reader` sees an object or does not, version by version, in the collections that they read; for the hub's people who see indicators.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`] when no collection has such an object.
pub async fn explain(
    here: &Here,
    permit: &Permit<()>,
    reader: &Who,
    stix_id: &str,
) -> Result<Vec<Explained>, ShareError> {
    hub_permits(here, permit.who(), Verb::See, Resource::Indicator)?;
    let mut tx = here.store.begin_reading().await?;
    let rows = visibility::placed_versions(&mut tx, stix_id).await?;
    tx.commit().await?;
    // The hub's own person knows what is there; the reader may have no part in the collection.
    let mut held = collections::list(here, permit.who()).await?;
    held.retain(|one| rows.iter().any(|row| row.collection_id == one.kept_in));
    let theirs = collections::list(here, reader).await?;
    let mut explained = Vec::new();
    for mut view in View::of_each(here, reader, &held).await? {
        let reads = theirs.iter().any(|theirs| theirs.id == view.collection().id && theirs.can_read);
        explained.extend(of_collection(&mut view, reads, &rows).await?);
    }
    if explained.is_empty() {
        return Err(ShareError::Unseen { what: "object", id: stix_id.to_owned() });
    }
    Ok(explained)
}

async fn of_collection(view: &mut View<'_>, reads: bool, rows: &[Placed]) -> Result<Vec<Explained>, ShareError> {
    let rows: Vec<&Placed> = rows.iter().filter(|row| view.holds(row)).collect();
    let seen = view.see_now(&rows).await?;
    let mut judged = Vec::new();
    for (row, is_seen) in rows.into_iter().zip(seen) {
        if let Some(one) = view.judge(row, Action::Read).await? {
            judged.push((row, one, reads && is_seen));
        }
    }
    let is_hidden = |judged: &Judged, is_seen: bool| reads && judged.decision.allowed && !is_seen;
    let hidden = judged.iter().filter(|(_, one, is_seen)| is_hidden(one, *is_seen));
    let hidden: Vec<&Placed> = hidden.map(|(row, _, _)| *row).collect();
    let mut mentions = view.hidden_mentions(&hidden).await?;
    let mut explained = Vec::new();
    for (row, one, is_seen) in judged {
        let rule = match () {
            () if !reads => ward_policy::NO_NEED,
            () if is_hidden(&one, is_seen) => ward_policy::MENTIONS_HIDDEN,
            () => one.decision.rule,
        };
        explained.push(Explained {
            collection: view.collection().alias.clone(),
            version: version_of(row),
            is_seen,
            rule: rule.to_owned(),
            grant: one.grant,
            hidden_mentions: mentions.remove(&row.id).unwrap_or_default(),
            markings: view.markings(row).await?,
        });
    }
    Ok(explained)
}

/// What a caller may see, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Entitlements {
    pub organisation: String,
    pub is_member: bool,
    pub clearance: Level,
    /// What markings of the Access Control Specification ask about.
    pub attributes: Attributes,
    pub tlp: Vec<OfTlp>,
    pub grants: Vec<Grant>,
    /// Aliases of the collections that the caller reads.
    pub collections: Vec<String>,
}

/// Whether what is marked so is seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfTlp {
    pub marking: String,
    pub id: String,
    /// Of what is addressed to nobody in particular.
    pub is_seen: bool,
    pub rule: String,
    /// Of what is addressed to the caller's organisation.
    pub is_seen_when_addressed: bool,
    pub rule_when_addressed: String,
}

/// What the caller may see and why (the answer to the wish for it in the issue 119 of TAXII).
///
/// # Errors
/// When the database fails.
pub async fn entitlements(here: &Here, who: &Who) -> Result<Entitlements, ShareError> {
    let entitlement = Entitlement::of(here, who).await?;
    let readable = collections::list(here, who).await?.into_iter().filter(|one| one.can_read);
    let tlp = Tlp::ALL.map(|tlp| of_tlp(&entitlement, tlp, here.now()));
    Ok(Entitlements {
        organisation: who.organisation.name.clone(),
        is_member: who.organisation.is_member,
        clearance: entitlement.recipient.clearance,
        attributes: entitlement.recipient.attributes.clone(),
        tlp: tlp.to_vec(),
        grants: entitlement.grants,
        collections: readable.map(|one| one.alias).collect(),
    })
}

/// Of somebody else's object with this marking and no other.
fn of_tlp(entitlement: &Entitlement, tlp: Tlp, now: i64) -> OfTlp {
    // What the marking alone says: in which collections the caller has part stands beside it.
    let of_marking = Entitlement { grants: Vec::new(), has_part: true, ..entitlement.clone() };
    let markings = Markings { tlp: vec![tlp], ..Markings::default() };
    let somebodys = Handled::new("somebody else", &markings, FROM_ARRIVAL);
    let addressed = somebodys.clone().addressed_to(&entitlement.recipient.organisation);
    let judge = |handled: &Handled| {
        of_marking.judge(&Placed::nowhere(), handled, &Addressed::new(), Action::Read, now).decision
    };
    let (to_nobody, to_caller) = (judge(&somebodys), judge(&addressed));
    OfTlp {
        marking: tlp.label().to_owned(),
        id: tlp.official_id().to_owned(),
        is_seen: to_nobody.allowed,
        rule: to_nobody.rule.to_owned(),
        is_seen_when_addressed: to_caller.allowed,
        rule_when_addressed: to_caller.rule.to_owned(),
    }
}

/// A file for offices without a network: everything that an organisation's machines see of a collection, as a STIX bundle, in the senders' own
/// bytes; it is a delivery like any other. By the hub's people who publish.
///
/// # Errors
/// [`ShareError::Forbidden`]; [`ShareError::Unseen`] when the organisation reads no such collection.
pub async fn bundle_for(
    here: &Here,
    permit: &Permit<()>,
    reader: &Who,
    collection: &str,
) -> Result<(Vec<u8>, usize), ShareError> {
    hub_permits(here, permit.who(), Verb::Publish, Resource::Indicator)?;
    let collection = collections::find(here, reader, collection).await?;
    let mut filter = ward_taxii::filter::Filter::default();
    let id = ward_store::random::uuid();
    let mut bundle = format!("{{\"type\":\"bundle\",\"id\":\"bundle--{id}\",\"objects\":[").into_bytes();
    let mut count = 0;
    loop {
        let page = crate::page::objects(here, reader, &collection, &filter).await?;
        for object in page.items {
            if count > 0 {
                bundle.extend_from_slice(b",\n");
            }
            std::str::from_utf8(&object).map_err(|e| StoreError::Record(e.to_string()))?;
            bundle.extend(object);
            count += 1;
        }
        if !page.more {
            break;
        }
        filter.next = page.next;
    }
    bundle.extend_from_slice(b"]}\n");
    Ok((bundle, count))
}
