//! The SQL of how objects are handled, of what each reader was entitled to, and of what came into whose view by a change of either.

use ward_store::{Row, Store, StoreError, Tx, values};

use super::objects::{Placed, Reader, SIBLINGS, placed, read_placed};

/// A way of handling: its id and content.
pub type Way = (String, String);

/// That a row was handled in another way from a moment on.
#[derive(Clone, Debug)]
pub struct Change {
    /// The first tick of what changed with it, all at once.
    pub moment: i64,
    pub before_id: String,
    pub after_id: String,
    /// The place in the walk at which it is offered again.
    pub tick: i64,
}

/// Keeps a way of handling. Gives whether it was new.
pub async fn keep_way(tx: &mut Tx, id: &str, content: &str, changes_at: Option<i64>) -> Result<bool, StoreError> {
    let sql = "INSERT INTO handling (id, content, changes_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Ok(tx.execute(sql, values![id, content, changes_at]).await? == 1)
}

/// The content of a way of handling.
pub async fn way(reader: &mut Reader<'_>, id: &str) -> Result<Option<String>, StoreError> {
    let sql = "SELECT content FROM handling WHERE id = $1";
    reader.fetch(sql, values![id]).await?.first().map(|row| row.get("content")).transpose()
}

/// As [`way`], within a transaction.
pub async fn way_in(tx: &mut Tx, id: &str) -> Result<Option<String>, StoreError> {
    way(&mut Reader::Tx(tx), id).await
}

/// All ways of handling that objects are or were handled in, by what they say, sender by sender: an order that nothing else has a part in.
pub async fn ways(tx: &mut Tx) -> Result<Vec<Way>, StoreError> {
    tx.fetch("SELECT id, content FROM handling ORDER BY content", &[]).await?.iter().map(read_way).collect()
}

/// The ways of handling whose content holds this text.
pub async fn ways_with(tx: &mut Tx, text: &str) -> Result<Vec<Way>, StoreError> {
    let sql = "SELECT id, content FROM handling WHERE content LIKE $1 ESCAPE '!' ORDER BY id";
    tx.fetch(sql, values![super::pattern(text)]).await?.iter().map(read_way).collect()
}

/// The ways of handling that time changes by then.
pub async fn ways_due(tx: &mut Tx, by: i64) -> Result<Vec<Way>, StoreError> {
    let sql = "SELECT id, content FROM handling WHERE changes_at <= $1 ORDER BY id";
    tx.fetch(sql, values![by]).await?.iter().map(read_way).collect()
}

/// Whether time changes a way of handling by then.
pub async fn is_way_due(store: &Store, by: i64) -> Result<bool, StoreError> {
    let sql = "SELECT id FROM handling WHERE changes_at <= $1 LIMIT 1";
    Ok(store.fetch_optional(sql, values![by]).await?.is_some())
}

/// When time changes it next.
pub async fn set_changes_at(tx: &mut Tx, id: &str, changes_at: Option<i64>) -> Result<(), StoreError> {
    tx.execute("UPDATE handling SET changes_at = $1 WHERE id = $2", values![changes_at, id]).await?;
    Ok(())
}

/// The objects that are handled in this way now.
pub async fn handled_in(tx: &mut Tx, handling_id: &str) -> Result<Vec<Placed>, StoreError> {
    let sql = placed!("", " FROM collection_object c WHERE c.handling_id = $1 ORDER BY c.id");
    tx.fetch(sql, values![handling_id]).await?.iter().map(read_placed).collect()
}

/// A row of a collection.
pub async fn placed(tx: &mut Tx, object_id: &str) -> Result<Option<Placed>, StoreError> {
    let sql = placed!("", " FROM collection_object c WHERE c.id = $1");
    tx.fetch_optional(sql, values![object_id]).await?.as_ref().map(read_placed).transpose()
}

/// The bytes of a row.
pub async fn body(tx: &mut Tx, object_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "SELECT body FROM collection_object WHERE id = $1";
    tx.fetch_optional(sql, values![object_id]).await?.map(|row| row.get("body")).transpose()
}

