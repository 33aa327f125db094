//! The quality gate at the hub: each indicator is judged when it comes in, and again when lists, answers or the day change.
//!
//! A judgement is kept beside the object, never in it. It rests on what is on the record (objects, lists, answers), so that it can be made anew
//! at any time and is not on the record itself.

pub mod lists;
mod sources;

use std::collections::HashMap;

use serde::Serialize;
use sha2::{Digest, Sha256};
use ward_directory::Here;
use ward_quality::{Act, Facts, OfficeWord, Said, Stated, Verdict, judge};
use ward_stix::answer::{self, Answer, Finding, Seen};
use ward_stix::object::Object;
use ward_stix::term::Term;
use ward_store::{StoreError, Tx, put_setting, setting};

pub use sources::{SourceOfIndicators, sources};

use crate::ShareError;
use crate::sql::answers::AnswerRow;
use crate::sql::quality::{self as sql, QualityRow};

/// A judgement holds for a day at most: ends come and values age by the day.
const HOLDS_MICROS: i64 = 86_400_000_000;
/// Indicators judged anew in one transaction.
const AT_ONCE: i64 = 500;
/// Set once the words of the answers that came before there was a gate are kept.
const HEARD_ALL: &str = "quality.heard";

/// What is kept of an indicator.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Quality {
    #[serde(flatten)]
    pub verdict: Verdict,
    /// Microseconds UTC.
    pub judged_at: i64,
}

/// What is kept of an indicator of this hub; the caller has asked whether it may be shown.
pub async fn of(here: &Here, stix_id: &str) -> Result<Option<Quality>, ShareError> {
    let Some(row) = sql::quality(&here.store, stix_id).await? else { return Ok(None) };
    let verdict = Verdict {
        act: act_of(&row.act)?,
        confidence: u8::try_from(row.confidence).unwrap_or(0),
        reasons: serde_json::from_str(&row.reasons).unwrap_or_default(),
    };
    Ok(Some(Quality { verdict, judged_at: row.judged_at }))
}

/// The acts of indicators that were just judged.
pub(crate) async fn acts_of<'a>(tx: &mut Tx, ids: impl Iterator<Item = &'a str>) -> Result<Vec<Act>, ShareError> {
    let mut acts = Vec::new();
    for id in ids.filter(|id| id.starts_with("indicator--")) {
        if let Some(act) = sql::act(tx, id).await? {
            acts.push(act_of(&act)?);
        }
    }
    Ok(acts)
}

fn act_of(text: &str) -> Result<Act, StoreError> {
    Act::of_text(text).ok_or_else(|| StoreError::Record(format!("`{text}` is no judgement")))
}

/// Judges an object that was just kept, in its transaction; what is no indicator is left alone.
pub(crate) async fn judge_new(
    tx: &mut Tx,
    object: &Object,
    version_key: &str,
    sender_id: &str,
    now: i64,
) -> Result<(), ShareError> {
    let Some(stated) = Stated::of(object) else { return Ok(()) };
    let lists = lists::gate(tx).await?;
    let listed = lists.of(&stated.terms);
    let terms_key = terms_key(object, &stated.terms);
    let words = words(tx, object.id(), &terms_key).await?;
    let is_vouched = sql::is_in_published_alert(tx, object.id()).await?;
    let verdict = judge(&Facts { stated: &stated, is_vouched, listed: &listed, words: &words }, now);
    let row = row_of(object.id().to_owned(), version_key.to_owned(), sender_id, terms_key, &verdict, now);
    Ok(sql::put(tx, vec![row]).await?)
}

fn row_of(
    stix_id: String,
    version_key: String,
    sender_id: &str,
    terms_key: String,
    verdict: &Verdict,
    now: i64,
) -> QualityRow {
    QualityRow {
        stix_id,
        version_key,
        organisation_id: sender_id.to_owned(),
        terms_key,
        act: verdict.act.text().to_owned(),
        confidence: i64::from(verdict.confidence),
        reasons: serde_json::to_string(&verdict.reasons).unwrap_or_default(),
        judged_at: now,
    }
}

