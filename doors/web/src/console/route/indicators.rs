//! `/indicators`: where indicators are from, how many reviewed matches were false alarms, and how the subscriptions stand.

use axum::extract::State;
use axum::response::Response;
use ward_directory::Here;
use ward_policy::{Resource, Verb};
use ward_share::{quality, subscription};

use super::shell::{Place, answer, check_hub, is_own, may};
use crate::console::error::PageError;
use crate::console::session::SignedIn;
use crate::console::view::indicators::{Indicators, SourceLine, SubscriptionLine, indicators};
use crate::console::view::layout::Handling;

/// The page; for everyone who has an account at a hub.
pub async fn page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    check_hub(&here)?;
    let who = &signed_in.who;
    let sources = quality::sources(&here, who).await?.into_iter().map(|source| SourceLine {
        rate: source.rate(),
        name: source.name,
        is_member: source.is_member,
        is_hub: source.organisation_id == here.installation.organisation_id,
        block: source.block,
        watch: source.watch,
        spent: source.spent,
    });
    let subscriptions = if is_own(&here, who) && may(who, Verb::See, Resource::Indicator) {
        subscription::list(&here).await?
    } else {
        Vec::new()
    };
    let subscriptions = subscriptions.into_iter().map(|one| SubscriptionLine {
        source: one.source,
        kind: one.kind.text(),
        url: one.url,
        last_good_at: one.last_good_at,
        error: one.last_error,
        next_at: one.next_at,
        taken: one.taken,
        refused: one.refused,
    });
    let page = Indicators { sources: sources.collect(), subscriptions: subscriptions.collect() };
    Ok(answer(&here, &signed_in, Place::Alerts, Handling::Own, "Sources of indicators", indicators(&page)))
}