/// Handles a row in this way from now on, with more to attend to.
pub async fn set_handling(tx: &mut Tx, object_id: &str, handling_id: &str, attention: i64) -> Result<(), StoreError> {
    let sql = "UPDATE collection_object SET handling_id = $1, attention = attention | $2 WHERE id = $3";
    tx.rewrites("collection_object", object_id);
    tx.execute(sql, values![handling_id, attention, object_id]).await?;
    Ok(())
}

/// Removes a row's bytes; the row stays, so that it is known what was there.
pub async fn empty(tx: &mut Tx, object_id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE collection_object SET body = $1 WHERE id = $2";
    tx.rewrites("collection_object", object_id);
    tx.execute(sql, values![Vec::<u8>::new(), object_id]).await?;
    Ok(())
}

/// What a row holds that is filled again.
#[derive(Clone, Copy, Debug)]
pub struct Refilled<'a> {
    pub object_id: &'a str,
    pub organisation_id: &'a str,
    pub created_by_ref: Option<&'a str>,
    pub version: &'a str,
    pub spec_version: &'a str,
    pub body: &'a [u8],
    pub sha256: &'a str,
    pub received_at: i64,
}

/// Fills a row that was emptied.
pub async fn refill(tx: &mut Tx, row: &Refilled<'_>) -> Result<(), StoreError> {
    let sql = "UPDATE collection_object SET organisation_id = $1, created_by_ref = $2, version = $3, spec_version = $4, body = $5, sha256 = $6,
                 received_at = $7 WHERE id = $8";
    let values = values![
        row.organisation_id,
        row.created_by_ref,
        row.version,
        row.spec_version,
        row.body,
        row.sha256,
        row.received_at,
        row.object_id
    ];
    tx.rewrites("collection_object", row.object_id);
    tx.execute(sql, values).await?;
    Ok(())
}

/// Takes it that a collection has several versions of an object.
pub async fn have_siblings(tx: &mut Tx, collection_id: &str, stix_id: &str) -> Result<(), StoreError> {
    let sql = "UPDATE collection_object SET attention = attention | $1 WHERE collection_id = $2 AND stix_id = $3";
    tx.execute(sql, values![SIBLINGS, collection_id, stix_id]).await?;
    Ok(())
}

/// Writes down a change. The transaction must have its turn.
pub async fn insert_change(tx: &mut Tx, row: &Placed, (before_id, after_id): (&str, &str)) -> Result<(), StoreError> {
    let sql = "INSERT INTO handling_change (tick, moment, object_id, collection_id, before_id, after_id) VALUES ($1, $2, $3, $4, $5, $6)";
    let tick = tx.tick()?;
    tx.execute(sql, values![tick.at, tick.moment, &row.id, &row.collection_id, before_id, after_id]).await?;
    Ok(())
}

/// What an object mentions beside its creator, from a moment on.
pub async fn insert_mention(tx: &mut Tx, object_id: &str, stix_id: &str, since: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO mention (object_id, stix_id, since) VALUES ($1, $2, $3) ON CONFLICT (object_id, stix_id, since) DO NOTHING";
    tx.execute(sql, values![object_id, stix_id, since]).await?;
    Ok(())
}

/// What a row mentioned it mentions no more from a moment on.
pub async fn end_mentions(tx: &mut Tx, object_id: &str, moment: i64) -> Result<(), StoreError> {
    let sql = "UPDATE mention SET until = $1 WHERE object_id = $2 AND until IS NULL";
    tx.execute(sql, values![moment, object_id]).await?;
    Ok(())
}

/// Forgets what a row mentioned at any time.
pub async fn forget_mentions(tx: &mut Tx, object_id: &str) -> Result<(), StoreError> {
    tx.execute("DELETE FROM mention WHERE object_id = $1", values![object_id]).await?;
    Ok(())
}

/// Every version of an object, wherever it is held.
pub async fn handled_as(tx: &mut Tx, stix_id: &str) -> Result<Vec<Placed>, StoreError> {
    let sql = placed!("", " FROM collection_object c WHERE c.stix_id = $1 ORDER BY c.id");
    tx.fetch(sql, values![stix_id]).await?.iter().map(read_placed).collect()
}