/// An indicator that came in with others and is judged together with them.
pub(crate) struct Arrived {
    stix_id: String,
    version_key: String,
    stated: Stated,
    terms_key: String,
}

impl Arrived {
    /// An indicator, and what it states.
    pub fn new(object: &Object, version_key: &str, stated: Stated) -> Arrived {
        let terms_key = terms_key(object, &stated.terms);
        Arrived { stix_id: object.id().to_owned(), version_key: version_key.to_owned(), stated, terms_key }
    }
}

/// Judges indicators of a sender that nobody had before, so that no alert vouches for them.
pub(crate) async fn judge_arrived(
    tx: &mut Tx,
    arrived: Vec<Arrived>,
    sender_id: &str,
    now: i64,
) -> Result<(), ShareError> {
    if arrived.is_empty() {
        return Ok(());
    }
    let lists = lists::gate(tx).await?;
    // Before anybody has answered anything there is nothing to ask for each.
    let has_words = sql::has_words(tx).await?;
    let mut rows = Vec::with_capacity(arrived.len());
    for Arrived { stix_id, version_key, stated, terms_key } in arrived {
        let words = if has_words { words(tx, &stix_id, &terms_key).await? } else { Vec::new() };
        let listed = lists.of(&stated.terms);
        let verdict = judge(&Facts { stated: &stated, is_vouched: false, listed: &listed, words: &words }, now);
        rows.push(row_of(stix_id, version_key, sender_id, terms_key, &verdict, now));
    }
    Ok(sql::put(tx, rows).await?)
}

/// The judgements that indicators of an alert would get once it is published, without keeping them; what is no indicator is left out.
pub(crate) async fn foresee<'a>(
    here: &Here,
    objects: impl Iterator<Item = &'a Object>,
) -> Result<Vec<(&'a Object, Verdict)>, ShareError> {
    let (added, words) = sql::reviewed(&here.store).await?;
    let lists = lists::of(here, &added).await?;
    // People reviewed each of them, so there are not many.
    let mut reviewed: HashMap<String, Vec<OfficeWord>> = HashMap::new();
    for (terms_key, word) in words {
        reviewed.entry(terms_key).or_default().extend(office_word(word));
    }
    let mut verdicts = Vec::new();
    for (object, stated) in objects.filter_map(|object| Some((object, Stated::of(object)?))) {
        let listed = lists.of(&stated.terms);
        let words = reviewed.get(&terms_key(object, &stated.terms)).map_or(&[][..], Vec::as_slice);
        let facts = Facts { stated: &stated, is_vouched: true, listed: &listed, words };
        verdicts.push((object, judge(&facts, here.now())));
    }
    Ok(verdicts)
}

/// Makes anew what no longer holds, and makes what is missing. Gives how many judgements were made. Safe to run twice and to be stopped.
pub async fn renew(here: &Here) -> Result<usize, ShareError> {
    hear_all(here).await?;
    let now = here.now();
    let mut made = 0;
    loop {
        let mut tx = here.store.begin().await?;
        let due = sql::judged_before(&mut tx, now - HOLDS_MICROS, AT_ONCE).await?;
        let mut objects = Vec::new();
        let mut any = false;
        for row in &due {
            match sql::body(&mut tx, &row.stix_id, &row.version_key).await? {
                Some(body) => objects.push((body, row.version_key.clone(), row.organisation_id.clone())),
                // Its sender deleted that version; an earlier one that is still here is judged as one without a judgement.
                None => {
                    sql::forget(&mut tx, &row.stix_id).await?;
                    any = true;
                }
            }
        }
        if due.is_empty() {
            objects = sql::unjudged(&mut tx, AT_ONCE).await?;
        }
        for (body, version_key, sender) in &objects {
            if let Ok(object) = Object::parse(body) {
                judge_new(&mut tx, &object, version_key, sender, now).await?;
                any = true;
                made += 1;
            }
        }
        tx.commit().await?;
        // What cannot be made now would come again for ever.
        if !any {
            return Ok(made);
        }
    }
}

