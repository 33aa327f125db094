//! One alert as the hub's page shows it: the version, who has answered so far, and, for the hub's own people, whom it reaches.

use ward_directory::{Here, Who};
use ward_policy::{Resource, Verb};

use super::preview::preview_of;
use super::read::{view, visible};
use super::{AlertView, Preview, hub_permits};
use crate::ShareError;
use crate::situation::{Community, community_of};
use crate::tear_line::{Standing, standing};

/// Everything that the hub knows of one version of an alert.
#[derive(Clone, Debug)]
pub struct AlertPage {
    pub view: AlertView,
    /// Of a published version.
    pub community: Option<Community>,
    /// For the hub's own people.
    pub preview: Option<Preview>,
    /// What stands of a version of it that can be passed on.
    pub carried: Standing,
}

/// A version of an alert; the newest published one when none is named. Of offices the first `at_most` are shown.
///
/// # Errors
/// [`ShareError::Unseen`] when there is none for the caller.
pub async fn page(
    here: &Here,
    who: &Who,
    report_id: &str,
    modified: Option<&str>,
    at_most: usize,
) -> Result<AlertPage, ShareError> {
    let loaded = visible(here, who, report_id, modified).await?;
    let community = match loaded.row.published_at {
        Some(_) => Some(community_of(here, who, report_id, at_most).await?),
        None => None,
    };
    let preview = match hub_permits(here, who, Verb::See, Resource::Alert) {
        Ok(()) => Some(preview_of(here, &loaded).await?),
        Err(_) => None,
    };
    let view = view(here, &loaded)?;
    let carried = loaded.carried.map_or(Standing::Nothing, |row| standing(row, here.now()));
    Ok(AlertPage { view, community, preview, carried })
}
