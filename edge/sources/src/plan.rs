//! What to read from where, given the files that are there and what is known of them: no line twice, none missed.
//!
//! A file is known again by its first bytes, whatever it is called and however it is stored. Rotation by renaming,
//! compression afterwards, copying and truncating, and a restart of the reader all come down to that.

use std::collections::{BTreeSet, HashMap};
use std::fs;
use std::io::Read;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use crate::checkpoint::{Checkpoint, LONGEST_IDENTITY, identity};
use crate::open::{Compression, open};
use crate::rotation;

/// What is to be done. `unchanged`, `lost`, `gone` and the checkpoints that come out of reading `read` are together
/// the new set of checkpoints.
#[derive(Debug, Default)]
pub struct Plan {
    /// Files with something to read, in the order given.
    pub read: Vec<Reading>,
    /// Files that are still there and have nothing new.
    pub unchanged: Vec<Checkpoint>,
    /// Files that were not read to their end and are no longer there: lines were missed after `last_event_time`.
    pub lost: Vec<Checkpoint>,
    /// Files that were read to their end, or reported as lost before, and are no longer there.
    pub gone: Vec<Checkpoint>,
    /// Files that are there and could not be read.
    pub unreadable: Vec<Unreadable>,
}

/// One file to read.
#[derive(Clone, Debug)]
pub struct Reading {
    /// The file.
    pub path: PathBuf,
    /// Where to go on, with the file's present path; for a new file the beginning.
    pub checkpoint: Checkpoint,
    /// The file is no longer written to: a last line without newline is complete.
    pub is_rotated: bool,
}

/// A file that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// The file.
    pub path: PathBuf,
    /// Why, in words.
    pub reason: String,
}

/// A file as it is now.
struct Present {
    path: PathBuf,
    head: Vec<u8>,
    inode: u64,
    /// Length in bytes of a plain file; unknown for a compressed one.
    plain_length: Option<u64>,
    stored_length: u64,
}

/// Compares the files, in order of reading, with what is known. A file that is being compressed beside its original
/// (`x` and `x.gz` beginning alike) counts once. A known file that is still there under its name and is not among the
/// files asked for is left as it is.
pub fn plan(files: &[PathBuf], known: &[Checkpoint]) -> Plan {
    let mut plan = Plan::default();
    let mut present = Vec::new();
    for path in files {
        match look_at(path) {
            Ok(found) => present.push(found),
            Err(reason) => plan.unreadable.push(Unreadable { path: path.clone(), reason }),
        }
    }
    drop_half_compressed(&mut present);
    let assigned = assign(&present, known);
    let unreadable: BTreeSet<String> = plan.unreadable.iter().map(|file| text(&file.path)).collect();
    let mut taken = BTreeSet::new();
    let mut next_id = known.iter().map(|checkpoint| checkpoint.id.saturating_add(1)).max().unwrap_or(1);
    for (file, checkpoint) in present.iter().zip(assigned) {
        let before = checkpoint.and_then(|at| known.get(at).map(|known| (at, known)));
        let is_shorter = before.is_some_and(|(_, before)| is_shorter(file, before));
        let start = match before.filter(|_| !is_shorter) {
            Some((at, before)) => {
                taken.insert(at);
                before.clone()
            }
            None => {
                let id = next_id;
                next_id = next_id.saturating_add(1);
                Checkpoint { id, ..Checkpoint::default() }
            }
        };
        sort_in(file, start, files, &mut plan);
    }
    for (_, checkpoint) in known.iter().enumerate().filter(|(at, _)| !taken.contains(at)) {
        leave(checkpoint, files, &unreadable, &mut plan);
    }
    plan
}

/// What becomes of a known file that was not found again.
fn leave(checkpoint: &Checkpoint, files: &[PathBuf], unreadable: &BTreeSet<String>, plan: &mut Plan) {
    let nothing_expected = checkpoint.finished || checkpoint.sealed || checkpoint.gone || checkpoint.identity_len == 0;
    let left = Checkpoint { gone: true, ..checkpoint.clone() };
    let path = Path::new(&checkpoint.path);
    let not_asked_for = !checkpoint.gone && !files.iter().any(|file| file == path) && path.exists();
    if unreadable.contains(&checkpoint.path) || not_asked_for {
        plan.unchanged.push(checkpoint.clone());
    } else if nothing_expected {
        plan.gone.push(left);
    } else {
        plan.lost.push(left);
    }
}

