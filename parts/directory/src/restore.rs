//! `ward restore`: a backup becomes an installation again, in a new folder, only when all of it was checked.
//!
//! Everything is unpacked beside the new folder, the tables are loaded in one transaction, and the record is verified in it before it is
//! committed. Only then the folder gets its name. The record says that it was restored, and from what.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::{Path, PathBuf};

use serde_json::json;
use ward_backup::{BackupError, Manifest};
use ward_store::{Act, Clock, DEMO_CLOCK_FILE, Store, Tx};

use crate::backup::{About, TABLES, broken, draw_key};
use crate::here::{DATABASE_FILE, make_private, read_log_key, resolved};
use crate::{DirectoryError, keys, sql};

/// What `ward restore` is given.
pub struct Restore<'a> {
    pub file: &'a Path,
    /// A folder that is not there yet, or is empty.
    pub folder: &'a Path,
    /// An empty database instead of the one that the backup names.
    pub database: Option<&'a str>,
    pub passphrase: &'a str,
    /// `None` for the system's, or the demonstration's that the backup holds.
    pub clock: Option<Clock>,
}

/// Restores a backup; gives what it says of itself.
pub async fn restore(options: Restore<'_>) -> Result<About, DirectoryError> {
    refuse_used(options.folder)?;
    let header = ward_backup::read_header(options.file)?;
    let key = draw_key(options.passphrase, &header.key_draw)?;
    let unfinished = Unfinished::beside(options.folder)?;
    let manifest = ward_backup::unpack(options.file, &key, &unfinished.0)?;
    let about: About =
        serde_json::from_value(manifest.about.clone()).map_err(|error| BackupError::Manifest(error.to_string()))?;
    if let Some(address) = options.database {
        replace_database(&unfinished.0, address)?;
    }
    let clock = options.clock.unwrap_or_else(|| {
        let clock = unfinished.0.join(DEMO_CLOCK_FILE);
        if clock.exists() { Clock::Demo(clock) } else { Clock::System }
    });
    fill_database(&unfinished.0, &manifest, &about, clock.now()).await?;
    let tables = unfinished.0.join(TABLES);
    fs::remove_dir_all(&tables).map_err(|source| file_error(&tables, source))?;
    unfinished.put_in_place(options.folder)?;
    Ok(about)
}

/// The folder under another name, removed with all in it unless it is put in place.
struct Unfinished(PathBuf);

impl Unfinished {
    fn beside(folder: &Path) -> Result<Unfinished, DirectoryError> {
        let mut beside = folder.components().as_path().as_os_str().to_owned();
        beside.push(".restoring");
        let beside = PathBuf::from(beside);
        if let Some(parent) = beside.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            fs::create_dir_all(parent).map_err(|source| file_error(parent, source))?;
        }
        // Not made by this restore, it is not removed by it either.
        fs::create_dir(&beside).map_err(|source| file_error(&beside, source))?;
        let unfinished = Unfinished(beside);
        make_private(&unfinished.0)?;
        Ok(unfinished)
    }

    fn put_in_place(self, folder: &Path) -> Result<(), DirectoryError> {
        fs::rename(&self.0, folder).map_err(|source| file_error(folder, source))?;
        let parent = folder.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(parent).and_then(|parent| parent.sync_all()).map_err(|source| file_error(parent, source))
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        // Once put in place it is no longer under this name.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn refuse_used(folder: &Path) -> Result<(), DirectoryError> {
    match fs::read_dir(folder) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(DirectoryError::NotEmpty(folder.display().to_string())),
        },
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        Err(source) => Err(file_error(folder, source)),
    }
}

fn replace_database(folder: &Path, address: &str) -> Result<(), DirectoryError> {
    let path = folder.join(DATABASE_FILE);
    fs::remove_file(&path).map_err(|source| file_error(&path, source))?;
    keys::write_secret(&path, &format!("{address}\n"))
}

/// Loads every table and verifies the record before anything is committed; then brings the tables up to this program's date.
async fn fill_database(folder: &Path, manifest: &Manifest, about: &About, now: i64) -> Result<(), DirectoryError> {
    let path = folder.join(DATABASE_FILE);
    let named = fs::read_to_string(&path).map_err(|source| file_error(&path, source))?;
    let address = resolved(folder, named.trim());
    let store = ward_store::open_empty(&address, &about.migrations).await?;
    let mut tx = store.begin().await?;
    load_tables(&mut tx, folder, manifest, about).await?;
    check_record(&mut tx, folder, about, now).await?;
    tx.commit().await?;
    store.close().await;
    Store::open(&address).await?.close().await;
    Ok(())
}

async fn load_tables(tx: &mut Tx, folder: &Path, manifest: &Manifest, about: &About) -> Result<(), DirectoryError> {
    let is_table = |path: &str| path.split_once('/').is_some_and(|(folder, _)| folder == TABLES);
    let mut pieces: Vec<&str> =
        manifest.files.iter().map(|file| file.path.as_str()).filter(|path| is_table(path)).collect();
    pieces.sort_unstable();
    let mut rows: std::collections::BTreeMap<String, u64> = about.rows.keys().map(|table| (table.clone(), 0)).collect();
    for piece in pieces {
        let path = folder.join(piece);
        let file = File::open(&path).map_err(|source| file_error(&path, source))?;
        let loaded = ward_store::load_piece(tx, &mut BufReader::new(file)).await?;
        *rows.entry(loaded.table).or_default() += loaded.rows;
    }
    if rows == about.rows {
        return Ok(());
    }
    let differs = rows.iter().find(|(table, count)| about.rows.get(*table) != Some(count));
    let path = differs.map_or_else(|| TABLES.to_owned(), |(table, _)| format!("{TABLES}/{table}"));
    Err(BackupError::Differs { path, what: "it has another number of rows".to_owned() }.into())
}

/// The record must hold under the key that came with it, as it held when the backup was made; then it says that it was restored.
async fn check_record(tx: &mut Tx, folder: &Path, about: &About, now: i64) -> Result<(), DirectoryError> {
    let log_key = read_log_key(folder, false)?;
    let installation = sql::installation_log_key(tx).await?;
    let (id, organisation, named_key) =
        installation.ok_or_else(|| DirectoryError::NotAFolder { path: TABLES.to_owned(), missing: "installation" })?;
    if log_key.verifier_key().to_string() != named_key {
        let what = "it is not the key of the installation's log".to_owned();
        return Err(BackupError::Differs { path: "keys/log.key".to_owned(), what }.into());
    }
    let held = ward_store::verify_in(tx, log_key.verifier_key()).await?.map_err(broken)?;
    if held != about.record {
        let what = format!("{} entries hold, where {} did", held.entries, about.record.entries);
        return Err(BackupError::Differs { path: TABLES.to_owned(), what }.into());
    }
    let act = Act {
        act: "installation.restored",
        actor: "ward restore",
        organisation: &organisation,
        subject: &id,
        at: now,
        detail: &json!({"backup_made_at": about.made_at, "entries": about.record.entries, "ward": about.ward}),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(())
}

fn file_error(path: &Path, source: std::io::Error) -> DirectoryError {
    DirectoryError::File { path: path.display().to_string(), source }
}
