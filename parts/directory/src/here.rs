//! The installation: making one (`ward init`) and opening it. `Here` is what every verb takes.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::json;
use ward_store::{Act, Clock, DEMO_CLOCK_FILE, LogKey, RowRef, Store, random};

use crate::model::{Installation, Organisation, OrganisationKind};
use crate::person::{insert_with_role, invite_in};
use crate::{DirectoryError, NewPerson, keys, sql};

/// The file that names the database of a folder.
pub(crate) const DATABASE_FILE: &str = "database";

/// What everything that a demonstration says bears.
pub const NOTICE: &str = "RECONSTRUCTION, INVENTED LOGS";

/// An open installation. Cloning shares it.
#[derive(Clone)]
pub struct Here {
    pub store: Store,
    pub clock: Clock,
    pub folder: PathBuf,
    pub installation: Installation,
    pub log_key: Arc<LogKey>,
    /// Signs the positions that TAXII readers hand back.
    pub cursor_key: Arc<[u8; 32]>,
}

impl Here {
    /// Now, in microseconds UTC.
    pub fn now(&self) -> i64 {
        self.clock.now()
    }

    /// Whether this is a demonstration: everything it says then bears its notice.
    pub fn is_demonstration(&self) -> bool {
        matches!(self.clock, Clock::Demo(_))
    }
}

/// What `ward init` is given.
pub struct Init {
    pub folder: PathBuf,
    pub name: String,
    /// Two letters, or empty for a hub of several states.
    pub state: String,
    pub is_hub: bool,
    /// What the owning organisation is.
    pub kind: OrganisationKind,
    /// `None` for SQLite in the folder.
    pub database: Option<String>,
    pub clock: Clock,
}

/// What the folder says of its database when it is the file beside it; so the folder can be moved.
const BESIDE: &str = "sqlite:ward.sqlite";

/// The address of a database that a folder names: a file without a path is in the folder.
pub(crate) fn resolved(folder: &Path, address: &str) -> String {
    if address == BESIDE { format!("sqlite:{}", folder.join("ward.sqlite").display()) } else { address.to_owned() }
}

/// Makes a folder that only its owner may enter.
pub(crate) fn make_private(folder: &Path) -> Result<(), DirectoryError> {
    let failed = |source| DirectoryError::File { path: folder.display().to_string(), source };
    std::fs::create_dir_all(folder).map_err(failed)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(folder, std::fs::Permissions::from_mode(0o700)).map_err(failed)?;
    }
    Ok(())
}

/// Makes an installation: its keys, its owner, and an invitation for the first administrator. Gives the path of the one-time link.
pub async fn init(options: Init) -> Result<(Here, String), DirectoryError> {
    check(&options)?;
    let folder = options.folder.clone();
    make_private(&folder)?;
    let address = options.database.clone().unwrap_or_else(|| BESIDE.to_owned());
    let store = Store::open(&resolved(&folder, &address)).await?;
    if sql::installation(&store).await?.is_some() {
        return Err(DirectoryError::AlreadyThere(folder.display().to_string()));
    }
    keys::write_secret(&folder.join(DATABASE_FILE), &format!("{address}\n"))?;
    let id = random::id();
    keys::write_secret(&folder.join("origin"), &format!("{}\n", origin(&options, &id)))?;
    let log_key = read_log_key(&folder, true)?;
    let now = options.clock.now();
    let organisation = Organisation {
        id: random::id(),
        kind: options.kind,
        name: options.name.clone(),
        state: options.state.clone(),
        parent_id: None,
        identity_id: format!("identity--{}", random::uuid()),
        is_member: true,
        created_at: now,
    };
    let installation = Installation {
        id,
        name: options.name,
        state: options.state,
        is_hub: options.is_hub,
        is_node: !options.is_hub,
        organisation_id: organisation.id.clone(),
        log_key: log_key.verifier_key().to_string(),
        created_at: now,
    };
    let link =
        write_first_rows(&store, &installation, &organisation, matches!(options.clock, Clock::Demo(_)), now).await?;
    let here = assemble(store, options.clock, folder, installation, log_key)?;
    Ok((here, link))
}

async fn write_first_rows(
    store: &Store,
    installation: &Installation,
    organisation: &Organisation,
    demonstration: bool,
    now: i64,
) -> Result<String, DirectoryError> {
    let mut tx = store.begin().await?;
    sql::insert_organisation(&mut tx, organisation).await?;
    sql::insert_installation(&mut tx, installation).await?;
    let administrator = NewPerson {
        organisation_id: organisation.id.clone(),
        name: "First administrator".to_owned(),
        office: String::new(),
        email: format!("administrator@{}", organisation.id),
        role: ward_policy::Role::Administrator,
    };
    let person = insert_with_role(&mut tx, &administrator, now).await?;
    let link = invite_in(&mut tx, &person.id, now).await?;
    let rows = [
        RowRef { table: "installation", key: &[&installation.id] },
        RowRef { table: "organisation", key: &[&organisation.id] },
        RowRef { table: "person", key: &[&person.id] },
        RowRef { table: "membership", key: &[&person.id, &organisation.id, "administrator"] },
    ];
    let act = Act {
        act: "installation.made",
        actor: "ward init",
        organisation: &organisation.id,
        subject: &installation.id,
        at: now,
        detail: &json!({}),
        rows: &rows,
    };
    tx.record(act).await?;
    if demonstration {
        sql::mark_as_demonstration(&mut tx).await?;
    }
    tx.commit().await?;
    Ok(link)
}

