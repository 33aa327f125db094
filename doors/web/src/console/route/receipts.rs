//! `/receipts`: what was promised to whoever answered, and keeping the promise.

use axum::extract::{Path, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use ward_directory::{Here, permit};
use ward_policy::{Resource, Verb};
use ward_share::ShareError;
use ward_share::answers::close_receipt;
use ward_share::receipts::{AnsweredReceipt, receipts_page};

use super::shell::{Place, answer, check_hub, is_own, may, refused};
use crate::console::error::PageError;
use crate::console::form::{Wrong, capital};
use crate::console::list::{ListQuery, Paged, ROWS_A_PAGE};
use crate::console::session::{Fields, FormName, Posted, SignedIn};
use crate::console::view::field::Filled;
use crate::console::view::layout::Handling;
use crate::console::view::receipts::{ReceiptPage, Receipts, receipt, receipts};
use crate::error::ApiError;

/// The form that answers a receipt.
pub struct Close;

impl FormName for Close {
    const NAME: &'static str = "close-receipt";
}

/// The list.
pub async fn list(
    State(here): State<Here>,
    signed_in: SignedIn,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Result<Response, PageError> {
    check_hub(&here)?;
    let query = ListQuery::of(&pairs, &[], ("", false));
    let found = receipts_page(&here, &signed_in.who, query.page, ROWS_A_PAGE).await?;
    let shown = Receipts {
        now: here.now(),
        open: found.open,
        overdue: found.overdue,
        receipts: Paged::of(found.rows, found.total, query.page),
        may_answer: may_answer(&here, &signed_in),
    };
    let handling = shown.receipts.rows.iter().map(|one| one.tlp).max().map_or(Handling::Own, Handling::Marked);
    Ok(answer(&here, &signed_in, Place::Receipts, handling, "Receipts", receipts(&shown)))
}

/// One of them.
pub async fn page(
    State(here): State<Here>,
    signed_in: SignedIn,
    Path(number): Path<i64>,
) -> Result<Response, PageError> {
    let found = one(&here, &signed_in, number).await?;
    Ok(show(&here, &signed_in, found, &Fields::default(), &[]))
}

/// Answers it.
pub async fn close(
    State(here): State<Here>,
    Path(number): Path<i64>,
    posted: Posted<Close>,
) -> Result<Response, PageError> {
    let signed_in = &posted.signed_in;
    let found = one(&here, signed_in, number).await?;
    let allowed = permit(&signed_in.who, Verb::Change, Resource::Answer, ()).map_err(ApiError::from)?;
    let text = posted.fields.text("text");
    match close_receipt(&here, &allowed, number, text).await {
        Ok(_) => Ok(Redirect::to("/receipts").into_response()),
        Err(ShareError::Invalid(reasons)) => {
            let words = if text.is_empty() { "Say something to it.".to_owned() } else { capital(&reasons.join("; ")) };
            Ok(show(&here, signed_in, found, &posted.fields, &[Wrong::new("text", words)]))
        }
        Err(ShareError::Unseen { .. }) => {
            let words = "Somebody has answered this receipt meanwhile.";
            Ok(show(&here, signed_in, found, &posted.fields, &[Wrong::new("", words)]))
        }
        Err(error) => Err(error.into()),
    }
}

fn show(here: &Here, signed_in: &SignedIn, found: AnsweredReceipt, fields: &Fields, wrong: &[Wrong]) -> Response {
    let is_open = found.receipt.answered_at.is_none();
    let title = format!("Receipt {}", found.receipt.number);
    let handling = Handling::Marked(found.tlp);
    let token = (is_open && may_answer(here, signed_in)).then(|| signed_in.token::<Close>());
    let shown = ReceiptPage { now: here.now(), found, filled: Filled { fields, wrong }, token };
    match wrong {
        [] => answer(here, signed_in, Place::Receipts, handling, &title, receipt(&shown)),
        _ => refused(here, signed_in, Place::Receipts, handling, &title, receipt(&shown)),
    }
}

fn may_answer(here: &Here, signed_in: &SignedIn) -> bool {
    is_own(here, &signed_in.who) && may(&signed_in.who, Verb::Change, Resource::Answer)
}

async fn one(here: &Here, signed_in: &SignedIn, number: i64) -> Result<AnsweredReceipt, PageError> {
    check_hub(here)?;
    let found = ward_share::receipts::receipt(here, &signed_in.who, number).await?;
    found.ok_or_else(|| ApiError::NotFound.into())
}
