//! The owner's allow-list, and the block feed that it stands before: what a firewall may take, one value a line.
//!
//! Nothing reaches the feed that is not verified, active and valid now, nothing that was quarantined or withdrawn, nothing that the quality gate
//! only watches, and nothing that the owner allows: a partner's address in somebody's alert must not lock the partner out.

use std::collections::BTreeSet;

use serde::Serialize;
use serde_json::json;
use ward_directory::{Here, Permit, Who, spill};
use ward_quality::Act as Verdict;
use ward_stix::normal;
use ward_stix::term::Term;
use ward_store::{Act, RowRef, Tx, random};

use crate::WatchError;
use crate::quality;
use crate::sql::local::{self, AllowRow};

/// Something to allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAllow {
    /// An address, a network (CIDR) or a domain.
    pub value: String,
    pub reason: String,
}

/// An entry of the allow-list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AllowEntry {
    pub id: String,
    /// In normal form.
    pub value: String,
    pub reason: String,
    /// The id of the person.
    pub added_by: String,
    /// Microseconds UTC.
    pub at: i64,
}

/// One line of the block feed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BlockLine {
    /// The field's word: `address`, `network`, `domain`, `url`, `hash` or `user-agent`.
    pub kind: String,
    pub value: String,
    /// The id of the indicator.
    pub indicator: String,
    /// When the indicator ends, microseconds UTC; none when it does not say.
    pub until: Option<i64>,
}

/// Adds to the allow-list.
pub async fn allow(here: &Here, permit: &Permit<NewAllow>) -> Result<AllowEntry, WatchError> {
    let new = permit.on();
    spill::guard(here, permit.who(), "allow-list", &[&new.value, &new.reason]).await?;
    let value = normal_form(&new.value)
        .ok_or_else(|| WatchError::Invalid(format!("`{}` is neither an address, a network nor a domain", new.value)))?;
    if new.reason.trim().is_empty() {
        return Err(WatchError::Invalid("say why it is allowed: the next person will ask".to_owned()));
    }
    if list(here).await?.iter().any(|entry| entry.value == value) {
        return Err(WatchError::Invalid(format!("`{value}` is on the allow-list already")));
    }
    let row = AllowRow {
        id: random::id(),
        value,
        reason: new.reason.trim().to_owned(),
        added_by: permit.who().actor.clone(),
        at: here.now(),
    };
    let mut tx = here.store.begin().await?;
    local::insert_allow(&mut tx, &row).await?;
    let rows = [RowRef { table: "allow_entry", key: &[&row.id] }];
    record(&mut tx, here, permit.who(), "allow.added", &row.id, &rows).await?;
    tx.commit().await?;
    Ok(of_row(row))
}

/// The allow-list, by value.
pub async fn list(here: &Here) -> Result<Vec<AllowEntry>, WatchError> {
    Ok(local::allow_entries(&here.store).await?.into_iter().map(of_row).collect())
}

/// Removes from the allow-list; the record keeps that it was there.
pub async fn remove(here: &Here, permit: &Permit<AllowEntry>) -> Result<(), WatchError> {
    let id = &permit.on().id;
    let mut tx = here.store.begin().await?;
    if local::delete_allow(&mut tx, id).await? == 0 {
        return Err(WatchError::Unknown { what: "entry of the allow-list", id: id.clone() });
    }
    record(&mut tx, here, permit.who(), "allow.removed", id, &[]).await?;
    record(&mut tx, here, permit.who(), "row.erased", &format!("allow_entry {id}"), &[]).await?;
    Ok(tx.commit().await?)
}

/// What may be blocked now.
pub async fn block_feed(here: &Here) -> Result<Vec<BlockLine>, WatchError> {
    let allowed: Vec<Term> = list(here).await?.iter().filter_map(|entry| term(&entry.value)).collect();
    let mut lines = Vec::new();
    for one in quality::judged(here, "").await?.into_iter().filter(|one| one.verdict.act == Verdict::Block) {
        let terms = one.stated.terms.iter();
        let blocked = terms.filter(|term| !allowed.iter().any(|allowed| protects(allowed, term)));
        lines.extend(blocked.map(|term| BlockLine {
            kind: term.kind().to_owned(),
            value: term.text(),
            indicator: one.row.id.clone(),
            until: one.row.valid_until,
        }));
    }
    Ok(lines)
}

/// The feed as firewalls take it: one value a line, each once. `kinds` are the kinds wanted, such as `address` and `network`; none means all.
pub fn feed_text(lines: &[BlockLine], kinds: &[&str]) -> String {
    let wanted = lines.iter().filter(|line| kinds.is_empty() || kinds.contains(&line.kind.as_str()));
    let values: BTreeSet<&str> = wanted.map(|line| line.value.as_str()).collect();
    values.into_iter().fold(String::new(), |mut text, value| {
        text.push_str(value);
        text.push('\n');
        text
    })
}

fn term(value: &str) -> Option<Term> {
    match normal::network(value) {
        Some((first, last)) => Some(Term::Network { first, last }),
        None => normal::domain(value).map(Term::Domain),
    }
}

fn normal_form(value: &str) -> Option<String> {
    term(value.trim()).map(|term| term.text())
}

/// Whether blocking `term` would hit what is allowed. A domain protects itself, the names under it and URLs there; a network protects all
/// that overlaps it.
fn protects(allowed: &Term, term: &Term) -> bool {
    let is_under = |domain: &str, name: &str| {
        name == domain || name.strip_suffix(domain).is_some_and(|before| before.ends_with('.'))
    };
    let host_of = |url: &str| {
        let host = normal::host_of(url).to_owned();
        match host.rsplit_once(':') {
            Some((name, port)) if port.bytes().all(|byte| byte.is_ascii_digit()) && !name.contains(':') => {
                name.to_owned()
            }
            _ => host,
        }
    };
    match (allowed, term) {
        (Term::Network { first, last }, Term::Network { first: from, last: to }) => first <= to && from <= last,
        (Term::Network { first, last }, Term::Url(url)) => {
            normal::address(&host_of(url)).is_some_and(|address| *first <= address && address <= *last)
        }
        (Term::Domain(domain), Term::Domain(name)) => is_under(domain, name),
        (Term::Domain(domain), Term::Url(url)) => is_under(domain, &host_of(url)),
        _ => false,
    }
}

fn of_row(row: AllowRow) -> AllowEntry {
    AllowEntry { id: row.id, value: row.value, reason: row.reason, added_by: row.added_by, at: row.at }
}

async fn record(
    tx: &mut Tx,
    here: &Here,
    who: &Who,
    act: &'static str,
    subject: &str,
    rows: &[RowRef<'_>],
) -> Result<(), WatchError> {
    let act = Act {
        act,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject,
        at: here.now(),
        detail: &json!({}),
        rows,
    };
    tx.record(act).await?;
    Ok(())
}
