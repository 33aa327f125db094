//! Sources: which logs the owner declares, and what the owner says about them.
//!
//! A declared source that is absent or unreadable still counts: it makes every answer partly searched. That is why a wrong path is a
//! warning here and not an error.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_detect::lines::{Format, LineOptions};
use ward_directory::{Here, Permit, Who, spill};
use ward_sources::Checkpoint;
use ward_stix::normal;
use ward_store::{Act, RowRef, Tx, random};

use crate::keeping::{from_json, to_json};
use crate::reading::{self, ReadingFacts};
use crate::sql::sources::{self as sql, SourceRow};
use crate::{WatchError, keeping};

/// What the owner says about a source.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SourceOptions {
    /// Addresses or networks (CIDR) of the proxies and content networks whose word about their client is believed.
    pub trusted_proxies: Vec<String>,
    /// The hosts that the log is of, for logs that do not name the host of a request.
    pub site_hosts: Vec<String>,
    /// The format that every line must have; without it each line is taken as what it looks like.
    pub expect: Option<Format>,
}

/// A source to declare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSource {
    /// The owner's name for it; it goes home with answers.
    pub name: String,
    /// A file with its rotated predecessors, a folder, or a pattern with `*` and `?`.
    pub path: String,
    pub options: SourceOptions,
}

/// New options for a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedOptions {
    pub source_id: String,
    pub options: SourceOptions,
}

/// A declared source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Source {
    pub id: String,
    pub name: String,
    pub path: String,
    pub options: SourceOptions,
    /// Microseconds UTC.
    pub declared_at: i64,
    /// Microseconds UTC; what was read of a removed source stays in the archive and is searched.
    pub removed_at: Option<i64>,
}

/// What came of declaring a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    pub source: Source,
    /// Why nothing can be read there now; every answer is partly searched until that is mended.
    pub warning: Option<String>,
}

impl SourceOptions {
    /// As the parser of lines takes them.
    pub(crate) fn line_options(&self) -> LineOptions {
        LineOptions {
            trusted_proxies: self.trusted_proxies.iter().filter_map(|text| normal::network(text)).collect(),
            site_hosts: self.site_hosts.clone(),
            expect: self.expect,
        }
    }

    fn check(&self) -> Result<(), WatchError> {
        for proxy in &self.trusted_proxies {
            if normal::network(proxy).is_none() {
                return Err(WatchError::Invalid(format!(
                    "the trusted proxy `{proxy}` is neither an address nor a network"
                )));
            }
        }
        for host in &self.site_hosts {
            if normal::url(host).is_none() {
                return Err(WatchError::Invalid(format!("the site's host `{host}` is no host name")));
            }
        }
        Ok(())
    }
}

/// Declares a source. One that was removed is taken up again under its name when its path is the same.
pub async fn add_source(here: &Here, permit: &Permit<NewSource>) -> Result<Declared, WatchError> {
    let new = permit.on();
    spill::guard(here, permit.who(), "source", &(&new.name, &new.path, &new.options)).await?;
    new.options.check()?;
    let name = new.name.trim();
    if name.is_empty() || name.chars().any(char::is_control) || new.path.trim().is_empty() {
        return Err(WatchError::Invalid("a source needs a name and a path".to_owned()));
    }
    let path = absolute(&new.path)?;
    let known = all_sources(here).await?.into_iter().find(|source| source.name == name);
    check_read_once(here, name, &path).await?;
    let source = match known {
        Some(known) if known.removed_at.is_none() || known.path != path => {
            return Err(WatchError::Invalid(format!("`{name}` is the name of another source; give this one its own")));
        }
        Some(known) => take_up_again(here, permit.who(), known, &new.options).await?,
        None => insert(here, permit.who(), name, path, &new.options).await?,
    };
    let warning = what_keeps_from_reading(&source.path).await?;
    Ok(Declared { source, warning })
}

