//! `GET` and `DELETE …/objects/{object-id}/`: one object in the versions asked for (TAXII 2.1, sections 5.6 and 5.7).

use axum::extract::{Path, RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use ward_directory::Here;
use ward_share::{collections, page};
use ward_taxii::filter::{self, Endpoint, Filter, FilterError, VersionMatch};

use super::answer;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path((collection, object)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<Response, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    let filter = filter::parse(query.as_deref().unwrap_or_default(), Endpoint::Object)?;
    Ok(answer::envelope(&page::object(&here, &who, &collection, &object, &filter).await?))
}

pub(super) async fn delete(
    State(here): State<Here>,
    TaxiiCaller { who, root }: TaxiiCaller,
    Path((collection, object)): Path<(String, String)>,
    RawQuery(query): RawQuery,
) -> Result<StatusCode, TaxiiError> {
    let collection = collections::find_behind(&here, &who, root, &collection).await?;
    let filter = what_to_delete(query.as_deref().unwrap_or_default())?;
    page::delete(&here, &who, &collection, &object, &filter).await?;
    Ok(StatusCode::OK)
}

/// Without a version the whole object is meant: after the answer it must not be found any more.
fn what_to_delete(query: &str) -> Result<Filter, FilterError> {
    let asked = filter::parse(query, Endpoint::Delete)?;
    // A second `match[version]` is an error exactly when there is a first.
    let names_versions = filter::parse(&format!("{query}&match[version]=all"), Endpoint::Delete).is_err();
    Ok(if names_versions { asked } else { Filter { versions: VersionMatch::All, ..asked } })
}

#[cfg(test)]
mod tests {
    use ward_taxii::filter::VersionPick;

    use super::*;

    #[test]
    fn a_bare_delete_means_every_version() {
        let check = |query: &str, expected: VersionMatch| {
            assert_eq!(what_to_delete(query).unwrap().versions, expected, "{query}")
        };
        check("", VersionMatch::All);
        check("match[spec_version]=2.1", VersionMatch::All);
        check("match[version]=all", VersionMatch::All);
        check("match%5Bversion%5D=last", VersionMatch::AnyOf(vec![VersionPick::Last]));
        check("match[version]=first", VersionMatch::AnyOf(vec![VersionPick::First]));
        assert!(what_to_delete("match[version]=x").is_err());
    }
}