/// Who sent versions of these objects, wherever they are held: each object with each sender.
pub async fn senders_among(tx: &mut Tx, stix_ids: &[&str]) -> Result<Vec<(String, String)>, StoreError> {
    let head = "SELECT DISTINCT stix_id, organisation_id FROM collection_object WHERE stix_id";
    let rows = tx.fetch_among(head, stix_ids, "").await?;
    rows.iter().map(|row| Ok((row.get("stix_id")?, row.get("organisation_id")?))).collect()
}

/// Those of the objects of which an organisation sent a version.
pub async fn sent_among(tx: &mut Tx, organisation_id: &str, stix_ids: &[&str]) -> Result<Vec<String>, StoreError> {
    let of = ("SELECT DISTINCT stix_id FROM collection_object WHERE organisation_id =", organisation_id);
    let rows = tx.fetch_among_of(of, "AND stix_id", stix_ids, "").await?;
    rows.iter().map(|row| row.get("stix_id")).collect()
}

/// Rows of collections by their ids, each with the digest of its bytes.
pub async fn placed_among(tx: &mut Tx, object_ids: &[&str]) -> Result<Vec<(Placed, String)>, StoreError> {
    let head = placed!("", ", c.sha256 FROM collection_object c WHERE c.id");
    let rows = tx.fetch_among(head, object_ids, "").await?;
    rows.iter().map(|row| Ok((read_placed(row)?, row.get("sha256")?))).collect()
}

/// The rows that mention an object, or that it made.
pub async fn mentioning(tx: &mut Tx, stix_id: &str) -> Result<Vec<Placed>, StoreError> {
    let sql = concat!(
        placed!(
            "",
            " FROM mention m JOIN collection_object c ON c.id = m.object_id WHERE m.stix_id = $1 AND m.until IS NULL"
        ),
        placed!(" UNION ", " FROM collection_object c WHERE c.created_by_ref = $1")
    );
    tx.fetch(sql, values![stix_id]).await?.iter().map(read_placed).collect()
}

/// Ids of the objects that arrived in a collection from a moment on, and that something mentions.
pub async fn mentioned_arrivals(tx: &mut Tx, collection_id: &str, moment: i64) -> Result<Vec<String>, StoreError> {
    let sql =
        "SELECT DISTINCT c.stix_id FROM collection_object c JOIN mention m ON m.stix_id = c.stix_id AND m.until IS NULL
               WHERE c.collection_id = $1 AND c.tick >= $2
               UNION
               SELECT DISTINCT c.stix_id FROM collection_object c
               WHERE c.collection_id = $1 AND c.tick >= $2 AND c.kind = 'identity'
                 AND EXISTS (SELECT 1 FROM collection_object o WHERE o.created_by_ref = c.stix_id)";
    tx.fetch(sql, values![collection_id, moment]).await?.iter().map(|row| row.get("stix_id")).collect()
}

/// The versions of an object in any collection, erased ones among them.
pub async fn placed_versions(tx: &mut Tx, stix_id: &str) -> Result<Vec<Placed>, StoreError> {
    let sql = placed!("", " FROM collection_object c WHERE c.stix_id = $1 ORDER BY c.tick");
    tx.fetch(sql, values![stix_id]).await?.iter().map(read_placed).collect()
}

/// The versions of several objects, as [`placed_versions`]; those of one object by tick.
pub async fn placed_versions_among(tx: &mut Tx, stix_ids: &[&str]) -> Result<Vec<Placed>, StoreError> {
    let head = placed!("", " FROM collection_object c WHERE c.stix_id");
    tx.fetch_among(head, stix_ids, "ORDER BY c.tick").await?.iter().map(read_placed).collect()
}

/// That a row mentions, or mentioned, an object.
#[derive(Clone, Debug)]
pub struct MentionRow {
    pub object_id: String,
    pub since: i64,
    /// None while it does.
    pub until: Option<i64>,
    /// A version of the object.
    pub mentioned: Placed,
}

