//! The folder of an archive that is kept without a database: `manifest.json` says what counts, `digest.key` is the
//! archive's secret, `lock` is held by the one who writes.
//!
//! The manifest holds the checkpoints of the log files and the segments together, and is replaced as one file: either
//! both the lines and the place up to which they were read are there, or neither.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use ward_archive::{DigestKey, Listing, SegmentMeta};
use ward_sources::Checkpoint;
use ward_web::error::with_causes;

use super::watch_logs::{LineCounts, Rejected, Summary, Understanding, Unreadable};

/// What an archive's folder holds.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// The layout's version.
    pub version: u32,
    /// How lines were understood: proxies and site hosts, as given with the latest run.
    pub trusted_proxies: Vec<String>,
    /// See `trusted_proxies`.
    pub site_hosts: Vec<String>,
    /// Log files in order of reading.
    pub files: Vec<ArchivedFile>,
    /// Segments.
    pub segments: Vec<SegmentMeta>,
    /// Files that could not be read, or not to their end, in the latest run.
    pub unreadable: Vec<Unreadable>,
    /// Files that were gone before they were read to their end.
    pub lost: Vec<LostFile>,
}

/// One log file of an archive.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ArchivedFile {
    /// How far it has been read.
    pub checkpoint: Checkpoint,
    /// What became of its lines.
    pub lines: LineCounts,
    /// A last line without newline that could not be understood so far. It is read again next time.
    pub pending: Option<Pending>,
}

/// A line that waits to be completed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Code and words of the reason, if it would be rejected as it is.
    pub rejected: Option<(String, String)>,
}

/// A file that was gone before it was read to its end.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LostFile {
    /// Its last known path.
    pub file: String,
    /// Lines read before.
    pub lines_read: u64,
    /// Time of the last event read, microseconds UTC.
    pub last_event_time: Option<i64>,
}

const VERSION: u32 = 1;

/// The manifest of a folder; an empty one if there is none yet.
pub fn load(folder: &Path) -> Result<Option<Manifest>, String> {
    let path = folder.join("manifest.json");
    let bytes = match fs::read(&path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("`{}` could not be read: {error}", path.display())),
    };
    let manifest: Manifest = serde_json::from_slice(&bytes)
        .map_err(|error| format!("`{}` is damaged: {error}; restore it from a backup", path.display()))?;
    if manifest.version > VERSION {
        return Err(format!("`{}` was written by a newer version of Ward", path.display()));
    }
    Ok(Some(manifest))
}

impl Manifest {
    /// Replaces the manifest on the disk.
    pub fn save(&mut self, folder: &Path) -> Result<(), String> {
        self.version = VERSION;
        let bytes = serde_json::to_vec_pretty(self).map_err(|error| error.to_string())?;
        ward_archive::write_file(&folder.join("manifest.json"), &bytes).map_err(|error| with_causes(&error))
    }

    /// Remembers how lines are understood; says so if that differs from before.
    pub fn understand(&mut self, understanding: &Understanding) -> Option<String> {
        let before = (self.trusted_proxies.clone(), self.site_hosts.clone());
        self.trusted_proxies.clone_from(&understanding.trusted_proxies);
        self.site_hosts.clone_from(&understanding.site_hosts);
        let differs = !self.files.is_empty() && before != (self.trusted_proxies.clone(), self.site_hosts.clone());
        differs.then(|| {
            "trusted proxies or site hosts differ from the last run; what is archived already stays as it was understood then"
                .to_owned()
        })
    }

    /// Puts a file's new state in the place of the old.
    pub fn update(&mut self, new: ArchivedFile) {
        match self.files.iter_mut().find(|file| file.checkpoint.id == new.checkpoint.id) {
            Some(file) => *file = new,
            None => self.files.push(new),
        }
    }

