//! The owner's lists of what many share, beside those that the program carries: added, renewed by adding again, removed.

use std::sync::{Arc, Mutex, PoisonError};

use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use ward_directory::{Here, Permit};
use ward_policy::{Resource, Verb};
use ward_quality::lists::staleness;
use ward_quality::{ListError, Lists, WarningList, builtin};
use ward_store::{Act, RowRef, StoreError, Tx, random};

use crate::ShareError;
use crate::sql::quality::{self as sql, ListRow};

/// Largest file of a list, in bytes.
pub const LIST_BYTES_MAX: usize = 64 << 20;
const MISP: &str = "misp";
const LINES: &str = "lines";

/// A list to add.
#[derive(Clone, Debug, Default)]
pub struct NewList {
    /// A warning list of MISP in JSON, or lines.
    pub body: Vec<u8>,
    /// Needed for lines; for JSON it stands in the file.
    pub name: Option<String>,
    /// Where it is from.
    pub source: Option<String>,
    /// For which day it is right, microseconds; for JSON the file may say it.
    pub as_of: Option<i64>,
}

/// A list as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ShownList {
    pub name: String,
    pub source: String,
    /// Microseconds UTC.
    pub as_of: Option<i64>,
    pub values: usize,
    /// The program carries it.
    pub is_builtin: bool,
    pub added_at: Option<i64>,
    /// That it is old or bears no date, in words.
    pub stale: Option<String>,
}

/// What became of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AddedList {
    pub name: String,
    pub values: usize,
    /// A list of that name was here and is replaced.
    pub renewed: bool,
    /// Values that cannot be used, each with the reason.
    pub unusable: Vec<String>,
}

/// Adds a list, or renews the one of its name; for whoever changes indicators at the hub or decides at a node what is not blocked.
///
/// # Errors
/// [`ShareError::Forbidden`], or [`ShareError::Invalid`] when it is no list.
pub async fn add(here: &Here, permit: &Permit<NewList>) -> Result<AddedList, ShareError> {
    check_owner(here, permit)?;
    let new = permit.on();
    let (list, form) = read_new(new)?;
    let row = ListRow {
        id: random::id(),
        name: list.name.clone(),
        source: new.source.clone().unwrap_or_else(|| list.source.clone()),
        as_of: new.as_of.or(list.as_of),
        values: i64::try_from(list.values).unwrap_or(i64::MAX),
        form: form.to_owned(),
        sha256: Sha256::digest(&new.body).iter().map(|byte| format!("{byte:02x}")).collect(),
        added_by: permit.who().actor.clone(),
        added_at: here.now(),
    };
    let mut tx = here.store.begin().await?;
    let before = sql::delete_list(&mut tx, &row.name).await?;
    if let Some(id) = &before {
        record(&mut tx, here, permit, "row.erased", &format!("warning_list {id}"), &[]).await?;
    }
    sql::insert_list(&mut tx, &row, &new.body).await?;
    let rows = [RowRef { table: "warning_list", key: &[&row.id] }];
    record(&mut tx, here, permit, if before.is_some() { "list.renewed" } else { "list.added" }, &row.id, &rows).await?;
    sql::doubt_all(&mut tx).await?;
    tx.commit().await?;
    Ok(AddedList { name: list.name, values: list.values, renewed: before.is_some(), unusable: list.unusable })
}

/// Removes a list that was added; one that the program carries under that name counts again.
///
/// # Errors
/// [`ShareError::Forbidden`], or [`ShareError::Unseen`] when no such list was added.
pub async fn remove(here: &Here, permit: &Permit<String>) -> Result<(), ShareError> {
    check_owner(here, permit)?;
    let mut tx = here.store.begin().await?;
    let gone = sql::delete_list(&mut tx, permit.on()).await?;
    let id = gone.ok_or_else(|| ShareError::Unseen { what: "list that was added", id: permit.on().clone() })?;
    record(&mut tx, here, permit, "list.removed", &id, &[]).await?;
    record(&mut tx, here, permit, "row.erased", &format!("warning_list {id}"), &[]).await?;
    sql::doubt_all(&mut tx).await?;
    Ok(tx.commit().await?)
}

/// All lists that count, those that the program carries first.
pub async fn list(here: &Here) -> Result<Vec<ShownList>, ShareError> {
    let mut tx = here.store.begin().await?;
    let rows = sql::lists(&mut tx).await?;
    tx.commit().await?;
    let is_replaced = |name: &str| rows.iter().any(|row| row.name == name);
    let carried = carried()?.into_iter().filter(|list| !is_replaced(&list.name)).map(|list| ShownList {
        stale: staleness(list.as_of, here.now()),
        name: list.name,
        source: list.source,
        as_of: list.as_of,
        values: list.values,
        is_builtin: true,
        added_at: None,
    });
    let added = rows.iter().map(|row| ShownList {
        stale: staleness(row.as_of, here.now()),
        name: row.name.clone(),
        source: row.source.clone(),
        as_of: row.as_of,
        values: usize::try_from(row.values).unwrap_or(0),
        is_builtin: false,
        added_at: Some(row.added_at),
    });
    Ok(carried.chain(added).collect())
}

