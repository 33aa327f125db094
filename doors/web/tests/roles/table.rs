//! What each role gets from each route of the console: at the hub as one of its own, at the hub as a member, and at a member's node.

use crate::world::Side;

/// The statuses of the six roles in the order of `PEOPLE`: administrator, analyst, liaison, director, IT, clerk.
pub type Statuses = [u16; 6];

pub struct Row {
    pub method: &'static str,
    /// As in the sources.
    pub route: &'static str,
    /// What is asked for; `{…}` stands for ids.
    pub address: &'static str,
    /// The name of the form that is posted there, whose token is sent; empty: none.
    pub form: &'static str,
    pub fields: &'static [(&'static str, &'static str)],
    hub: Statuses,
    member: Statuses,
    node: Statuses,
}

impl Row {
    pub fn expected(&self, side: Side) -> Statuses {
        match side {
            Side::Hub => self.hub,
            Side::Member => self.member,
            Side::Node => self.node,
        }
    }

    /// Whether it is a page rather than a file, and can be looked at.
    pub fn is_page(&self) -> bool {
        self.method == "GET" && !self.route.ends_with(".csv") && !self.route.starts_with("/style")
    }
}

const ALL: Statuses = [200; 6];
const NONE: Statuses = [404; 6];
const FORBIDDEN: Statuses = [403; 6];
const ANALYST: Statuses = [403, 200, 403, 403, 403, 403];
const SIGNERS: Statuses = [403, 200, 403, 200, 403, 403];
const ANSWERING: Statuses = [403, 403, 403, 200, 200, 200];
const BRIEFED: Statuses = [200, 200, 200, 200, 404, 404];
/// Who does not see answers is not told that there are any.
const ON_NODE: Statuses = [404, 403, 403, 200, 200, 200];
/// Who is told of nobody's clearance is not told that records are kept.
const KEEPERS: Statuses = [404, 404, 200, 200, 404, 404];
/// Administrators run the installation and ask for nothing.
const ASKING: Statuses = [403, 200, 200, 200, 200, 200];
/// Nobody decides but an analyst and a director, and there is nothing to end.
const NOT_GRANTED: Statuses = [403, 404, 403, 404, 403, 403];
const NO_REASON: Statuses = [404, 404, 422, 422, 404, 404];
const SENT_ON: Statuses = [303; 6];

type Fields = &'static [(&'static str, &'static str)];

const fn get(route: &'static str, address: &'static str, hub: Statuses, member: Statuses, node: Statuses) -> Row {
    Row { method: "GET", route, address, form: "", fields: &[], hub, member, node }
}