    /// Replaces a file's checkpoint; its lines stay as they were counted.
    pub fn move_on(&mut self, checkpoint: Checkpoint) {
        match self.files.iter_mut().find(|file| file.checkpoint.id == checkpoint.id) {
            Some(file) => file.checkpoint = checkpoint,
            None => self.files.push(ArchivedFile { checkpoint, ..ArchivedFile::default() }),
        }
    }

    /// Puts the files of a run, in order of reading, where the first of them was; files that are no longer there or were
    /// not asked for keep their places.
    pub fn arrange(&mut self, run: &[PathBuf]) {
        let order: BTreeMap<String, usize> =
            run.iter().enumerate().map(|(number, path)| (path.display().to_string(), number)).collect();
        let place_of =
            |file: &ArchivedFile| order.get(&file.checkpoint.path).filter(|_| !file.checkpoint.gone).copied();
        let at = self.files.iter().position(|file| place_of(file).is_some()).unwrap_or(self.files.len());
        let (mut asked, mut kept): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.files).into_iter().partition(|file| place_of(file).is_some());
        asked.sort_by_key(|file| place_of(file));
        let after = kept.split_off(at.min(kept.len()));
        self.files = kept.into_iter().chain(asked).chain(after).collect();
    }

    /// The summary of everything archived, but for hits.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary { unreadable: self.unreadable.clone(), ..Summary::default() };
        for file in &self.files {
            let mut lines = file.lines.clone();
            lines.read = lines.read.saturating_add(u64::from(file.pending.is_some()));
            if let Some((code, reason)) = file.pending.as_ref().and_then(|pending| pending.rejected.as_ref()) {
                let line = lines.read;
                let rejected = Rejected { count: 0, reason: reason.clone(), line };
                let rejected = lines.rejected.entry(code.clone()).or_insert(rejected);
                rejected.count = rejected.count.saturating_add(1);
            }
            summary.add(&file.checkpoint.path, &lines);
        }
        summary
    }

    /// How hits are listed: in order of reading, under the files' present names.
    pub fn listing(&self) -> Listing {
        let entry = |(number, file): (u64, &ArchivedFile)| (file.checkpoint.id, (number, file.checkpoint.path.clone()));
        Listing { files: (0..).zip(&self.files).map(entry).collect(), with_columns: false }
    }
}

/// Takes the writer's lock, held until the file is dropped.
pub fn lock(folder: &Path) -> Result<File, String> {
    let path = folder.join("lock");
    let file = OpenOptions::new()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(|error| format!("`{}` could not be written: {error}", path.display()))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => {
            Err(format!("another `ward watch archive` is writing to `{}`; wait until it is done", folder.display()))
        }
        Err(TryLockError::Error(error)) => Err(format!("`{}` could not be locked: {error}", path.display())),
    }
}

/// The archive's secret.
pub fn digest_key(folder: &Path) -> Result<DigestKey, String> {
    let path = folder.join("digest.key");
    let mut secret = [0; 32];
    let mut read = || File::open(&path)?.read_exact(&mut secret);
    read().map_err(|error| {
        format!("`{}` could not be read: {error}; without it URLs with queries cannot be found again", path.display())
    })?;
    Ok(DigestKey::new(&secret))
}

/// The archive's secret, made at the first time.
pub fn digest_key_or_new(folder: &Path, has_segments: bool) -> Result<DigestKey, String> {
    let path = folder.join("digest.key");
    if path.exists() || has_segments {
        return digest_key(folder);
    }
    let mut secret = [0_u8; 32];
    getrandom::fill(&mut secret).map_err(|error| format!("no randomness for `{}`: {error}", path.display()))?;
    let beside = folder.join("digest.key.tmp");
    let write = || -> std::io::Result<()> {
        let mut file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&beside)?;
        file.write_all(&secret)?;
        file.sync_all()?;
        fs::rename(&beside, &path)?;
        File::open(folder)?.sync_all()
    };
    write().map_err(|error| format!("`{}` could not be written: {error}", path.display()))?;
    Ok(DigestKey::new(&secret))
}
