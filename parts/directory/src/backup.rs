//! `ward backup`: the whole installation in one sealed file, at one moment of its database, while it goes on working.
//!
//! The snapshot is a reading transaction: the record is verified in it, and every table dumped from it. Keys and names are files of the
//! folder; the archive's files are named by who keeps them, and stay where they are until this is done.
//!
//! The copy lies outside the database, so it is two entries: that it was begun, before its first byte, and that it was done. One that was begun
//! and not done may be a file with part of everything.

use std::io::ErrorKind;
use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::json;
use ward_backup::{BackupError, BackupWriter, Header, KeyDraw};
use ward_store::{Act, Broken, DEMO_CLOCK_FILE, Migration, Tx, Verified, random};

use crate::here::DATABASE_FILE;
use crate::person::PASSWORD_CHARACTERS_MIN;
use crate::{DirectoryError, Here};

/// Where the dumped tables are within the backup.
pub(crate) const TABLES: &str = "tables";

/// A file of the archive that the snapshot names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ArchiveFile {
    /// Below the installation's folder, with `/`.
    pub path: String,
    /// What it was when it was committed, lower-case hex.
    pub sha256: String,
}

/// What a backup's manifest says of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The version of Ward that wrote it.
    pub ward: String,
    pub installation_id: String,
    pub name: String,
    /// The verifier key of its log.
    pub log_key: String,
    /// Microseconds UTC.
    pub made_at: i64,
    /// What was recomputed of the record, in the snapshot.
    pub record: Verified,
    pub migrations: Vec<Migration>,
    /// Rows of each table.
    pub rows: std::collections::BTreeMap<String, u64>,
    /// Files of the archive that were missing, or not what was committed, when the backup was made: each with what is wrong.
    pub damaged: Vec<String>,
}

/// What was written.
#[derive(Clone, Debug, Serialize)]
pub struct BackedUp {
    pub about: About,
    pub files: usize,
    /// Of the files within.
    pub bytes: u64,
}

/// Writes a backup to `to`, where nothing may be yet. `snapshot` is from `Store::begin_reading`. A record that does not hold is refused.
pub async fn backup(
    here: &Here,
    snapshot: &mut Tx,
    archive: &[ArchiveFile],
    to: &Path,
    passphrase: &str,
) -> Result<BackedUp, DirectoryError> {
    if passphrase.chars().count() < PASSWORD_CHARACTERS_MIN {
        return Err(DirectoryError::invalid(format!(
            "the passphrase has fewer than {PASSWORD_CHARACTERS_MIN} characters"
        )));
    }
    let record = ward_store::verify_in(snapshot, here.log_key.verifier_key()).await?.map_err(broken)?;
    let key_draw = KeyDraw::new(random::bytes()?);
    let key = draw_key(passphrase, &key_draw)?;
    leave_entry(here, "installation.backup-begun", &json!({"ward": env!("CARGO_PKG_VERSION")})).await?;
    let mut writer = BackupWriter::create(to, Header::new(key_draw, random::bytes()?, &key)?, &key)?;
    let rows = ward_store::dump::<DirectoryError>(snapshot, |piece| {
        writer.add_bytes(&format!("{TABLES}/{}", piece.name), &piece.text)?;
        Ok(())
    })
    .await?;
    add_folder(&mut writer, &here.folder)?;
    let about = About {
        ward: env!("CARGO_PKG_VERSION").to_owned(),
        installation_id: here.installation.id.clone(),
        name: here.installation.name.clone(),
        log_key: here.installation.log_key.clone(),
        made_at: here.now(),
        record,
        migrations: ward_store::migrations(snapshot).await?,
        rows,
        damaged: add_archive(&mut writer, &here.folder, archive)?,
    };
    let described = serde_json::to_value(&about).map_err(|error| BackupError::Manifest(error.to_string()))?;
    let manifest = writer.finish(described)?;
    let done = json!({"entries": about.record.entries, "files": manifest.files.len(), "ward": about.ward});
    leave_entry(here, "installation.backed-up", &done).await?;
    Ok(BackedUp { about, files: manifest.files.len(), bytes: manifest.files.iter().map(|file| file.bytes).sum() })
}

/// That everything is being copied is on the record of what goes on; what the backup holds ends before it.
async fn leave_entry(here: &Here, act: &'static str, detail: &serde_json::Value) -> Result<(), DirectoryError> {
    let mut tx = here.store.begin().await?;
    let act = Act {
        act,
        actor: "ward backup",
        organisation: &here.installation.organisation_id,
        subject: &here.installation.id,
        at: here.now(),
        detail,
        rows: &[],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}

/// The key that argon2id draws from the passphrase.
pub(crate) fn draw_key(passphrase: &str, draw: &KeyDraw) -> Result<[u8; 32], DirectoryError> {
    let failed = |error: argon2::Error| DirectoryError::Cryptography(error.to_string());
    let params = argon2::Params::new(draw.memory_kib, draw.passes, draw.lanes, Some(32)).map_err(failed)?;
    let mut key = [0_u8; 32];
    argon2::Argon2::new(argon2::Algorithm::Argon2id, argon2::Version::V0x13, params)
        .hash_password_into(passphrase.as_bytes(), &draw.salt, &mut key)
        .map_err(failed)?;
    Ok(key)
}

pub(crate) fn broken(broken: Broken) -> DirectoryError {
    let place = broken.number.map_or_else(|| "the tree".to_owned(), |number| format!("entry {number}"));
    DirectoryError::BrokenRecord { place, what: broken.what }
}

/// The installation's own files: names, keys and tokens, and a demonstration's clock.
fn add_folder(writer: &mut BackupWriter, folder: &Path) -> Result<(), DirectoryError> {
    for name in [DATABASE_FILE, "origin", DEMO_CLOCK_FILE] {
        let file = folder.join(name);
        if name != DEMO_CLOCK_FILE || file.exists() {
            writer.add_file(name, &file)?;
        }
    }
    let keys = folder.join("keys");
    let failed = |source| DirectoryError::File { path: keys.display().to_string(), source };
    let entries: Result<Vec<_>, _> = std::fs::read_dir(&keys).map_err(failed)?.collect();
    let mut names: Vec<String> =
        entries.map_err(failed)?.iter().map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    for name in names {
        writer.add_file(&format!("keys/{name}"), &keys.join(&name))?;
    }
    Ok(())
}

/// The archive's files. What is damaged is said, and keeps nothing else out of the backup.
fn add_archive(
    writer: &mut BackupWriter,
    folder: &Path,
    archive: &[ArchiveFile],
) -> Result<Vec<String>, DirectoryError> {
    let mut damaged = Vec::new();
    for file in archive {
        match writer.add_file(&file.path, &folder.join(&file.path)) {
            Ok(sha256) if sha256 == file.sha256 => {}
            Ok(_) => damaged.push(format!("`{}` is not what was committed", file.path)),
            Err(BackupError::File { source, .. }) if source.kind() == ErrorKind::NotFound => {
                damaged.push(format!("`{}` is missing", file.path));
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(damaged)
}
