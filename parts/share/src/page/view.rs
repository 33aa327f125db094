//! What one caller sees of a collection: the decision on each row, where it is offered, and which versions of an object are the ones asked for.
//!
//! Most rows are plain: the only version, never handled in another way, with nothing mentioned that is handled otherwise. For them one decision
//! is enough, and it is the same for all that are handled alike. For the others what became of them is gathered (`course.rs`) and
//! `ward_policy::offered` says whether this is the place at which the caller gets them.

use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use ward_directory::{Here, Who};
use ward_policy::{Action, Course, Decision, Entitled, Mention, Offer, offered};
use ward_stix::timestamp::format_micros;
use ward_store::Tx;
use ward_taxii::filter::{Filter, VersionMatch, VersionPick};
use ward_taxii::timestamp::canonical;

use super::course::Gathered;
use crate::ShareError;
use crate::collections::{self, Collection, Kind};
use crate::entitlement::{self, Addressed, Entitlement, Judged};
use crate::handling::Handled;
use crate::sql::objects::{self, HeldObject, Placed, Reader, SIBLINGS};
use crate::sql::visibility;

/// A collection as one caller sees it, during one request.
pub(crate) struct View<'a> {
    here: &'a Here,
    who: &'a Who,
    pub(super) collection: &'a Collection,
    /// The log of appearances that this caller walks; empty for who walks none.
    pub(super) reader: String,
    entitled: Entitled<Entitlement>,
    now: i64,
    /// Ways of handling met so far; none for what cannot be read.
    ways: HashMap<String, Option<Arc<Handled>>>,
    /// Recipients of the alerts met so far, among the caller's organisations.
    addressed: Addressed,
    /// Decisions on plain rows, by way of handling.
    decided: HashMap<String, Decision>,
    /// The collections that the caller reads, once asked.
    readable: Option<HashSet<String>>,
}

impl<'a> View<'a> {
    /// As `who` sees it now. The public collection is seen by all as by a stranger: it holds only what everyone may read.
    pub async fn of(here: &'a Here, who: &'a Who, collection: &'a Collection) -> Result<View<'a>, ShareError> {
        if collection.kind == Kind::Public {
            let nobody = Entitlement::of_nobody();
            let entitled = Entitled { history: vec![(0, nobody.clone())], now: nobody };
            return Ok(View::new(here, who, collection, (String::new(), entitled)));
        }
        let entitled = entitlement::settle(here, who).await?;
        Ok(View::new(here, who, collection, (entitlement::reader(who), entitled)))
    }

    /// Of several collections; what `who` is entitled to is asked once.
    pub async fn of_each(
        here: &'a Here,
        who: &'a Who,
        collections: &'a [Collection],
    ) -> Result<Vec<View<'a>>, ShareError> {
        let mut views: Vec<View<'a>> = Vec::with_capacity(collections.len());
        let mut settled = None;
        for collection in collections {
            let known = settled.clone().filter(|_| collection.kind != Kind::Public);
            let view = match known {
                Some(entitled) => View::new(here, who, collection, (entitlement::reader(who), entitled)),
                None => View::of(here, who, collection).await?,
            };
            if collection.kind != Kind::Public {
                settled.get_or_insert_with(|| view.entitled.clone());
            }
            views.push(view);
        }
        Ok(views)
    }