const fn post(
    route: &'static str,
    address: &'static str,
    (form, fields): (&'static str, Fields),
    (hub, member, node): (Statuses, Statuses, Statuses),
) -> Row {
    Row { method: "POST", route, address, form, fields, hub, member, node }
}

const SAID: Fields = &[("what", "attempted"), ("reason", "I read the line")];
/// Whoever may say something is told that this is nothing; nothing is changed.
const NOTHING_SAID: Fields = &[("what", "nothing")];
const OLD_VERSION: Fields = &[("version", "2018-01-01T00:00:00.000Z")];

const CLEARED: &str = "/clearances/people/{person_id}";
const ANSWER_OF: &str = "/alerts/{report_id}/answers/{organisation_id}";

/// What ends a session stands last.
pub const ROWS: &[Row] = &[
    get("/", "/", ALL, ALL, ALL),
    get("/alerts", "/alerts", ALL, ALL, ALL),
    get("/alerts.csv", "/alerts.csv", ALL, ALL, ALL),
    get("/alerts/{report_id}", "/alerts/{report}", ALL, ALL, ALL),
    get("/alerts/{report_id}", "/alerts/{other}", ALL, NONE, NONE),
    get("/alerts/{report_id}", "/alerts/{draft}?version={draft_version}", ALL, NONE, NONE),
    get("/alerts/new", "/alerts/new", ANALYST, FORBIDDEN, NONE),
    get("/alerts/{report_id}/edit", "/alerts/{draft}/edit?version={draft_version}", ANALYST, FORBIDDEN, NONE),
    get("/alerts/{report_id}/correct", "/alerts/{report}/correct", ANALYST, FORBIDDEN, NONE),
    get("/alerts/{report_id}/sign", "/alerts/{draft}/sign?version={draft_version}", SIGNERS, FORBIDDEN, NONE),
    get("/alerts/{report_id}/publish", "/alerts/{draft}/publish?version={draft_version}", ANALYST, FORBIDDEN, NONE),
    get("/alerts/{report_id}/answer", "/alerts/{report}/answer", FORBIDDEN, ANSWERING, NONE),
    get("/alerts/{report_id}/answer", "/alerts/{other}/answer", FORBIDDEN, NONE, NONE),
    get("/alerts/{report_id}/answer-for", "/alerts/{report}/answer-for", NONE, NONE, ON_NODE),
    get("/alerts/{report_id}/name", "/alerts/{report}/name", NONE, NONE, ON_NODE),
    get("/alerts/{report_id}/silent", "/alerts/{report}/silent", [403, 200, 200, 200, 200, 200], FORBIDDEN, NONE),
    get("/receipts", "/receipts", [403, 200, 200, 200, 200, 200], [403, 200, 200, 200, 200, 200], NONE),
    // It is for another member's answer.
    get(
        "/receipts/{number}",
        "/receipts/{receipt}",
        [403, 200, 200, 200, 200, 200],
        [403, 404, 404, 404, 404, 404],
        NONE,
    ),
    get("/alerts/{report_id}/review", "/alerts/{report}/review", NONE, NONE, [404, 200, 404, 200, 200, 200]),
    get("/answers", "/answers", NONE, NONE, [404, 200, 200, 200, 200, 200]),
    get("/answers/{sighting_id}", "/answers/{sighting}", NONE, NONE, [404, 200, 200, 200, 200, 200]),
    get("/brief", "/brief", BRIEFED, NONE, NONE),
    get("/brief/{name}", "/brief/{brief}", BRIEFED, NONE, NONE),
    // Another member's answer is not there for a member.
    get(ANSWER_OF, "/alerts/{report}/answers/{answering}", [404, 200, 200, 200, 200, 200], NONE, NONE),
    // No demonstration: there is no guide.
    get("/demo", "/demo", NONE, NONE, NONE),
    get("/demo/verify", "/demo/verify", NONE, NONE, NONE),
    get("/answers.csv", "/answers.csv", NONE, NONE, [404, 200, 200, 200, 200, 200]),
    get("/alerts/{report_id}/reach.csv", "/alerts/{report}/reach.csv", ALL, FORBIDDEN, NONE),
    get("/clearances", "/clearances", KEEPERS, KEEPERS, KEEPERS),
    get("/clearances/own", "/clearances/own", ALL, ALL, ALL),
    get("/clearances/briefing", "/clearances/briefing", KEEPERS, KEEPERS, KEEPERS),
    // Theirs is the member's IT person, who sees their own record.
    get(CLEARED, "/clearances/people/{person}", KEEPERS, [404, 404, 200, 200, 200, 404], NONE),
    get("/record", "/record", ALL, NONE, ALL),
    get("/record.csv", "/record.csv", ALL, NONE, ALL),
    get("/indicators", "/indicators", ALL, ALL, NONE),
    get("/requests", "/requests", ALL, ALL, NONE),
    get("/requests/new", "/requests/new", ASKING, ASKING, NONE),
    get("/requests/{request_id}/approve", "/requests/{request}/approve", SIGNERS, NONE, NONE),
    get("/requests/{request_id}/refuse", "/requests/{request}/refuse", SIGNERS, NONE, NONE),
    get("/requests/{request_id}/end", "/requests/{request}/end", NOT_GRANTED, NONE, NONE),
    get("/recalls", "/recalls", [200, 200, 200, 200, 200, 404], ALL, NONE),
    get("/recalls/{recall_id}", "/recalls/{recall}", [200, 200, 200, 200, 200, 404], ALL, NONE),
    get("/explain", "/explain", [200, 200, 200, 200, 200, 404], NONE, NONE),
    get("/ledger", "/ledger", ALL, ALL, NONE),
    get("/tear-lines", "/tear-lines", ALL, ALL, NONE),
    // Nobody has asked for anything.
    get("/tear-lines/{id}", "/tear-lines/{tear_line}", ALL, ALL, NONE),
    get("/situation", "/situation", ALL, ALL, NONE),
    get("/situation", "/situation?alert={report}", ALL, ALL, NONE),
    get("/situation", "/situation?alert={other}", ALL, NONE, NONE),
    get("/situation", "/situation?alert={draft}", NONE, NONE, NONE),
    get("/situation.csv", "/situation.csv?alert={report}", ALL, ALL, NONE),
    get("/situation.csv", "/situation.csv?alert={other}", ALL, NONE, NONE),
    get("/sources", "/sources", NONE, NONE, [200, 200, 404, 200, 200, 200]),
    get("/sources.csv", "/sources.csv", NONE, NONE, [200, 200, 404, 200, 200, 200]),
    get("/sign-in", "/sign-in", ALL, ALL, ALL),
    get("/style/{name}", "/style/guess.css", NONE, NONE, NONE),
    post(
        "/alerts/{report_id}/acknowledge",
        "/alerts/{other}/acknowledge",
        ("acknowledge", OLD_VERSION),
        ([403, 403, 403, 404, 404, 404], [403, 403, 403, 404, 404, 404], [403, 403, 403, 404, 404, 404]),
    ),
    post(
        "/alerts/{report_id}/review",
        "/alerts/{report}/review",
        ("say", SAID),
        (NONE, NONE, [404, 403, 404, 200, 200, 200]),
    ),
    post(
        "/alerts/{report_id}/word",
        "/alerts/{report}/word",
        ("make-so", NOTHING_SAID),
        (NONE, NONE, [404, 403, 404, 422, 422, 422]),
    ),
    post("/alerts/new", "/alerts/new", ("draft", &[]), ([403, 422, 403, 403, 403, 403], FORBIDDEN, NONE)),
    post(
        "/alerts/{report_id}/edit",
        "/alerts/{draft}/edit",
        ("edit-draft", OLD_VERSION),
        ([403, 404, 403, 403, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/correct",
        "/alerts/{report}/correct",
        ("correct", &[]),
        ([403, 422, 403, 403, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/discard",
        "/alerts/{draft}/discard",
        ("discard-draft", OLD_VERSION),
        ([403, 400, 403, 403, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/sign",
        "/alerts/{draft}/sign",
        ("sign", OLD_VERSION),
        ([403, 404, 403, 404, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/publish",
        "/alerts/{draft}/publish",
        ("publish", OLD_VERSION),
        ([403, 404, 403, 403, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/answer",
        "/alerts/{report}/answer",
        ("answer-by-hand", &[]),
        (FORBIDDEN, [403, 403, 403, 422, 422, 422], NONE),
    ),
    post(
        "/alerts/{report_id}/answer-for",
        "/alerts/{report}/answer-for",
        ("answer-for", &[]),
        (NONE, NONE, [404, 403, 403, 422, 422, 422]),
    ),
    post(
        "/alerts/{report_id}/name",
        "/alerts/{report}/name",
        ("name", &[("name", "release"), ("beside", "\"not-seen\"")]),
        (NONE, NONE, [404, 403, 403, 303, 303, 303]),
    ),
    post(
        "/alerts/{report_id}/remind",
        "/alerts/{draft}/remind",
        ("remind", &[]),
        ([403, 404, 404, 404, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/alerts/{report_id}/call",
        "/alerts/{report}/call",
        ("note-call", &[]),
        ([403, 422, 422, 422, 403, 403], FORBIDDEN, NONE),
    ),
    post(
        "/receipts/{number}",
        "/receipts/{receipt}",
        ("close-receipt", &[]),
        ([403, 422, 403, 403, 403, 403], [403, 404, 404, 404, 404, 404], NONE),
    ),
    post(
        "/answers/{sighting_id}/release",
        "/answers/{sighting}/release",
        ("release", OLD_VERSION),
        ([403; 6], [403; 6], [403, 403, 403, 422, 422, 422]),
    ),
    post(
        "/clearances/briefing",
        "/clearances/briefing",
        ("briefing", &[("level", "secret")]),
        (NO_REASON, NO_REASON, NO_REASON),
    ),
    post("/clearances/roster.csv", "/clearances/roster.csv", ("roster", &[]), (NO_REASON, NO_REASON, NO_REASON)),
    post(CLEARED, "/clearances/people/{person}", ("clearance", &[]), (NO_REASON, NO_REASON, NONE)),
    post(
        "/requests/new",
        "/requests/new",
        ("ask-information", &[]),
        ([403, 422, 422, 422, 422, 422], [403, 422, 422, 422, 422, 422], NONE),
    ),
    // The director's is the second approval.
    post(
        "/requests/{request_id}/approve",
        "/requests/{request}/approve",
        ("approve-request", &[]),
        ([403, 303, 403, 303, 403, 403], NONE, NONE),
    ),
    post(
        "/requests/{request_id}/refuse",
        "/requests/{request}/refuse",
        ("refuse-request", &[]),
        ([403, 422, 403, 422, 403, 403], NONE, NONE),
    ),
    post(
        "/requests/{request_id}/end",
        "/requests/{request}/end",
        ("end-grant", &[]),
        ([403, 404, 403, 303, 403, 403], NONE, NONE),
    ),
    post("/recalls/{recall_id}", "/recalls/{recall}", ("confirm-recall", &[]), (NONE, SENT_ON, NONE)),
    // No object was named.
    post("/tear-lines", "/tear-lines", ("tear-line-ask", &[]), ([422; 6], [422; 6], NONE)),
    post(
        "/tear-lines/{id}",
        "/tear-lines/{tear_line}",
        ("tear-line", &[("what", "approve")]),
        ([403, 404, 403, 404, 403, 403], [403; 6], NONE),
    ),
    post("/brief/draft", "/brief/draft", ("draft-brief", &[]), ([403, 303, 403, 303, 404, 404], NONE, NONE)),
    post("/brief/freeze", "/brief/freeze", ("freeze-brief", &[]), ([403, 303, 403, 303, 404, 404], NONE, NONE)),
    post("/sign-in", "/sign-in", ("", &[]), ([400; 6], [400; 6], [400; 6])),
    post("/sign-out", "/sign-out", ("sign-out", &[]), (SENT_ON, SENT_ON, SENT_ON)),
];
