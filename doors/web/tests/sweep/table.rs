//! Who gets what from each route.

/// Statuses by caller: a member's token that only reads, only writes, is only the node's; another member; no member; the member itself.
pub struct Row {
    pub method: &'static str,
    /// As in the sources.
    pub route: &'static str,
    /// What is asked for; `{…}` stands for the ids of things that exist, and on a second asking of things that do not.
    pub address: &'static str,
    pub body: Body,
    pub access: Access,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Body {
    None,
    /// An indicator of its own.
    Indicator,
    /// An answer for the member to the alert.
    Answer,
    Acknowledgement,
    /// By a witness that never joined.
    Cosignature,
    Join,
    Form,
    Garbage,
}

#[derive(Clone, Copy)]
pub enum Access {
    /// The same for everybody, with or without a token.
    Public(u16),
    /// 401 without a token that holds.
    Token { read: u16, write: u16, node: u16, another: u16, no_member: u16, itself: u16 },
    /// Only with a join token.
    Join,
}

use Access::{Join, Public};

const fn by(read: u16, write: u16, node: u16, another: u16, no_member: u16, itself: u16) -> Access {
    Access::Token { read, write, node, another, no_member, itself }
}

const fn row(method: &'static str, route: &'static str, address: &'static str, body: Body, access: Access) -> Row {
    Row { method, route, address, body, access }
}

const COLLECTION: &str = "/share/collections/{collection}/";
const MANIFEST: &str = "/share/collections/{collection}/manifest/";
const OBJECTS: &str = "/share/collections/{collection}/objects/";
const OBJECT: &str = "/share/collections/{collection}/objects/{object}/";
const VERSIONS: &str = "/share/collections/{collection}/objects/{object}/versions/";
const EVIDENCE: &str = "/api/alerts/{report_id}/{modified}/evidence";
const CONFIRM: &str = "/api/recalls/{recall_id}/confirm";
const SITUATION: &str = "/api/alerts/{report_id}/situation";

const CLEARED: &str = "/clearances/people/{person_id}";
const ANSWER_OF: &str = "/alerts/{report_id}/answers/{organisation_id}";

/// A redirection (303) to the page where people sign in.
const SENT_TO_SIGN_IN: u16 = 303;

/// What destroys or spends stands last.
pub const ROWS: &[Row] = &[
    row("GET", "/taxii2/", "/taxii2/", Body::None, by(200, 200, 200, 200, 200, 200)),
    row("GET", "/share/", "/share/", Body::None, by(200, 200, 200, 200, 404, 200)),
    row("GET", "/share/x-ward-markings/", "/share/x-ward-markings/", Body::None, by(200, 200, 200, 200, 404, 200)),
    row("GET", "/share/status/{id}/", "/share/status/{status}/", Body::None, by(200, 200, 200, 404, 404, 200)),
    row("GET", "/share/collections/", "/share/collections/", Body::None, by(200, 200, 200, 200, 200, 200)),
    row("GET", COLLECTION, "/share/collections/{threats}/", Body::None, by(200, 200, 200, 200, 404, 200)),
    row("GET", COLLECTION, "/share/collections/{alerts}/", Body::None, by(200, 404, 200, 200, 404, 200)),
    row("GET", COLLECTION, "/share/collections/{answers}/", Body::None, by(404, 200, 200, 200, 404, 200)),
    row("GET", MANIFEST, "/share/collections/{threats}/manifest/", Body::None, by(200, 403, 200, 200, 404, 200)),
    row("GET", MANIFEST, "/share/collections/{alerts}/manifest/", Body::None, by(200, 404, 200, 200, 404, 200)),
    row("GET", MANIFEST, "/share/collections/{answers}/manifest/", Body::None, by(404, 403, 403, 403, 404, 403)),
    row("GET", OBJECTS, "/share/collections/{threats}/objects/", Body::None, by(200, 403, 200, 200, 404, 200)),
    row("GET", OBJECTS, "/share/collections/{alerts}/objects/", Body::None, by(200, 404, 200, 200, 404, 200)),
    row("GET", OBJECTS, "/share/collections/{answers}/objects/", Body::None, by(404, 403, 403, 403, 404, 403)),
    row("GET", OBJECT, "/share/collections/{threats}/objects/{red}/", Body::None, by(200, 403, 200, 404, 404, 200)),
    row("GET", OBJECT, "/share/collections/{alerts}/objects/{report}/", Body::None, by(200, 404, 200, 404, 404, 200)),
    row(
        "GET",
        OBJECT,
        "/share/collections/{answers}/objects/{sighting}/",
        Body::None,
        by(404, 403, 403, 403, 404, 403),
    ),
    row(
        "GET",
        VERSIONS,
        "/share/collections/{threats}/objects/{red}/versions/",
        Body::None,
        by(200, 403, 200, 404, 404, 200),
    ),
    row(
        "GET",
        VERSIONS,
        "/share/collections/{alerts}/objects/{report}/versions/",
        Body::None,
        by(200, 404, 200, 404, 404, 200),
    ),
    row("GET", "/public/", "/public/", Body::None, by(200, 404, 200, 200, 200, 200)),
    row("GET", "/public/x-ward-markings/", "/public/x-ward-markings/", Body::None, by(200, 404, 200, 200, 200, 200)),
    row("GET", "/public/status/{id}/", "/public/status/{status}/", Body::None, by(200, 200, 200, 404, 404, 200)),
    row("GET", "/public/collections/", "/public/collections/", Body::None, by(200, 200, 200, 200, 200, 200)),
    row(
        "GET",
        "/public/collections/{collection}/",
        "/public/collections/{public}/",
        Body::None,
        by(200, 404, 200, 200, 200, 200),
    ),
    row(
        "GET",
        "/public/collections/{collection}/manifest/",
        "/public/collections/{public}/manifest/",
        Body::None,
        by(200, 404, 200, 200, 200, 200),
    ),
    row(
        "GET",
        "/public/collections/{collection}/objects/",
        "/public/collections/{public}/objects/",
        Body::None,
        by(200, 404, 200, 200, 200, 200),
    ),
    row(
        "GET",
        "/public/collections/{collection}/objects/{object}/",
        "/public/collections/{public}/objects/{red}/",
        Body::None,
        by(404, 404, 404, 404, 404, 404),
    ),
    row(
        "GET",
        "/public/collections/{collection}/objects/{object}/versions/",
        "/public/collections/{public}/objects/{red}/versions/",
        Body::None,
        by(404, 404, 404, 404, 404, 404),
    ),
    row(
        "POST",
        "/public/collections/{collection}/objects/",
        "/public/collections/{public}/objects/",
        Body::Indicator,
        by(403, 404, 403, 403, 403, 403),
    ),
    row(
        "DELETE",
        "/public/collections/{collection}/objects/{object}/",
        "/public/collections/{public}/objects/{red}/",
        Body::None,
        by(403, 404, 403, 403, 403, 403),
    ),
    row("GET", "/ingest/", "/ingest/", Body::None, by(404, 200, 404, 200, 200, 200)),
    row("GET", "/ingest/x-ward-markings/", "/ingest/x-ward-markings/", Body::None, by(404, 200, 404, 200, 200, 200)),
    row("GET", "/ingest/status/{id}/", "/ingest/status/{status}/", Body::None, by(200, 200, 200, 404, 404, 200)),
    row("GET", "/ingest/collections/", "/ingest/collections/", Body::None, by(200, 200, 200, 200, 200, 200)),
    row(
        "GET",
        "/ingest/collections/{collection}/",
        "/ingest/collections/{ingest}/",
        Body::None,
        by(404, 200, 404, 200, 200, 200),
    ),
    row(
        "GET",
        "/ingest/collections/{collection}/manifest/",
        "/ingest/collections/{ingest}/manifest/",
        Body::None,
        by(404, 403, 404, 403, 403, 403),
    ),
    row(
        "GET",
        "/ingest/collections/{collection}/objects/",
        "/ingest/collections/{ingest}/objects/",
        Body::None,
        by(404, 403, 404, 403, 403, 403),
    ),
    row(
        "GET",
        "/ingest/collections/{collection}/objects/{object}/",
        "/ingest/collections/{ingest}/objects/{red}/",
        Body::None,
        by(404, 403, 404, 403, 403, 403),
    ),
    row(
        "GET",
        "/ingest/collections/{collection}/objects/{object}/versions/",
        "/ingest/collections/{ingest}/objects/{red}/versions/",
        Body::None,
        by(404, 403, 404, 403, 403, 403),
    ),
    row(
        "POST",
        "/ingest/collections/{collection}/objects/",
        "/ingest/collections/{ingest}/objects/",
        Body::Indicator,
        by(404, 202, 404, 202, 202, 202),
    ),
    row(
        "DELETE",
        "/ingest/collections/{collection}/objects/{object}/",
        "/ingest/collections/{ingest}/objects/{red}/",
        Body::None,
        by(404, 403, 404, 403, 403, 403),
    ),
    row("ANY", "/public", "/public", Body::None, Public(404)),
    row("ANY", "/public/{*rest}", "/public/{red}", Body::None, Public(404)),
    row("ANY", "/ingest", "/ingest", Body::None, Public(404)),
    row("ANY", "/ingest/{*rest}", "/ingest/{red}", Body::None, Public(404)),
    row("GET", "/api/hub", "/api/hub", Body::None, by(200, 403, 403, 200, 404, 200)),
    row("GET", EVIDENCE, "/api/alerts/{report}/{modified}/evidence", Body::None, by(200, 403, 200, 404, 404, 200)),
    row("GET", SITUATION, "/api/alerts/{report}/situation", Body::None, by(200, 403, 200, 404, 404, 200)),
    row("GET", "/api/ledger", "/api/ledger", Body::None, by(200, 403, 200, 200, 200, 200)),
    row("GET", "/api/recalls", "/api/recalls", Body::None, by(200, 403, 200, 200, 200, 200)),
    row("GET", "/log/checkpoint", "/log/checkpoint", Body::None, Public(200)),
    row("GET", "/log/key", "/log/key", Body::None, Public(200)),
    row("GET", "/log/consistency", "/log/consistency?from=1&to=2", Body::None, Public(200)),
    row("GET", "/log/tile/{*path}", "/log/tile/entries/000.p/1", Body::None, Public(200)),
    row("GET", "/welcome/{token}", "/welcome/guess", Body::None, Public(200)),
    row("POST", "/welcome/{token}", "/welcome/guess", Body::Form, Public(404)),
    row("POST", "/witness/add-checkpoint", "/witness/add-checkpoint", Body::Garbage, Public(400)),
    row("ANY", "/taxii2", "/taxii2", Body::None, Public(404)),
    row("ANY", "/taxii2/{*rest}", "/taxii2/{red}", Body::None, Public(404)),
    row("ANY", "/share", "/share", Body::None, Public(404)),
    row("ANY", "/share/{*rest}", "/share/{red}", Body::None, Public(404)),
    // The console is for people who have signed in: a token opens none of its pages, and whoever has no session is sent to sign in.
    row("GET", "/", "/", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts", "/alerts", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts.csv", "/alerts.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/new", "/alerts/new", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}", "/alerts/{report}", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/answer", "/alerts/{report}/answer", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/answer-for", "/alerts/{report}/answer-for", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/correct", "/alerts/{report}/correct", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/edit", "/alerts/{report}/edit", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/publish", "/alerts/{report}/publish", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/silent", "/alerts/{report}/silent", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/sign", "/alerts/{report}/sign", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/review", "/alerts/{report}/review", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/name", "/alerts/{report}/name", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", ANSWER_OF, "/alerts/{report}/answers/{arizona}", Body::None, Public(SENT_TO_SIGN_IN)),
    // No demonstration: there is no guide.
    row("GET", "/demo", "/demo", Body::None, Public(404)),
    row("GET", "/demo/verify", "/demo/verify", Body::None, Public(404)),
    row("GET", "/tear-lines", "/tear-lines", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/tear-lines", "/tear-lines", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/tear-lines/{id}", "/tear-lines/{object}", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/tear-lines/{id}", "/tear-lines/{object}", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/answers", "/answers", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/answers/{sighting_id}", "/answers/{sighting}", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/brief", "/brief", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/brief/{name}", "/brief/{brief}", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/brief/draft", "/brief/draft", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/brief/freeze", "/brief/freeze", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/receipts", "/receipts", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/receipts/{number}", "/receipts/1", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/alerts/{report_id}/reach.csv", "/alerts/{report}/reach.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/answers.csv", "/answers.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/record.csv", "/record.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/sources.csv", "/sources.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/record", "/record", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/clearances", "/clearances", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/clearances/own", "/clearances/own", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/clearances/briefing", "/clearances/briefing", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", CLEARED, "/clearances/people/somebody", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/clearances/briefing", "/clearances/briefing", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/clearances/roster.csv", "/clearances/roster.csv", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", CLEARED, "/clearances/people/somebody", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/indicators", "/indicators", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/requests", "/requests", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/requests/new", "/requests/new", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/requests/{request_id}/approve", "/requests/somebody/approve", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/requests/{request_id}/refuse", "/requests/somebody/refuse", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/requests/{request_id}/end", "/requests/somebody/end", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/requests/new", "/requests/new", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/requests/{request_id}/approve", "/requests/somebody/approve", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/requests/{request_id}/refuse", "/requests/somebody/refuse", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/requests/{request_id}/end", "/requests/somebody/end", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/recalls", "/recalls", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/recalls/{recall_id}", "/recalls/{recall}", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/recalls/{recall_id}", "/recalls/{recall}", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/explain", "/explain", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/ledger", "/ledger", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/situation", "/situation", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/situation.csv", "/situation.csv", Body::None, Public(SENT_TO_SIGN_IN)),
    row("GET", "/sources", "/sources", Body::None, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/acknowledge", "/alerts/{report}/acknowledge", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/name", "/alerts/{report}/name", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/new", "/alerts/new", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/answer", "/alerts/{report}/answer", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/answer-for", "/alerts/{report}/answer-for", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/receipts/{number}", "/receipts/1", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/correct", "/alerts/{report}/correct", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/discard", "/alerts/{report}/discard", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/edit", "/alerts/{report}/edit", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/publish", "/alerts/{report}/publish", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/call", "/alerts/{report}/call", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/remind", "/alerts/{report}/remind", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/sign", "/alerts/{report}/sign", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/review", "/alerts/{report}/review", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/alerts/{report_id}/word", "/alerts/{report}/word", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/answers/{sighting_id}/release", "/answers/{sighting}/release", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("POST", "/sign-out", "/sign-out", Body::Form, Public(SENT_TO_SIGN_IN)),
    row("GET", "/sign-in", "/sign-in", Body::None, Public(200)),
    row("POST", "/sign-in", "/sign-in", Body::Form, Public(400)),
    row("GET", "/style/{name}", "/style/guess.css", Body::None, Public(404)),
    row("POST", OBJECTS, "/share/collections/{threats}/objects/", Body::Indicator, by(403, 202, 403, 202, 404, 202)),
    row("POST", OBJECTS, "/share/collections/{alerts}/objects/", Body::Indicator, by(403, 404, 403, 403, 404, 403)),
    row("POST", OBJECTS, "/share/collections/{answers}/objects/", Body::Answer, by(404, 202, 202, 202, 404, 202)),
    row(
        "POST",
        "/api/acknowledgements",
        "/api/acknowledgements",
        Body::Acknowledgement,
        by(403, 403, 204, 404, 404, 204),
    ),
    row("POST", CONFIRM, "/api/recalls/{recall}/confirm", Body::None, by(403, 200, 200, 404, 404, 200)),
    row("POST", "/api/cosignatures", "/api/cosignatures", Body::Cosignature, by(403, 403, 400, 400, 400, 400)),
    row(
        "DELETE",
        OBJECT,
        "/share/collections/{alerts}/objects/{report}/",
        Body::None,
        by(403, 404, 403, 403, 404, 403),
    ),
    row("DELETE", OBJECT, "/share/collections/{threats}/objects/{red}/", Body::None, by(403, 403, 403, 404, 404, 200)),
    row("POST", "/api/join", "/api/join", Body::Join, Join),
];