fn sort_in(file: &Present, start: Checkpoint, files: &[PathBuf], plan: &mut Plan) {
    let is_compressed = file.plain_length.is_none();
    let is_rotated = is_compressed || rotation::is_rotated(&file.path, files);
    let covered = file.head.len().min(LONGEST_IDENTITY);
    let mut checkpoint = Checkpoint {
        identity: identity(&file.head, covered),
        identity_len: u32::try_from(covered).unwrap_or(u32::MAX),
        inode: file.inode,
        path: text(&file.path),
        gone: false,
        ..start
    };
    let nothing_new = match file.plain_length {
        Some(length) => length == checkpoint.offset,
        None => checkpoint.sealed,
    };
    let damage = checkpoint.damage.as_ref().filter(|damage| damage.stored_length == file.stored_length);
    if let Some(damage) = damage {
        plan.unreadable.push(Unreadable { path: file.path.clone(), reason: damage.reason.clone() });
        plan.unchanged.push(checkpoint);
    } else if nothing_new {
        checkpoint.finished = checkpoint.finished || is_rotated;
        plan.unchanged.push(checkpoint);
    } else {
        plan.read.push(Reading { path: file.path.clone(), checkpoint, is_rotated });
    }
}

fn look_at(path: &Path) -> Result<Present, String> {
    let mut reader = open(path).map_err(|error| error.in_full())?;
    let metadata = fs::metadata(path).map_err(|error| error.to_string())?;
    let plain_length = (reader.compression() == Compression::Plain).then_some(metadata.len());
    let mut head = Vec::with_capacity(LONGEST_IDENTITY);
    let limit = u64::try_from(LONGEST_IDENTITY).unwrap_or(u64::MAX);
    let read = reader.by_ref().take(limit).read_to_end(&mut head);
    if let (Err(error), true) = (read, head.is_empty()) {
        return Err(format!("`{}` could not be read: {error}", path.display()));
    }
    Ok(Present { path: path.to_owned(), head, inode: metadata.ino(), plain_length, stored_length: metadata.len() })
}

/// While a rotated file is compressed, both forms are there; the compressed one may still be incomplete.
fn drop_half_compressed(present: &mut Vec<Present>) {
    let originals: HashMap<PathBuf, Vec<u8>> =
        present.iter().map(|file| (file.path.clone(), file.head.clone())).collect();
    present.retain(|file| {
        let original = rotation::before_compression(&file.path).and_then(|path| originals.get(&path));
        let is_copy = file.plain_length.is_none()
            && original.is_some_and(|head| !head.is_empty() && head.starts_with(&file.head));
        !is_copy
    });
}

fn is_shorter(file: &Present, before: &Checkpoint) -> bool {
    file.plain_length.is_some_and(|length| length < before.offset)
}

/// For each file the index of the checkpoint that is its own, the surest pairs first.
fn assign(present: &[Present], known: &[Checkpoint]) -> Vec<Option<usize>> {
    let lengths: BTreeSet<u32> = known.iter().map(|checkpoint| checkpoint.identity_len).collect();
    let mut by_identity: HashMap<(u32, &str), Vec<usize>> = HashMap::new();
    for (at, checkpoint) in known.iter().enumerate() {
        by_identity.entry((checkpoint.identity_len, &checkpoint.identity)).or_default().push(at);
    }
    let mut pairs = Vec::new();
    for (file_at, file) in present.iter().enumerate() {
        for length in &lengths {
            let Ok(covered) = usize::try_from(*length) else {
                continue;
            };
            if covered > file.head.len() {
                continue;
            }
            let digest = identity(&file.head, covered);
            for at in by_identity.get(&(*length, digest.as_str())).into_iter().flatten() {
                let Some(checkpoint) = known.get(*at) else {
                    continue;
                };
                let same_inode = checkpoint.inode == file.inode;
                let same_path = checkpoint.path == text(&file.path);
                if covered == 0 && !(same_inode && same_path) {
                    continue;
                }
                let sureness = (!is_shorter(file, checkpoint), *length, same_inode, same_path, !checkpoint.gone);
                pairs.push((sureness, file_at, *at));
            }
        }
    }
    pairs.sort_by(|one, other| other.0.cmp(&one.0).then(one.1.cmp(&other.1)).then(one.2.cmp(&other.2)));
    let mut assigned = vec![None; present.len()];
    let mut used = BTreeSet::new();
    for (_, file_at, at) in pairs {
        if let Some(place @ None) = assigned.get_mut(file_at)
            && used.insert(at)
        {
            *place = Some(at);
        }
    }
    assigned
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}
