//! The archive kept in order: orphans swept, small segments merged, months beyond the owner's retention dropped.

use std::collections::BTreeMap;

use serde_json::json;
use ward_archive::SegmentMeta;
use ward_directory::Here;
use ward_store::{Act, MICROS_PER_SECOND};

use super::facts_of;
use crate::keeping::{self, archive_error, to_json};
use crate::source::Source;
use crate::sql::sources::{self as sql, SegmentRow};
use crate::{WatchError, release};

/// More segments than this of one source and month are merged.
const SEGMENTS_A_MONTH: usize = 16;
/// What is merged stays under this many events, so that it fits one segment.
const MERGED_ROWS_MAX: u64 = 2_000_000;
const SECONDS_A_DAY: i64 = 86_400;

/// Removes files that no committed segment owns. Left for next time while somebody searches.
pub(super) async fn sweep(here: &Here) -> Result<(), WatchError> {
    let metas: Vec<SegmentMeta> = keeping::segments(here).await?.into_iter().map(|(_, meta)| meta).collect();
    let folder = keeping::folder(here);
    keeping::blocking(move || {
        let Some(_sweeping) = keeping::sweeping_lock(&folder)? else { return Ok(()) };
        let removed = ward_archive::sweep_orphans(&folder, &metas).map_err(archive_error)?;
        if !removed.is_empty() {
            tracing::debug!(files = removed.len(), "removed files that no segment owns");
        }
        Ok(())
    })
    .await
}

/// Merges a month's segments when there are many small ones.
pub(super) async fn merge_small(here: &Here, source: &Source) -> Result<(), WatchError> {
    let mut by_month: BTreeMap<String, Vec<SegmentMeta>> = BTreeMap::new();
    for (row, meta) in keeping::segments(here).await? {
        if row.source_id == source.id {
            by_month.entry(meta.month.clone()).or_default().push(meta);
        }
    }
    for segments in by_month.into_values().filter(|segments| segments.len() > SEGMENTS_A_MONTH) {
        let together = smallest(segments);
        if together.len() > 1 {
            merge(here, source, together).await?;
        }
    }
    Ok(())
}

/// The segments with the fewest events that fit into one, in the order in which they were committed.
fn smallest(segments: Vec<SegmentMeta>) -> Vec<SegmentMeta> {
    let mut by_size: Vec<(usize, SegmentMeta)> = segments.into_iter().enumerate().collect();
    by_size.sort_by_key(|(place, meta)| (meta.rows, *place));
    let mut rows = 0_u64;
    by_size.retain(|(_, meta)| {
        rows = rows.saturating_add(meta.rows);
        rows <= MERGED_ROWS_MAX
    });
    by_size.sort_by_key(|(place, _)| *place);
    by_size.into_iter().map(|(_, meta)| meta).collect()
}

async fn merge(here: &Here, source: &Source, together: Vec<SegmentMeta>) -> Result<(), WatchError> {
    let folder = keeping::folder(here);
    let old = together.clone();
    let merged = keeping::blocking(move || ward_archive::merge(&folder, &together).map_err(archive_error)).await?;
    let mut tx = here.store.begin().await?;
    for meta in &old {
        sql::delete_segment(&mut tx, &meta.id).await?;
    }
    let row = SegmentRow {
        id: merged.id.clone(),
        source_id: source.id.clone(),
        meta: to_json(&merged)?,
        committed_at: here.now(),
    };
    sql::insert_segment(&mut tx, &row).await?;
    Ok(tx.commit().await?)
}

/// Drops whole months that are older than the owner keeps them; the entry names each segment, so that the purge can be proved. Gives
/// whether there were any.
pub(super) async fn purge(here: &Here) -> Result<bool, WatchError> {
    let Some(days) = release::settings(here).await?.retention_days else { return Ok(false) };
    let before = here.now() - days * SECONDS_A_DAY * MICROS_PER_SECOND;
    let mut dropped_of: BTreeMap<String, Vec<SegmentMeta>> = BTreeMap::new();
    for (row, meta) in keeping::segments(here).await? {
        let (_, dropped) = ward_archive::purge_before(&[meta], before);
        dropped_of.entry(row.source_id).or_default().extend(dropped);
    }
    dropped_of.retain(|_, dropped| !dropped.is_empty());
    for (source_id, dropped) in &dropped_of {
        drop_segments(here, source_id, dropped, before).await?;
    }
    Ok(!dropped_of.is_empty())
}

async fn drop_segments(here: &Here, source_id: &str, dropped: &[SegmentMeta], before: i64) -> Result<(), WatchError> {
    let mut facts = facts_of(here, source_id).await?.unwrap_or_default();
    let kept_from = dropped.iter().filter_map(|meta| meta.last).max().map(|last| last.saturating_add(1));
    facts.lines.retained_from = facts.lines.retained_from.max(kept_from);
    let segments: Vec<serde_json::Value> = dropped
        .iter()
        .map(|meta| json!({ "id": meta.id, "month": meta.month, "events": meta.rows, "sha256": meta.sha256 }))
        .collect();
    let mut tx = here.store.begin().await?;
    for meta in dropped {
        sql::delete_segment(&mut tx, &meta.id).await?;
    }
    sql::put_facts(&mut tx, source_id, &to_json(&facts)?, here.now()).await?;
    let act = Act {
        act: "archive.purged",
        actor: "retention",
        organisation: &here.installation.organisation_id,
        subject: source_id,
        at: here.now(),
        detail: &json!({ "before": before, "segments": segments }),
        rows: &[],
    };
    tx.record(act).await?;
    Ok(tx.commit().await?)
}