/// The lists that count, for who judges outside of a transaction and knows the ids of those that were added, in the order in which they were.
pub async fn of(here: &Here, added: &[String]) -> Result<Arc<Lists>, ShareError> {
    if let Some(lists) = last_read(added) {
        return Ok(lists);
    }
    let mut tx = here.store.begin().await?;
    let lists = gate(&mut tx).await?;
    tx.commit().await?;
    Ok(lists)
}

/// Reading a long list takes longer than judging by it, so the last lists read are kept. A row never changes, so its id stands for it.
static LAST_READ: Mutex<Option<(Vec<String>, Arc<Lists>)>> = Mutex::new(None);

fn last_read(ids: &[String]) -> Option<Arc<Lists>> {
    let last = LAST_READ.lock().unwrap_or_else(PoisonError::into_inner);
    last.as_ref().filter(|(known, _)| known == ids).map(|(_, lists)| Arc::clone(lists))
}

/// The lists that count, ready to be asked.
pub(crate) async fn gate(tx: &mut Tx) -> Result<Arc<Lists>, ShareError> {
    let rows = sql::lists(tx).await?;
    let ids: Vec<String> = rows.iter().map(|row| row.id.clone()).collect();
    if let Some(lists) = last_read(&ids) {
        return Ok(lists);
    }
    let mut lists = carried()?;
    for row in &rows {
        lists.push(stored(row, &sql::list_body(tx, &row.id).await?)?);
    }
    let lists = Arc::new(Lists::new(lists));
    *LAST_READ.lock().unwrap_or_else(PoisonError::into_inner) = Some((ids, Arc::clone(&lists)));
    Ok(lists)
}

fn carried() -> Result<Vec<WarningList>, ShareError> {
    builtin().map_err(|error| broken("that the program carries", &error))
}

fn stored(row: &ListRow, body: &[u8]) -> Result<WarningList, ShareError> {
    let read = if row.form == LINES {
        WarningList::read_lines(&String::from_utf8_lossy(body), &row.name, &row.source, row.as_of)
    } else {
        WarningList::read(body)
    };
    let list = read.map_err(|error| broken(&row.name, &error))?;
    Ok(list.called(&row.name, &row.source, row.as_of))
}

fn broken(name: &str, error: &ListError) -> ShareError {
    StoreError::Record(format!("the list `{name}` cannot be read: {error}")).into()
}

fn read_new(new: &NewList) -> Result<(WarningList, &'static str), ShareError> {
    if new.body.len() > LIST_BYTES_MAX {
        return Err(ShareError::invalid(format!("the list has more than {LIST_BYTES_MAX} bytes")));
    }
    let wrong = |error: ListError| ShareError::invalid(error.to_string());
    if new.body.trim_ascii_start().starts_with(b"{") {
        let list = WarningList::read(&new.body).map_err(wrong)?;
        let (name, source) = (new.name.as_ref().unwrap_or(&list.name).clone(), list.source.clone());
        let as_of = list.as_of;
        return Ok((list.called(&name, &source, as_of), MISP));
    }
    let name = new.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| ShareError::invalid("lines do not say what they are: give the list a name"))?;
    if new.as_of.is_none() {
        return Err(ShareError::invalid("lines do not say of which day they are: give the day"));
    }
    let text = std::str::from_utf8(&new.body).map_err(|_| ShareError::invalid("the list is not text"))?;
    let source = new.source.clone().unwrap_or_default();
    Ok((WarningList::read_lines(text, name, &source, new.as_of).map_err(wrong)?, LINES))
}

/// Lists weigh on all who listen to this installation, so its own people bring them.
fn check_owner<T>(here: &Here, permit: &Permit<T>) -> Result<(), ShareError> {
    let who = permit.who();
    let may = |verb, resource| ward_directory::permit(who, verb, resource, ()).is_ok();
    let is_own = who.organisation.id == here.installation.organisation_id;
    if is_own && (may(Verb::Change, Resource::Indicator) || may(Verb::Create, Resource::AllowList)) {
        return Ok(());
    }
    Err(ShareError::Forbidden { who: who.name.clone() })
}

async fn record<T>(
    tx: &mut Tx,
    here: &Here,
    permit: &Permit<T>,
    act: &'static str,
    subject: &str,
    rows: &[RowRef<'_>],
) -> Result<(), ShareError> {
    let act = Act {
        act,
        actor: &permit.who().actor,
        organisation: &permit.who().organisation.id,
        subject,
        at: here.now(),
        detail: &json!({}),
        rows,
    };
    tx.record(act).await?;
    Ok(())
}
