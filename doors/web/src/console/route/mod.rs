//! Routes: who asks, which verb, which view. They hold no rule.

mod alert;
mod alerts;
mod altered;
mod answers;
mod brief;
mod by_hand;
mod chase;
mod clearances;
mod demo;
mod draft;
mod explain;
mod given;
mod home;
mod indicators;
mod ledger;
mod name;
mod recalls;
mod receipts;
mod record;
mod requests;
mod review;
mod shell;
mod sign_in;
mod signing;
mod situation;
mod sources;
mod tear_lines;

use axum::Router;
use axum::routing::{get, post};
use ward_directory::Here;

use super::style;

pub fn router() -> Router<Here> {
    Router::new()
        .route("/", get(home::page))
        .route("/alerts", get(alerts::list))
        .route("/alerts.csv", get(alerts::file))
        .route("/alerts/new", get(draft::new).post(draft::draft))
        .route("/alerts/{report_id}", get(alert::page))
        .route("/alerts/{report_id}/answer", get(by_hand::page).post(by_hand::send))
        .route("/alerts/{report_id}/answer-for", get(by_hand::for_another_page).post(by_hand::for_another))
        .route("/alerts/{report_id}/silent", get(chase::page))
        .route("/alerts/{report_id}/remind", post(chase::remind))
        .route("/alerts/{report_id}/call", post(chase::call))
        .route("/alerts/{report_id}/edit", get(draft::edit_page).post(draft::edit))
        .route("/alerts/{report_id}/discard", post(draft::discard))
        .route("/alerts/{report_id}/correct", get(draft::correct_page).post(draft::correct))
        .route("/alerts/{report_id}/reach.csv", get(signing::reach_file))
        .route("/alerts/{report_id}/sign", get(signing::sign_page).post(signing::sign))
        .route("/alerts/{report_id}/publish", get(signing::publish_page).post(signing::publish))
        .route("/alerts/{report_id}/acknowledge", post(alert::has_read))
        .route("/alerts/{report_id}/review", get(review::page).post(review::say))
        .route("/alerts/{report_id}/name", get(name::page).post(name::say))
        .route("/alerts/{report_id}/word", post(review::make_so))
        .route("/alerts/{report_id}/answers/{organisation_id}", get(given::page))
        .route("/demo", get(demo::page))
        .route("/demo/verify", get(altered::page))
        .route("/indicators", get(indicators::page))
        .route("/requests", get(requests::list))
        .route("/requests/new", get(requests::new).post(requests::ask))
        .route("/requests/{request_id}/approve", get(requests::approve_page).post(requests::approve))
        .route("/requests/{request_id}/refuse", get(requests::refuse_page).post(requests::refuse))
        .route("/requests/{request_id}/end", get(requests::end_page).post(requests::end))
        .route("/recalls", get(recalls::list))
        .route("/recalls/{recall_id}", get(recalls::page).post(recalls::confirm))
        .route("/explain", get(explain::page))
        .route("/ledger", get(ledger::page))
        .route("/situation", get(situation::page))
        .route("/situation.csv", get(situation::file))
        .route("/brief", get(brief::page))
        .route("/brief/draft", post(brief::look))
        .route("/brief/freeze", post(brief::freeze))
        .route("/brief/{name}", get(brief::one))
        .route("/answers", get(answers::list))
        .route("/answers.csv", get(answers::file))
        .route("/answers/{sighting_id}", get(answers::page))
        .route("/answers/{sighting_id}/release", post(answers::release))
        .route("/receipts", get(receipts::list))
        .route("/receipts/{number}", get(receipts::page).post(receipts::close))
        .route("/sources", get(sources::page))
        .route("/sources.csv", get(sources::file))
        .route("/clearances", get(clearances::page))
        .route("/clearances/own", get(clearances::own))
        .route("/clearances/briefing", get(clearances::briefing_page).post(clearances::briefed))
        .route("/clearances/roster.csv", post(clearances::export))
        .route("/clearances/people/{person_id}", get(clearances::one).post(clearances::keep))
        .route("/tear-lines", get(tear_lines::page).post(tear_lines::ask))
        .route("/tear-lines/{id}", get(tear_lines::one).post(tear_lines::decide))
        .route("/record", get(record::page))
        .route("/record.csv", get(record::file))
        .route("/sign-in", get(sign_in::form).post(sign_in::sign_in))
        .route("/sign-out", post(sign_in::sign_out))
        .route("/style/{name}", get(style::style))
}
