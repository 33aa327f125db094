//! `/sources`: which logs this node reads, and what can be read of them.

use axum::extract::State;
use axum::response::Response;
use ward_directory::Here;
use ward_policy::{Resource, Verb};

use super::shell::{Place, answer, may_on_node};
use crate::console::error::PageError;
use crate::console::session::SignedIn;
use crate::console::view::layout::Handling;
use crate::console::view::sources::{SourceLine, sources};
use crate::error::ApiError;

/// The page.
pub async fn page(State(here): State<Here>, signed_in: SignedIn) -> Result<Response, PageError> {
    if !may_on_node(&here, &signed_in.who, Verb::See, Resource::Source) {
        return Err(ApiError::NotFound.into());
    }
    let mut lines = Vec::new();
    for source in ward_watch::source::sources(&here).await? {
        let facts = ward_watch::reading::facts_of(&here, &source.id).await?;
        let was_read = facts.is_some();
        let facts = facts.unwrap_or_default();
        lines.push(SourceLine {
            name: source.name,
            path: source.path,
            declared_at: source.declared_at,
            was_read,
            lines_read: facts.lines.lines_read,
            lines_rejected: facts.lines.lines_rejected,
            events: facts.lines.fields.events,
            rejected: facts.lines.rejected_by_reason.into_iter().collect(),
            unreadable: facts.unreadable.into_iter().map(|file| (file.path, file.reason)).collect(),
            lost: facts.lines.lost,
        });
    }
    Ok(answer(&here, &signed_in, Place::Sources, Handling::Own, "Sources", sources(&lines)))
}