/// The versions of everything that rows mention, or mentioned, beside their creators; those of one object by tick.
pub async fn placed_mentioned_among(tx: &mut Tx, object_ids: &[&str]) -> Result<Vec<MentionRow>, StoreError> {
    let head = placed!(
        "",
        ", m.object_id, m.since, m.until FROM mention m JOIN collection_object c ON c.stix_id = m.stix_id WHERE m.object_id"
    );
    let rows = tx.fetch_among(head, object_ids, "ORDER BY c.tick").await?;
    let read = |row: &Row| {
        Ok(MentionRow {
            object_id: row.get("object_id")?,
            since: row.get("since")?,
            until: row.get("until")?,
            mentioned: read_placed(row)?,
        })
    };
    rows.iter().map(read).collect()
}

/// What became of rows, with the id of each; of one row in order.
pub async fn changes_among(tx: &mut Tx, object_ids: &[&str]) -> Result<Vec<(String, Change)>, StoreError> {
    let head = "SELECT object_id, tick, moment, before_id, after_id FROM handling_change WHERE object_id";
    let rows = tx.fetch_among(head, object_ids, "ORDER BY tick").await?;
    let change = |row: &Row| {
        Ok(Change {
            moment: row.get("moment")?,
            before_id: row.get("before_id")?,
            after_id: row.get("after_id")?,
            tick: row.get("tick")?,
        })
    };
    rows.iter().map(|row| Ok((row.get("object_id")?, change(row)?))).collect()
}

/// The ticks at which rows came into a reader's view by a change of what the reader is entitled to, with the id of each.
pub async fn appearances_among(
    tx: &mut Tx,
    reader: &str,
    object_ids: &[&str],
) -> Result<Vec<(String, i64)>, StoreError> {
    let of = ("SELECT object_id, tick FROM appearance WHERE reader =", reader);
    let rows = tx.fetch_among_of(of, "AND object_id", object_ids, "ORDER BY tick").await?;
    rows.iter().map(|row| Ok((row.get("object_id")?, row.get("tick")?))).collect()
}

/// The contents of ways of handling.
pub async fn ways_among(tx: &mut Tx, ids: &[&str]) -> Result<Vec<Way>, StoreError> {
    tx.fetch_among("SELECT id, content FROM handling WHERE id", ids, "").await?.iter().map(read_way).collect()
}

/// The alerts that any of these organisations is a recipient of: alert, organisation, and since which round.
pub async fn addressing_any(tx: &mut Tx, organisations: &[&str]) -> Result<Vec<(String, String, i64)>, StoreError> {
    let head = "SELECT report_id, organisation_id, since_round FROM alert_recipient WHERE organisation_id";
    let rows = tx.fetch_among(head, organisations, "ORDER BY organisation_id, report_id").await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("organisation_id")?, row.get("since_round")?))).collect()
}

/// What a reader was entitled to: from which tick on, and what, by tick.
pub async fn entitlements(store: &Store, reader: &str) -> Result<Vec<(i64, String)>, StoreError> {
    read_entitlements(&store.fetch(ENTITLEMENTS, values![reader]).await?)
}

/// As [`entitlements`], within a transaction.
pub async fn entitlements_in(tx: &mut Tx, reader: &str) -> Result<Vec<(i64, String)>, StoreError> {
    read_entitlements(&tx.fetch(ENTITLEMENTS, values![reader]).await?)
}

const ENTITLEMENTS: &str = "SELECT tick, content FROM entitlement WHERE reader = $1 ORDER BY tick";

/// The rows that were handled otherwise or offered again after a tick, each with the last time.
pub async fn offered_since(store: &Store, tick: i64) -> Result<Vec<(Placed, i64)>, StoreError> {
    let sql = placed!(
        "",
        ", h.last FROM collection_object c
         JOIN (SELECT object_id, MAX(tick) AS last FROM handling_change WHERE tick > $1 GROUP BY object_id) h ON h.object_id = c.id
         ORDER BY h.last"
    );
    store.fetch(sql, values![tick]).await?.iter().map(|row| Ok((read_placed(row)?, row.get("last")?))).collect()
}

/// The readers who became entitled to something else after a tick, each with the last time.
pub async fn entitled_since(store: &Store, tick: i64) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT reader, MAX(tick) AS last FROM entitlement WHERE tick > $1 GROUP BY reader ORDER BY reader";
    let rows = store.fetch(sql, values![tick]).await?;
    rows.iter().map(|row| Ok((row.get("reader")?, row.get("last")?))).collect()
}