/// The declared sources, by name.
pub async fn sources(here: &Here) -> Result<Vec<Source>, WatchError> {
    Ok(all_sources(here).await?.into_iter().filter(|source| source.removed_at.is_none()).collect())
}

/// The declared sources and those that were removed, by name.
pub async fn all_sources(here: &Here) -> Result<Vec<Source>, WatchError> {
    sql::sources(&here.store).await?.into_iter().map(of_row).collect()
}

/// As [`all_sources`], each with what the readings so far say of it; none before the first.
pub async fn all_with_facts(here: &Here) -> Result<Vec<(Source, Option<ReadingFacts>)>, WatchError> {
    let rows = sql::sources_with_facts(&here.store).await?;
    let read = |(row, facts): (SourceRow, Option<String>)| {
        let facts = facts.map(|text| from_json(&text, "a source's reading")).transpose()?;
        Ok((of_row(row)?, facts))
    };
    rows.into_iter().map(read).collect()
}

/// The source with this id.
pub async fn source(here: &Here, id: &str) -> Result<Source, WatchError> {
    let found = all_sources(here).await?.into_iter().find(|source| source.id == id);
    found.ok_or_else(|| WatchError::Unknown { what: "source", id: id.to_owned() })
}

/// Sets other options. What was read with the old ones is read again; so this is refused when some of those files are no longer there.
pub async fn change_options(here: &Here, permit: &Permit<ChangedOptions>) -> Result<Source, WatchError> {
    spill::guard(here, permit.who(), "source", &permit.on().options).await?;
    let change = permit.on();
    change.options.check()?;
    let source = source(here, &change.source_id).await?;
    if source.options == change.options {
        return Ok(source);
    }
    let _reading = keeping::reading_lock(&keeping::folder(here))?;
    check_all_there(here, &source).await?;
    let never_read = never_read(here, &source).await?;
    let mut tx = here.store.begin().await?;
    sql::set_options(&mut tx, &source.id, &to_json(&change.options)?).await?;
    sql::forget_reading(&mut tx, &source.id).await?;
    sql::put_facts(&mut tx, &source.id, &never_read, here.now()).await?;
    record(&mut tx, here, permit.who(), "source.changed", &source.id).await?;
    tx.commit().await?;
    Ok(Source { options: change.options.clone(), ..source })
}

/// Removes a source. Its row and what was read of it stay: hits in it still count, but it says no longer what was covered.
pub async fn remove_source(here: &Here, permit: &Permit<Source>) -> Result<(), WatchError> {
    let id = &permit.on().id;
    let mut tx = here.store.begin().await?;
    if sql::set_removed(&mut tx, id, Some(here.now())).await? == 0 {
        return Err(WatchError::Unknown { what: "source", id: id.clone() });
    }
    record(&mut tx, here, permit.who(), "source.removed", id).await?;
    Ok(tx.commit().await?)
}

/// How far each file of a source was read.
pub(crate) async fn checkpoints(here: &Here, source_id: &str) -> Result<Vec<Checkpoint>, WatchError> {
    let texts = sql::checkpoints(&here.store, source_id).await?;
    texts.iter().map(|text| from_json(text, "a file's checkpoint")).collect()
}

async fn insert(
    here: &Here,
    who: &Who,
    name: &str,
    path: String,
    options: &SourceOptions,
) -> Result<Source, WatchError> {
    let row = SourceRow {
        id: random::id(),
        name: name.to_owned(),
        path,
        options: to_json(options)?,
        declared_at: here.now(),
        removed_at: None,
    };
    let mut tx = here.store.begin().await?;
    sql::insert_source(&mut tx, &row).await?;
    record(&mut tx, here, who, "source.declared", &row.id).await?;
    tx.commit().await?;
    of_row(row)
}

