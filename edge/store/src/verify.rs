//! `ward log verify`: everything recomputed from the tables, and the first entry that does not hold, by name.

use std::collections::HashMap;

use ward_tlog::{Frontier, VerifierKey, checkpoint, leaf_hash};

use crate::record::{Body, digest};
use crate::sequencer::hash_of;
use crate::{Row, Store, StoreError, Tx, rows, values};

/// What held: counts of what was recomputed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verified {
    pub entries: i64,
    pub rows: i64,
    pub checkpoints: i64,
    /// Rows that an entry recorded and that a later entry says were lawfully removed.
    pub erased: i64,
}

/// The first thing that does not hold.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The number of the entry, if one is broken.
    pub number: Option<i64>,
    /// Its id.
    pub entry: String,
    /// What does not hold, in plain words.
    pub what: String,
}

/// Recomputes entries, tree, checkpoints and the rows that entries name. `Ok(Err(broken))` names the first that does not hold.
pub async fn verify(store: &Store, log_key: &VerifierKey) -> Result<Result<Verified, Broken>, StoreError> {
    verify_in(&mut store.begin_reading().await?, log_key).await
}

/// As [`verify`], of what this transaction sees: a snapshot that is backed up, or rows that are not committed yet.
pub async fn verify_in(tx: &mut Tx, log_key: &VerifierKey) -> Result<Result<Verified, Broken>, StoreError> {
    let mut walk = Walk { checkpoints: read_checkpoints(tx).await?, ..Walk::default() };
    let mut from = 0_i64;
    loop {
        let sql = "SELECT id, number, act, organisation_id, subject, at, body, salt, digest FROM entry
                   WHERE number >= $1 ORDER BY number LIMIT 2000";
        let page = tx.fetch(sql, values![from]).await?;
        for row in &page {
            if let Err(broken) = walk.entry(row, log_key)? {
                return Ok(Err(broken));
            }
        }
        if page.is_empty() {
            break;
        }
        from = walk.frontier.size().cast_signed();
    }
    if let Err(broken) = walk.end(tx).await? {
        return Ok(Err(broken));
    }
    let checked = check_rows(tx, &walk.latest).await?;
    Ok(checked.map(|(rows, erased)| Verified {
        entries: walk.frontier.size().cast_signed(),
        rows,
        checkpoints: walk.checkpoints_held,
        erased,
    }))
}

#[derive(Default)]
struct Walk {
    frontier: Frontier,
    checkpoints: HashMap<i64, (ward_tlog::Hash, String)>,
    checkpoints_held: i64,
    latest: HashMap<(String, Vec<String>), Recorded>,
}

/// The latest entry that vouches for a row.
struct Recorded {
    number: i64,
    entry: String,
    act: String,
    sha256: String,
}

impl Walk {
    fn entry(&mut self, row: &Row, log_key: &VerifierKey) -> Result<Result<(), Broken>, StoreError> {
        let (id, number): (String, i64) = (row.get("id")?, row.get("number")?);
        let broken = |what: String| Ok(Err(Broken { number: Some(number), entry: id.clone(), what }));
        let expected = self.frontier.size().cast_signed();
        if number != expected {
            return broken(format!("entry {expected} is missing: the next one found is {number}"));
        }
        let (body, salt, stored): (String, Vec<u8>, Vec<u8>) = (row.get("body")?, row.get("salt")?, row.get("digest")?);
        if digest(&salt, &body).as_slice() != stored.as_slice() {
            return broken("its text or its salt is not what was digested when it was written".to_owned());
        }
        let Ok(parsed) = serde_json::from_str::<Body>(&body) else {
            return broken("its text is not an entry".to_owned());
        };
        let columns = (
            row.get::<String>("act")?,
            row.get::<String>("organisation_id")?,
            row.get::<String>("subject")?,
            row.get::<i64>("at")?,
        );
        if columns != (parsed.act.clone(), parsed.organisation, parsed.subject, parsed.at) {
            return broken("its columns do not say what its text says".to_owned());
        }
        for recorded in parsed.rows {
            let place = Recorded { number, entry: id.clone(), act: parsed.act.clone(), sha256: recorded.sha256 };
            self.latest.insert((recorded.table, recorded.key), place);
        }
        self.frontier.append(leaf_hash(&stored));
        Ok(self.checkpoint_at(&id, log_key))
    }

    /// Compares the tree with the checkpoint of this size, when there is one.
    fn checkpoint_at(&mut self, id: &str, log_key: &VerifierKey) -> Result<(), Broken> {
        let size = self.frontier.size().cast_signed();
        let Some((root, note)) = self.checkpoints.remove(&size) else { return Ok(()) };
        let broken = |what: &str| Err(Broken { number: Some(size - 1), entry: id.to_owned(), what: what.to_owned() });
        let Ok((signed, _)) = checkpoint::open(&note, log_key) else {
            return broken("the checkpoint after it is not signed by this log's key");
        };
        if signed.size.cast_signed() != size || signed.root != root || root != self.frontier.root() {
            return broken(
                "the tree up to it is not the tree that the checkpoint signed: an earlier entry was exchanged, added or removed",
            );
        }
        self.checkpoints_held += 1;
        Ok(())
    }