/// What offices said of this indicator and of all that look for the same.
async fn words(tx: &mut Tx, stix_id: &str, terms_key: &str) -> Result<Vec<OfficeWord>, StoreError> {
    Ok(sql::words(tx, stix_id, terms_key).await?.into_iter().filter_map(office_word).collect())
}

fn office_word(row: sql::WordRow) -> Option<OfficeWord> {
    let said = match row.said.as_str() {
        "confirmed" => Said::Confirmed,
        "matched" => Said::Matched,
        "not-seen" => Said::NotSeen,
        // Why stays with the office.
        "false-alarm" => Said::FalseAlarm { reason: None },
        _ => return None,
    };
    Some(OfficeWord { organisation: row.organisation_id, said })
}

/// The same for all indicators that look for the same; one that cannot be compiled is only like itself.
fn terms_key(object: &Object, terms: &[Term]) -> String {
    let mut texts: Vec<String> = terms.iter().map(|term| format!("{}\n{}", term.kind(), term.text())).collect();
    texts.sort_unstable();
    texts.dedup();
    if texts.is_empty() {
        texts.push(object.id().to_owned());
    }
    Sha256::digest(texts.join("\n\n")).iter().take(16).map(|byte| format!("{byte:02x}")).collect()
}

/// Keeps what an answer to an alert says of each indicator, in the transaction that takes it.
pub(crate) async fn hear(tx: &mut Tx, row: &AnswerRow, answer: &Answer) -> Result<(), StoreError> {
    hear_answer(tx, &row.of_ref, &row.organisation_id, &row.version_key, answer).await
}

async fn hear_answer(
    tx: &mut Tx,
    report_id: &str,
    organisation_id: &str,
    version_key: &str,
    answer: &Answer,
) -> Result<(), StoreError> {
    let heard = sql::heard(tx, report_id, organisation_id).await?;
    if heard.is_some_and(|heard| heard.as_str() > version_key) {
        return Ok(());
    }
    // What was said before is doubted as well: it may have been taken back.
    sql::doubt_spoken_of(tx, report_id, organisation_id).await?;
    sql::forget_words(tx, report_id, organisation_id).await?;
    for (indicator, said) in said_of(answer) {
        sql::insert_word(tx, indicator, organisation_id, report_id, said, version_key).await?;
    }
    sql::doubt_spoken_of(tx, report_id, organisation_id).await
}

/// What an answer says of each indicator that could have been seen.
fn said_of(answer: &Answer) -> Vec<(&str, &'static str)> {
    let alarms = answer.false_alarms.iter().map(|id| (id.as_str(), "false-alarm"));
    let results = answer.indicators.iter().filter(|result| !answer.false_alarms.contains(&result.indicator_ref));
    let said = results.filter_map(|result| {
        let said = match (&result.seen, answer.finding) {
            _ if result.count > 0 && matches!(answer.finding, Finding::Confirmed(_)) => "confirmed",
            _ if result.count > 0 => "matched",
            (Seen::NotSeen, _) => "not-seen",
            _ => return None,
        };
        Some((result.indicator_ref.as_str(), said))
    });
    alarms.chain(said).collect()
}

/// Answers from before there was a gate are heard once.
async fn hear_all(here: &Here) -> Result<(), ShareError> {
    if setting(&here.store, HEARD_ALL).await?.is_some() {
        return Ok(());
    }
    let mut tx = here.store.begin().await?;
    for (organisation_id, report_id, version_key, body) in sql::newest_answers(&mut tx).await? {
        let read = Object::parse(body.as_bytes()).ok().and_then(|object| answer::from_object(&object).ok());
        if let Some(answer) = read {
            hear_answer(&mut tx, &report_id, &organisation_id, &version_key, &answer).await?;
        }
    }
    put_setting(&mut tx, HEARD_ALL, "true").await?;
    Ok(tx.commit().await?)
}