async fn take_up_again(here: &Here, who: &Who, known: Source, options: &SourceOptions) -> Result<Source, WatchError> {
    let _reading = keeping::reading_lock(&keeping::folder(here))?;
    let has_changed = known.options != *options;
    if has_changed {
        check_all_there(here, &known).await?;
    }
    let never_read = never_read(here, &known).await?;
    let mut tx = here.store.begin().await?;
    sql::set_removed(&mut tx, &known.id, None).await?;
    if has_changed {
        sql::set_options(&mut tx, &known.id, &to_json(options)?).await?;
        sql::forget_reading(&mut tx, &known.id).await?;
        sql::put_facts(&mut tx, &known.id, &never_read, here.now()).await?;
    }
    record(&mut tx, here, who, "source.declared", &known.id).await?;
    tx.commit().await?;
    Ok(Source { options: options.clone(), removed_at: None, ..known })
}

/// Every file that was read must be there to be read again: what is gone would be lost.
async fn check_all_there(here: &Here, source: &Source) -> Result<(), WatchError> {
    let known = checkpoints(here, &source.id).await?;
    let gone = known.iter().filter(|file| file.offset > 0 && (file.gone || !Path::new(&file.path).exists())).count();
    if gone == 0 {
        return Ok(());
    }
    Err(WatchError::Invalid(format!(
        "{gone} files of `{}` that were read are no longer there and could not be read again; declare the logs as a new source \
         and keep this one for what is past",
        source.name
    )))
}

/// What is kept of the readings when a source is read again: the files that never could be, since they may be gone meanwhile.
async fn never_read(here: &Here, source: &Source) -> Result<String, WatchError> {
    let facts = reading::facts_of(here, &source.id).await?;
    let unreadable = facts.map(|facts| facts.unreadable).unwrap_or_default();
    to_json(&ReadingFacts { unreadable, ..ReadingFacts::declared(&source.name) })
}

/// A line that two sources read would count twice.
async fn check_read_once(here: &Here, name: &str, path: &str) -> Result<(), WatchError> {
    let others: Vec<Source> = sources(here).await?.into_iter().filter(|source| source.name != name).collect();
    let path = path.to_owned();
    keeping::blocking(move || {
        let files = reading::files_behind(Path::new(&path));
        for other in &others {
            let theirs = reading::files_behind(Path::new(&other.path));
            if let Some(both) = files.intersection(&theirs).next() {
                return Err(WatchError::Invalid(format!(
                    "`{}` is read by the source `{}` already, and a line that is read twice would count twice; declare a path that leaves it out",
                    both.display(),
                    other.name
                )));
            }
        }
        Ok(())
    })
    .await
}

async fn what_keeps_from_reading(path: &str) -> Result<Option<String>, WatchError> {
    let path = path.to_owned();
    keeping::blocking(move || {
        let files = match ward_sources::expand(Path::new(&path)) {
            Ok(files) if files.is_empty() => {
                return Ok(Some(format!("`{path}` holds no file yet")));
            }
            Ok(files) => files,
            Err(error) => return Ok(Some(error.in_full())),
        };
        Ok(files.iter().find_map(|file| ward_sources::open(file).err()).map(|error| error.in_full()))
    })
    .await
}

fn absolute(path: &str) -> Result<String, WatchError> {
    let absolute = std::path::absolute(path.trim());
    let absolute = absolute.map_err(|source| WatchError::File { path: path.to_owned(), source })?;
    Ok(absolute.to_string_lossy().into_owned())
}

fn of_row(row: SourceRow) -> Result<Source, WatchError> {
    Ok(Source {
        options: from_json(&row.options, "a source's options")?,
        id: row.id,
        name: row.name,
        path: row.path,
        declared_at: row.declared_at,
        removed_at: row.removed_at,
    })
}

async fn record(tx: &mut Tx, here: &Here, who: &Who, act: &'static str, id: &str) -> Result<(), WatchError> {
    let act = Act {
        act,
        actor: &who.actor,
        organisation: &who.organisation.id,
        subject: id,
        at: here.now(),
        detail: &json!({}),
        rows: &[RowRef { table: "source", key: &[id] }],
    };
    tx.record(act).await?;
    Ok(())
}