    fn new(
        here: &'a Here,
        who: &'a Who,
        collection: &'a Collection,
        (reader, entitled): (String, Entitled<Entitlement>),
    ) -> View<'a> {
        View {
            here,
            who,
            collection,
            reader,
            entitled,
            now: here.now(),
            ways: HashMap::new(),
            addressed: Addressed::new(),
            decided: HashMap::new(),
            readable: None,
        }
    }

    /// For each row, whether the caller gets it at the place where the walk came upon it, for what was asked.
    pub async fn shows(&mut self, rows: &[HeldObject], filter: &Filter) -> Result<Vec<bool>, ShareError> {
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows {
            shown.push(self.first_look(row, filter).await?);
        }
        let open = rows.iter().zip(&shown).filter(|(_, shown)| shown.is_none());
        let asked: Vec<&Placed> = open.map(|(row, _)| std::ops::Deref::deref(row)).collect();
        if asked.is_empty() {
            return Ok(shown.into_iter().flatten().collect());
        }
        let gathered = Gathered::around(self, &asked).await?;
        let selects = |seen: &[usize]| {
            let rows: Vec<&Placed> = seen.iter().filter_map(|place| gathered.rows.get(*place)).collect();
            let picked = pick(&rows, filter);
            let is_picked = |place: &usize| gathered.rows.get(*place).is_some_and(|row| picked.contains(&row.id));
            seen.iter().copied().filter(is_picked).collect()
        };
        let objects = gathered.objects(&self.collection.kept_in);
        let places = offered(&gathered.courses, &objects, &self.entitled, self.now, self.sees(&gathered), selects);
        let is_here = |row: &HeldObject| {
            let place = gathered.place(row).and_then(|place| places.get(place).copied().flatten());
            place == Some(row.offered)
        };
        Ok(rows.iter().zip(shown).map(|(row, shown)| shown.unwrap_or_else(|| is_here(row))).collect())
    }

    /// What can be said of a row by itself; none when its place depends on more.
    async fn first_look(&mut self, row: &HeldObject, filter: &Filter) -> Result<Option<bool>, ShareError> {
        let wanted = |values: &[String], value: &String| values.is_empty() || values.contains(value);
        if !wanted(&filter.ids, &row.stix_id) || !wanted(&filter.types, &row.kind) {
            return Ok(Some(false));
        }
        let arrival = row.tick;
        let Some(handled) = self.way(&row.handling_id).await? else { return Ok(Some(false)) };
        if row.attention > 0 || handled.changes_after(arrival) <= self.now {
            return Ok(None);
        }
        let judged = self.decide(row, &handled, Action::Read);
        if !judged.decision.allowed {
            return Ok(Some(false));
        }
        if judged.grant.is_some() {
            return Ok(None);
        }
        let is_at_its_place = match self.entitled.history.last() {
            Some((since, last)) if *since < arrival && *last == self.entitled.now => true,
            _ => self.is_offered_plainly(row, &handled, arrival),
        };
        Ok(Some(is_at_its_place && picks_alone(row, filter)))
    }

    /// A plain row that was here when the caller became entitled to something else.
    fn is_offered_plainly(&self, row: &HeldObject, handled: &Arc<Handled>, arrival: i64) -> bool {
        let mut course = Course::plain(arrival, Arc::clone(handled));
        // Of the changes after which it may have appeared, it is known for one where.
        let since = self.entitled.history.iter().map(|(moment, _)| *moment).rfind(|moment| *moment <= row.offered);
        let changes = self.entitled.history.iter().map(|(moment, _)| *moment).filter(|moment| *moment > arrival);
        let tick = |moment| if Some(moment) == since { row.offered } else { moment };
        course.offers.extend(changes.map(|moment| Offer { moment, tick: tick(moment) }));
        let sees = |_: usize, handled: &Arc<Handled>, entitlement: &Entitlement, at: i64| {
            entitlement.judge(row, handled, &self.addressed, Action::Read, at).decision.allowed
        };
        let places = offered(&[course], &[vec![0]], &self.entitled, self.now, sees, <[usize]>::to_vec);
        places.first().copied().flatten() == Some(row.offered)
    }

    /// The decision on each of what was gathered. What stands in a collection that the caller does not read, only its owner sees.
    fn sees<'b>(&'b self, gathered: &'b Gathered) -> impl Fn(usize, &Arc<Handled>, &Entitlement, i64) -> bool + 'b {
        |place, handled, entitlement, at| {
            let Some(row) = gathered.rows.get(place) else { return false };
            let readable = self.readable.as_ref().is_some_and(|readable| readable.contains(&row.collection_id));
            let owns = !handled.erased && entitlement.recipient.organisation == handled.handling.owner;
            (readable || owns) && entitlement.judge(row, handled, &self.addressed, Action::Read, at).decision.allowed
        }
    }

    /// The collection that is looked at.
    pub fn collection(&self) -> &'a Collection {
        self.collection
    }

    /// Whether a row is in this collection.
    pub fn holds(&self, row: &Placed) -> bool {
        row.collection_id == self.collection.kept_in
    }

    /// The versions of an object that the caller sees now, by tick.
    pub async fn versions(&mut self, stix_id: &str) -> Result<Vec<HeldObject>, ShareError> {
        let rows = objects::versions(&self.here.store, &self.collection.kept_in, stix_id).await?;
        let seen = self.see_now(&rows.iter().map(std::ops::Deref::deref).collect::<Vec<_>>()).await?;
        Ok(rows.into_iter().zip(seen).filter_map(|(row, is_seen)| is_seen.then_some(row)).collect())
    }

    /// For each row of this collection, whether the caller sees it, wherever it was offered.
    pub async fn see_now(&mut self, rows: &[&Placed]) -> Result<Vec<bool>, ShareError> {
        let mut tx = self.here.store.begin_reading().await?;
        self.learn_ways(&mut tx, rows.iter().map(|row| row.handling_id.as_str())).await?;
        tx.commit().await?;
        let mut seen = Vec::with_capacity(rows.len());
        for row in rows {
            seen.push(self.sees_plainly(row).await?);
        }
        let open = rows.iter().zip(&seen).filter(|(_, seen)| seen.is_none());
        let open: Vec<&Placed> = open.map(|(row, _)| *row).collect();
        if open.is_empty() {
            return Ok(seen.into_iter().flatten().collect());
        }
        let gathered = Gathered::around(self, &open).await?;
        let places = self.now_at(&gathered);
        let sees = |row: &Placed| gathered.place(row).and_then(|place| places.get(place).copied().flatten()).is_some();
        Ok(rows.iter().zip(seen).map(|(row, seen)| seen.unwrap_or_else(|| sees(row))).collect())
    }

    /// As [`View::see_now`], of one row.
    pub async fn sees_now(&mut self, row: &Placed) -> Result<bool, ShareError> {
        Ok(self.see_now(&[row]).await?.first().copied().unwrap_or(false))
    }

    /// What can be said of a row by itself; none when it depends on more.
    async fn sees_plainly(&mut self, row: &Placed) -> Result<Option<bool>, ShareError> {
        let Some(handled) = self.way(&row.handling_id).await? else { return Ok(Some(false)) };
        if row.attention & !SIBLINGS == 0 && handled.changes_after(row.tick) > self.now {
            let judged = self.decide(row, &handled, Action::Read);
            if judged.grant.is_none() {
                return Ok(Some(judged.decision.allowed && self.is_settled(row, &handled)));
            }
        }
        Ok(None)
    }

    /// Where each of what was gathered is offered to the caller, each version for itself.
    fn now_at(&self, gathered: &Gathered) -> Vec<Option<i64>> {
        let objects: Vec<Vec<usize>> = (0..gathered.rows.len()).map(|place| vec![place]).collect();
        let sees = self.sees(gathered);
        offered(&gathered.courses, &objects, &self.entitled, self.now, sees, <[usize]>::to_vec)
    }

    /// Ids of what rows mention and the caller does not see, by the ids of the rows.
    pub async fn hidden_mentions(&mut self, rows: &[&Placed]) -> Result<HashMap<String, Vec<String>>, ShareError> {
        if rows.is_empty() {
            return Ok(HashMap::new());
        }
        let gathered = Gathered::around(self, rows).await?;
        let places = self.now_at(&gathered);
        let is_shown = |place: &usize| places.get(*place).is_some_and(Option::is_some);
        let is_hidden = |mention: &&Mention| mention.until == i64::MAX && !mention.versions.iter().any(is_shown);
        let of = |row: &Placed| -> Vec<String> {
            let own = gathered.place(row).and_then(|place| gathered.courses.get(place));
            let hidden = own.into_iter().flat_map(|course| &course.mentions).filter(is_hidden);
            hidden.filter_map(|mention| Some(gathered.rows.get(*mention.versions.first()?)?.stix_id.clone())).collect()
        };
        Ok(rows.iter().map(|row| (row.id.clone(), of(row))).collect())
    }

    /// How a row is marked, in words.
    pub async fn markings(&mut self, row: &Placed) -> Result<Vec<String>, ShareError> {
        let Some(handled) = self.way(&row.handling_id).await? else { return Ok(Vec::new()) };
        let handling = &handled.handling;
        let mut words: Vec<String> = handling.tlp.iter().map(|tlp| tlp.label().to_owned()).collect();
        words.extend(handling.assigned_tlp.map(|tlp| format!("{} given by this hub", tlp.label())));
        words.extend(handled.markings.iter().cloned());
        words.extend(handling.unknown_markings.then(|| "a marking that is not understood".to_owned()));
        words.extend(handling.withdrawn.then(|| "withdrawn".to_owned()));
        Ok(words)
    }

    /// Where what the caller is entitled to changed since it was given its place, only what was seen before is shown.
    fn is_settled(&self, row: &Placed, handled: &Handled) -> bool {
        let last = self.entitled.history.last().map_or(&self.entitled.now, |(_, last)| last);
        *last == self.entitled.now || last.judge(row, handled, &self.addressed, Action::Read, self.now).decision.allowed
    }

    /// The decision on a row by itself. `None` when how it is handled cannot be read.
    pub async fn judge(&mut self, row: &Placed, action: Action) -> Result<Option<Judged>, ShareError> {
        let Some(handled) = self.way(&row.handling_id).await? else { return Ok(None) };
        Ok(Some(self.decide(row, &handled, action)))
    }

    fn decide(&mut self, row: &Placed, handled: &Handled, action: Action) -> Judged {
        // A grant is for single objects, so that with one nothing is the same for all that are handled alike.
        let is_alike = self.entitled.now.grants.is_empty() && action == Action::Read;
        if is_alike && let Some(decision) = self.decided.get(&row.handling_id) {
            return Judged { decision: *decision, grant: None };
        }
        let judged = self.entitled.now.judge(row, handled, &self.addressed, action, self.now);
        if is_alike {
            self.decided.insert(row.handling_id.clone(), judged.decision);
        }
        judged
    }

    async fn way(&mut self, handling_id: &str) -> Result<Option<Arc<Handled>>, ShareError> {
        let mut reader = Reader::Store(&self.here.store);
        self.way_within(&mut reader, handling_id).await
    }

    /// As [`View::way_within`] of many ways at once, before they are asked for one by one.
    pub(super) async fn learn_ways<'b>(
        &mut self,
        tx: &mut Tx,
        ids: impl Iterator<Item = &'b str>,
    ) -> Result<(), ShareError> {
        let unknown: BTreeSet<&str> = ids.filter(|id| !self.ways.contains_key(*id)).collect();
        let unknown: Vec<&str> = unknown.into_iter().collect();
        let (mut learnt, mut alerts) = (Vec::new(), BTreeSet::new());
        for (id, content) in visibility::ways_among(tx, &unknown).await? {
            let handled = Handled::from_json(&content).map(Arc::new);
            let reports = handled.iter().flat_map(|handled| handled.alerts.keys());
            alerts.extend(reports.filter(|report_id| !self.addressed.contains_key(*report_id)).cloned());
            learnt.push((id, handled));
        }
        if !alerts.is_empty() {
            let organisations = self.organisations();
            let organisations: Vec<&str> = organisations.iter().map(String::as_str).collect();
            self.addressed.extend(alerts.iter().map(|report_id| (report_id.clone(), Vec::new())));
            for (report_id, organisation, since) in visibility::addressing_any(tx, &organisations).await? {
                if alerts.contains(&report_id) {
                    self.addressed.entry(report_id).or_default().push((organisation, since));
                }
            }
        }
        self.ways.extend(learnt);
        Ok(())
    }

    /// A way of handling, with the recipients of its alerts known from then on.
    pub(super) async fn way_within(
        &mut self,
        reader: &mut Reader<'_>,
        handling_id: &str,
    ) -> Result<Option<Arc<Handled>>, ShareError> {
        if let Some(known) = self.ways.get(handling_id) {
            return Ok(known.clone());
        }
        let content = visibility::way(reader, handling_id).await?;
        let handled = content.as_deref().and_then(Handled::from_json).map(Arc::new);
        for report_id in handled.iter().flat_map(|handled| handled.alerts.keys()) {
            if !self.addressed.contains_key(report_id) {
                let organisations = self.organisations();
                let since = visibility::addressed_since(reader, report_id, &organisations).await?;
                self.addressed.insert(report_id.clone(), since);
            }
        }
        self.ways.insert(handling_id.to_owned(), handled.clone());
        Ok(handled)
    }

    /// Every organisation whose being addressed mattered or matters to the caller.
    fn organisations(&self) -> Vec<String> {
        let past = self.entitled.history.iter().map(|(_, entitlement)| entitlement);
        let all: BTreeSet<&String> =
            past.chain(std::iter::once(&self.entitled.now)).flat_map(Entitlement::organisations).collect();
        all.into_iter().filter(|id| !id.is_empty()).cloned().collect()
    }

    /// Finds out which collections the caller reads, for what stands elsewhere.
    pub(super) async fn learn_readable(&mut self) -> Result<(), ShareError> {
        if self.readable.is_none() {
            let all = collections::list(self.here, self.who).await?;
            let mut readable: HashSet<String> = all.into_iter().filter(|one| one.can_read).map(|one| one.id).collect();
            readable.insert(self.collection.kept_in.clone());
            self.readable = Some(readable);
        }
        Ok(())
    }

    /// Whether the caller holds a grant, or held one.
    pub(super) fn has_grants(&self) -> bool {
        let past = self.entitled.history.iter().map(|(_, entitlement)| entitlement);
        past.chain(std::iter::once(&self.entitled.now)).any(|entitlement| !entitlement.grants.is_empty())
    }

    /// Whether the caller's organisation sent a row: then it sees it whatever it mentions, and learns nothing by that of what it mentions.
    pub(super) fn owns(&self, row: &Placed) -> bool {
        row.organisation_id == self.entitled.now.recipient.organisation
    }

    /// Whether the caller was ever entitled to something else.
    pub(super) fn has_changed(&self) -> bool {
        self.entitled.history.len() > 1
    }

    pub(super) fn store(&self) -> &'a ward_store::Store {
        &self.here.store
    }
}