/// A demonstration's clock counts only in an installation that was made as a demonstration, and there no other clock does.
async fn refuse_borrowed_clock(store: &Store, folder: &Path, clock: &Clock) -> Result<(), DirectoryError> {
    let made_so = sql::is_demonstration(store).await?;
    match clock {
        Clock::Fixed(_) => Ok(()),
        Clock::Demo(_) if made_so => Ok(()),
        Clock::System if !made_so => Ok(()),
        Clock::Demo(_) | Clock::System => Err(DirectoryError::BorrowedClock { path: folder.display().to_string() }),
    }
}

/// Opens an installation. `database` stands over what the folder says; a demonstration's folder opens with its own clock.
pub async fn open(folder: &Path, database: Option<&str>, clock: Option<Clock>) -> Result<Here, DirectoryError> {
    let missing = |missing| DirectoryError::NotAFolder { path: folder.display().to_string(), missing };
    let named = std::fs::read_to_string(folder.join(DATABASE_FILE)).map_err(|_| missing("database file"))?;
    let demo_clock = folder.join(DEMO_CLOCK_FILE);
    let clock = clock.unwrap_or_else(|| if demo_clock.exists() { Clock::Demo(demo_clock) } else { Clock::System });
    let store = Store::open(&resolved(folder, database.unwrap_or_else(|| named.trim()))).await?;
    refuse_borrowed_clock(&store, folder, &clock).await?;
    let installation = sql::installation(&store).await?.ok_or_else(|| missing("installation in its database"))?;
    let log_key = read_log_key(folder, false)?;
    assemble(store, clock, folder.to_path_buf(), installation, log_key)
}

/// Marks a hub as node too, when it joins another hub.
pub async fn become_node(here: &Here) -> Result<(), DirectoryError> {
    if here.installation.is_node {
        return Ok(());
    }
    let mut tx = here.store.begin().await?;
    let id = &here.installation.id;
    sql::mark_as_node(&mut tx, id).await?;
    let act = Act {
        act: "installation.became-node",
        actor: "ward node join",
        organisation: &here.installation.organisation_id,
        subject: id,
        at: here.now(),
        detail: &json!({}),
        rows: &[RowRef { table: "installation", key: &[id] }],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

fn assemble(
    store: Store,
    clock: Clock,
    folder: PathBuf,
    installation: Installation,
    log_key: LogKey,
) -> Result<Here, DirectoryError> {
    let cursor_key = Arc::new(keys::make_key_file(&folder, "cursor")?);
    Ok(Here { store, clock, folder, installation, log_key: Arc::new(log_key), cursor_key })
}

/// What the names of all keys begin with. Those of a demonstration say so wherever they are seen.
pub(crate) fn key_names_begin(is_demonstration: bool) -> String {
    if !is_demonstration {
        return "ward/".to_owned();
    }
    let words = NOTICE.split(|c: char| !c.is_ascii_alphabetic()).filter(|word| !word.is_empty());
    format!("ward/{}/", words.collect::<Vec<_>>().join("-"))
}

/// A log's origin is a name that is never used again: the installation's name and a part of its id.
fn origin(of: &Init, id: &str) -> String {
    let slug: String =
        of.name.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    let tail: String = id.chars().filter(char::is_ascii_hexdigit).rev().take(12).collect();
    let first = key_names_begin(matches!(of.clock, Clock::Demo(_)));
    format!("{first}{}/{tail}", slug.trim_matches('-'))
}

pub(crate) fn read_log_key(folder: &Path, make: bool) -> Result<LogKey, DirectoryError> {
    let seed = if make { keys::make_key_file(folder, "log")? } else { keys::key_file(folder, "log")? };
    let path = folder.join("origin");
    let origin = std::fs::read_to_string(&path)
        .map_err(|source| DirectoryError::File { path: path.display().to_string(), source })?;
    Ok(LogKey::new(origin.trim(), &seed)?)
}

fn check(options: &Init) -> Result<(), DirectoryError> {
    let state = &options.state;
    if !(state.is_empty() || state.len() == 2 && state.bytes().all(|byte| byte.is_ascii_uppercase())) {
        return Err(DirectoryError::invalid(format!(
            "`{state}` is not a state: give its two capital letters, like AZ"
        )));
    }
    if options.name.trim().is_empty() || options.name.chars().any(char::is_control) {
        return Err(DirectoryError::invalid("give the installation a name"));
    }
    Ok(())
}