/// What a reader is entitled to from a tick on.
pub async fn insert_entitlement(tx: &mut Tx, reader: &str, tick: i64, content: &str) -> Result<(), StoreError> {
    let sql =
        "INSERT INTO entitlement (reader, tick, content) VALUES ($1, $2, $3) ON CONFLICT (reader, tick) DO NOTHING";
    tx.execute(sql, values![reader, tick, content]).await?;
    Ok(())
}

/// How many objects of a collection are handled in this way.
pub async fn count_handled_in(tx: &mut Tx, collection_id: &str, handling_id: &str) -> Result<i64, StoreError> {
    let sql = "SELECT COUNT(*) AS n FROM collection_object WHERE collection_id = $1 AND handling_id = $2";
    tx.fetch_optional(sql, values![collection_id, handling_id]).await?.map_or(Ok(0), |row| row.get("n"))
}

/// Lets them appear to a reader, at ticks in a row.
pub async fn appear_handled_in(
    tx: &mut Tx,
    reader: &str,
    collection_id: &str,
    handling_id: &str,
    first_tick: i64,
) -> Result<u64, StoreError> {
    let sql = "INSERT INTO appearance (reader, collection_id, tick, object_id)
               SELECT $1, $2, $4 + ROW_NUMBER() OVER (ORDER BY tick) - 1, id FROM collection_object
               WHERE collection_id = $2 AND handling_id = $3";
    tx.execute(sql, values![reader, collection_id, handling_id, first_tick]).await
}

/// Lets one row appear to a reader.
pub async fn appear(tx: &mut Tx, reader: &str, row: &Placed, tick: i64) -> Result<(), StoreError> {
    let sql = "INSERT INTO appearance (reader, collection_id, tick, object_id) VALUES ($1, $2, $3, $4)";
    tx.execute(sql, values![reader, &row.collection_id, tick, &row.id]).await?;
    Ok(())
}

/// The rows of a collection whose place depends on more than how they are handled.
pub async fn placed_with_attention(tx: &mut Tx, collection_id: &str) -> Result<Vec<Placed>, StoreError> {
    let sql = placed!("", " FROM collection_object c WHERE c.collection_id = $1 AND c.attention > 0 ORDER BY c.tick");
    tx.fetch(sql, values![collection_id]).await?.iter().map(read_placed).collect()
}

/// The rows of a kind that an organisation sent; any when empty.
pub async fn placed_of(
    tx: &mut Tx,
    collection_id: &str,
    kind: &str,
    organisation_id: &str,
) -> Result<Vec<Placed>, StoreError> {
    let sql = placed!(
        "",
        " FROM collection_object c WHERE c.collection_id = $1 AND ($2 = '' OR c.kind = $2) AND ($3 = '' OR c.organisation_id = $3)
            ORDER BY c.tick"
    );
    tx.fetch(sql, values![collection_id, kind, organisation_id]).await?.iter().map(read_placed).collect()
}

/// From which round on organisations are recipients of an alert; those of `organisations` that are.
pub async fn addressed_since(
    reader: &mut Reader<'_>,
    report_id: &str,
    organisations: &[String],
) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT since_round FROM alert_recipient WHERE report_id = $1 AND organisation_id = $2";
    let mut found = Vec::new();
    for organisation in organisations {
        if let Some(row) = reader.fetch(sql, values![report_id, organisation]).await?.first() {
            found.push((organisation.clone(), row.get("since_round")?));
        }
    }
    Ok(found)
}

/// The alerts that an organisation is a recipient of, each with the round since when.
pub async fn addressing(store: &Store, organisation_id: &str) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "SELECT report_id, since_round FROM alert_recipient WHERE organisation_id = $1";
    let rows = store.fetch(sql, values![organisation_id]).await?;
    rows.iter().map(|row| Ok((row.get("report_id")?, row.get("since_round")?))).collect()
}

fn read_way(row: &Row) -> Result<Way, StoreError> {
    Ok((row.get("id")?, row.get("content")?))
}

fn read_entitlements(rows: &[Row]) -> Result<Vec<(i64, String)>, StoreError> {
    rows.iter().map(|row| Ok((row.get("tick")?, row.get("content")?))).collect()
}
