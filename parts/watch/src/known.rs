//! A verified alert as this node knows it: the report, the hubs that sent it, and its indicators ready to be searched.

use std::collections::BTreeMap;

use ward_directory::Here;
use ward_stix::alert::{self, Alert};
use ward_stix::id::is_of;
use ward_stix::object::Object;
use ward_stix::term::Term;

use crate::WatchError;
use crate::receive::IndicatorRow;
use crate::sql::received::{self, HubRow};
use ward_stix::question;

/// A verified alert.
#[derive(Clone, Debug)]
pub(crate) struct KnownAlert {
    pub alert: Alert,
    /// The `modified` of the version that is searched for.
    pub modified: String,
    /// The hubs that it came from and was verified for.
    pub hubs: Vec<HubRow>,
    /// In the order of the report.
    pub indicators: Vec<KnownIndicator>,
}

/// One of its indicators.
#[derive(Clone, Debug, Default)]
pub(crate) struct KnownIndicator {
    pub id: String,
    pub terms: Vec<Term>,
    /// Parts that are not searched, or the reason why none of it is.
    pub not_searched: Vec<String>,
    /// Withdrawn by its sender: not asked any more.
    pub is_revoked: bool,
    pub valid_from: Option<i64>,
    pub valid_until: Option<i64>,
}

/// The newest verified version of one alert.
pub(crate) async fn alert(here: &Here, report_id: &str) -> Result<KnownAlert, WatchError> {
    let mut versions = received::verified(&here.store, report_id).await?;
    let newest =
        versions.first().ok_or_else(|| WatchError::Unknown { what: "verified alert", id: report_id.to_owned() })?;
    let (modified, alert) = (newest.modified.clone(), read(report_id, newest.body.as_deref())?);
    versions.sort_by(|one, other| (one.hub_joined_at, &one.hub.id).cmp(&(other.hub_joined_at, &other.hub.id)));
    versions.dedup_by(|one, other| one.hub.id == other.hub.id);
    let rows = received::indicators_of(&here.store, report_id).await?;
    let mut rows: BTreeMap<String, IndicatorRow> = rows.into_iter().map(|row| (row.id.clone(), row)).collect();
    let asked = alert.indicator_refs.iter().filter(|id| is_of(id, "indicator"));
    let indicators = asked
        .map(|id| match rows.remove(id) {
            Some(row) => of_row(row),
            None => KnownIndicator {
                id: id.clone(),
                not_searched: vec!["the indicator has not been received".to_owned()],
                ..KnownIndicator::default()
            },
        })
        .collect();
    Ok(KnownAlert { alert, modified, hubs: versions.into_iter().map(|version| version.hub).collect(), indicators })
}

fn read(report_id: &str, body: Option<&[u8]>) -> Result<Alert, WatchError> {
    let unreadable = |why: String| WatchError::Invalid(format!("the alert `{report_id}` cannot be read: {why}"));
    let body = body.ok_or_else(|| unreadable("its report is not kept".to_owned()))?;
    let object = Object::parse(body).map_err(|error| unreadable(error.to_string()))?;
    alert::from_object(&object).map_err(|error| unreadable(error.to_string()))
}

fn of_row(row: IndicatorRow) -> KnownIndicator {
    let nothing = |reason: String| (Vec::new(), vec![reason]);
    let (terms, not_searched) = match (row.state.as_str(), question::compile(&row.pattern)) {
        ("active", Ok(compiled)) => (compiled.terms, compiled.unsupported),
        ("active", Err(error)) => nothing(error.to_string()),
        ("revoked", _) => nothing("its sender withdrew it".to_owned()),
        (state, _) if row.reason.is_empty() => nothing(format!("it is {state}")),
        (_, _) => nothing(row.reason),
    };
    KnownIndicator {
        id: row.id,
        terms,
        not_searched,
        is_revoked: row.state == "revoked",
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    }
}