    /// What may not be left over: checkpoints of sizes that the entries do not reach, and a sequencer that disagrees.
    async fn end(&mut self, tx: &mut Tx) -> Result<Result<(), Broken>, StoreError> {
        let size = self.frontier.size().cast_signed();
        let broken = |what: String| Ok(Err(Broken { number: Some(size), entry: String::new(), what }));
        if let Some(beyond) = self.checkpoints.keys().filter(|at| **at > 0).min() {
            return broken(format!(
                "a checkpoint of {beyond} entries is signed, but only {size} are here: the last ones were removed"
            ));
        }
        let row = tx.fetch_optional("SELECT size FROM sequencer WHERE id = 1", &[]).await?;
        let counted: i64 = row.map_or(Ok(0), |row| row.get("size"))?;
        if counted != size {
            return broken(format!("the sequencer counted {counted} entries, but {size} are here"));
        }
        self.stored_nodes(tx).await
    }

    /// The stored nodes that proofs are made from must lead to the same root.
    async fn stored_nodes(&self, tx: &mut Tx) -> Result<Result<(), Broken>, StoreError> {
        let size = self.frontier.size();
        let nodes = tx.fetch("SELECT level, node_index, hash FROM log_node ORDER BY level, node_index", &[]).await?;
        let mut by_place = HashMap::with_capacity(nodes.len());
        for row in &nodes {
            let (level, index): (i64, i64) = (row.get("level")?, row.get("node_index")?);
            by_place.insert((u32::try_from(level).unwrap_or(u32::MAX), index.unsigned_abs()), hash_of(row, "hash")?);
        }
        for ((level, index), hash) in &by_place {
            let Some(below) = level.checked_sub(1) else { continue };
            let children = (by_place.get(&(below, index * 2)), by_place.get(&(below, index * 2 + 1)));
            let holds = matches!(children, (Some(left), Some(right)) if ward_tlog::node_hash(left, right) == *hash);
            if !holds {
                let what = format!("the stored tree node {index} of level {level} is not the hash of the two below it");
                return Ok(Err(Broken { number: Some((index << level).cast_signed()), entry: String::new(), what }));
            }
        }
        let root =
            ward_tlog::root_at(&ward_tlog::nodes::NodesFn(|level, index| by_place.get(&(level, index)).copied()), size);
        if root.ok() == Some(self.frontier.root()) {
            return Ok(Ok(()));
        }
        let what = "the stored tree nodes do not lead to the root of the entries".to_owned();
        Ok(Err(Broken { number: None, entry: String::new(), what }))
    }
}

async fn read_checkpoints(tx: &mut Tx) -> Result<HashMap<i64, (ward_tlog::Hash, String)>, StoreError> {
    let rows = tx.fetch("SELECT size, root, note FROM checkpoint", &[]).await?;
    rows.iter().map(|row| Ok((row.get("size")?, (hash_of(row, "root")?, row.get("note")?)))).collect()
}

/// Recomputes each recorded row; the broken one with the lowest entry number is named.
async fn check_rows(
    tx: &mut Tx,
    latest: &HashMap<(String, Vec<String>), Recorded>,
) -> Result<Result<(i64, i64), Broken>, StoreError> {
    let mut in_order: Vec<_> = latest.iter().collect();
    in_order.sort_by_key(|(_, recorded)| recorded.number);
    let (mut held, mut erased) = (0, 0);
    for ((table, key), recorded) in in_order {
        let now = rows::digest_row(tx, table, key).await?;
        let what = match now {
            Some(sha256) if sha256 == recorded.sha256 => {
                // What is left of a row whose contents were removed says that they were.
                if recorded.act == ERASED {
                    erased += 1
                } else {
                    held += 1
                }
                continue;
            }
            None if erased_since(tx, table, key, recorded.number).await? => {
                erased += 1;
                continue;
            }
            Some(_) => {
                format!("the row `{}` of `{table}` is not what the entry ({}) recorded", key.join(" "), recorded.act)
            }
            None => {
                format!("the row `{}` of `{table}` that the entry ({}) recorded is gone", key.join(" "), recorded.act)
            }
        };
        return Ok(Err(Broken { number: Some(recorded.number), entry: recorded.entry.clone(), what }));
    }
    Ok(Ok((held, erased)))
}

/// The act that removes a row, or its contents.
const ERASED: &str = "row.erased";

/// Whether an entry `row.erased` after `number` names this row as lawfully removed.
async fn erased_since(tx: &mut Tx, table: &str, key: &[String], number: i64) -> Result<bool, StoreError> {
    let subject = erased_subject(table, key);
    let sql = "SELECT id FROM entry WHERE act = 'row.erased' AND subject = $1 AND number >= $2 LIMIT 1";
    Ok(tx.fetch_optional(sql, values![subject, number]).await?.is_some())
}

/// The subject of a `row.erased` entry.
pub(crate) fn erased_subject(table: &str, key: &[String]) -> String {
    format!("{table} {}", key.join(" "))
}