/// The version text of a row; an object without one has that of its arrival.
pub(crate) fn version_of(row: &Placed) -> String {
    if row.version.is_empty() { format_micros(row.received_at) } else { row.version.clone() }
}

/// Whether the only version of an object is asked for.
fn picks_alone(row: &Placed, filter: &Filter) -> bool {
    let is_usual = filter.spec_versions.is_empty() && filter.versions == VersionMatch::AnyOf(vec![VersionPick::Last]);
    is_usual || pick(&[row], filter).contains(&row.id)
}

/// Which of the seen versions of one object are asked for, by row id: first the specification version, then the version.
pub(crate) fn pick(seen: &[&Placed], filter: &Filter) -> HashSet<String> {
    let newest_specification = seen.iter().map(|row| row.spec_version.as_str()).max();
    let of_specification: Vec<&Placed> = seen
        .iter()
        .copied()
        .filter(|row| match filter.spec_versions.is_empty() {
            true => Some(row.spec_version.as_str()) == newest_specification,
            false => filter.spec_versions.contains(&row.spec_version),
        })
        .collect();
    let first = of_specification.iter().map(|row| &row.version_key).min();
    let last = of_specification.iter().map(|row| &row.version_key).max();
    let picks = |row: &Placed, pick: &VersionPick| match pick {
        VersionPick::First => Some(&row.version_key) == first,
        VersionPick::Last => Some(&row.version_key) == last,
        VersionPick::Exact(version) => canonical(&version_of(row)).as_ref() == Some(version),
    };
    let chosen = of_specification.iter().filter(|row| match &filter.versions {
        VersionMatch::All => true,
        VersionMatch::AnyOf(wanted) => wanted.iter().any(|one| picks(row, one)),
    });
    chosen.map(|row| row.id.clone()).collect()
}
