//! What is opened: every page of the console, by the routes of the sources, and who looks.

use std::collections::BTreeSet;

use crate::sharing::Shared;

/// A route as in the sources, and the addresses that are asked for; what stands in braces is named by [`Things`].
pub const PAGES: &[(&str, &[&str])] = &[
    ("/", &["/"]),
    ("/alerts", &["/alerts", "/alerts?find=DOORS&sort=headline&order=up&page=2"]),
    ("/alerts.csv", &["/alerts.csv"]),
    ("/alerts/{report_id}", &["/alerts/{alert}"]),
    ("/alerts/new", &["/alerts/new"]),
    ("/alerts/{report_id}/answer", &["/alerts/{alert}/answer"]),
    ("/alerts/{report_id}/answer-for", &["/alerts/{alert}/answer-for"]),
    ("/alerts/{report_id}/silent", &["/alerts/{alert}/silent", "/alerts/{alert}/silent?page=9999"]),
    ("/alerts/{report_id}/edit", &["/alerts/{draft}/edit?version={version}"]),
    ("/alerts/{report_id}/correct", &["/alerts/{alert}/correct"]),
    ("/alerts/{report_id}/sign", &["/alerts/{draft}/sign?version={version}"]),
    ("/alerts/{report_id}/publish", &["/alerts/{draft}/publish?version={version}"]),
    ("/alerts/{report_id}/reach.csv", &["/alerts/{draft}/reach.csv?version={version}"]),
    ("/alerts/{report_id}/answers/{organisation_id}", &["/alerts/{alert}/answers/{office}"]),
    ("/brief", &["/brief"]),
    ("/brief/{name}", &["/brief/1"]),
    ("/demo", &["/demo"]),
    ("/demo/verify", &["/demo/verify"]),
    ("/indicators", &["/indicators"]),
    ("/receipts", &["/receipts", "/receipts?page=99999"]),
    ("/receipts/{number}", &["/receipts/{receipt}"]),
    ("/alerts/{report_id}/name", &["/alerts/{alert}/name"]),
    ("/alerts/{report_id}/review", &["/alerts/{alert}/review"]),
    (
        "/situation",
        &[
            "/situation",
            "/situation?alert={alert}&find=county%201&sort=office&order=down&page=3",
            "/situation?alert={alert}&standing=not-seen&sort=time&page=9999",
        ],
    ),
    ("/situation.csv", &["/situation.csv"]),
    ("/answers", &["/answers", "/answers?find=not&sort=hub"]),
    ("/answers.csv", &["/answers.csv"]),
    ("/answers/{sighting_id}", &["/answers/{held}"]),
    ("/sources", &["/sources", "/sources?sort=events&order=down&page=3"]),
    ("/sources.csv", &["/sources.csv"]),
    ("/clearances", &["/clearances"]),
    ("/clearances/own", &["/clearances/own"]),
    ("/clearances/briefing", &["/clearances/briefing"]),
    ("/clearances/people/{person_id}", &["/clearances/people/{person}"]),
    ("/explain", &["/explain", "/explain?as=member-cleo%40office.example&object={object}"]),
    (
        "/ledger",
        &["/ledger", "/ledger?of={office}", "/ledger?of={office}&after={page}", "/ledger?of={office}&only={page}"],
    ),
    ("/recalls", &["/recalls", "/recalls?page=99999"]),
    ("/recalls/{recall_id}", &["/recalls/{recall}", "/recalls/{recall}?page=2"]),
    ("/requests", &["/requests", "/requests?page=99999"]),
    ("/requests/new", &["/requests/new"]),
    ("/requests/{request_id}/approve", &["/requests/{open}/approve"]),
    ("/requests/{request_id}/refuse", &["/requests/{open}/refuse"]),
    ("/requests/{request_id}/end", &["/requests/{granted}/end"]),
    ("/tear-lines", &["/tear-lines", "/tear-lines?page=3"]),
    ("/tear-lines/{id}", &["/tear-lines/{tear_line}"]),
    ("/record", &["/record", "/record?sort=number&order=up&page=77", "/record?find=SOURCE.declared&page=3"]),
    ("/record.csv", &["/record.csv?find=source.declared"]),
    ("/sign-in", &["/sign-in"]),
    ("/style/{name}", &["{style}"]),
];

/// What there is to look at.
#[derive(Clone, Debug, Default)]
pub struct Things {
    pub alert: String,
    /// A draft with its version.
    pub draft: (String, String),
    pub held: String,
    /// The id of an office that answered.
    pub office: String,
    pub person: String,
    pub style: String,
    pub shared: Shared,
}

impl Things {
    /// The address with their names.
    pub fn named(&self, address: &str) -> String {
        let (draft, version) = &self.draft;
        let names = [
            ("{alert}", &self.alert),
            ("{draft}", draft),
            ("{version}", version),
            ("{held}", &self.held),
            ("{office}", &self.office),
            ("{person}", &self.person),
            ("{open}", &self.shared.open),
            ("{granted}", &self.shared.granted),
            ("{recall}", &self.shared.recall),
            ("{tear_line}", &self.shared.tear_line),
            ("{page}", &self.shared.page),
            ("{object}", &self.shared.object),
        ];
        let named = names.iter().fold(address.to_owned(), |text, (mark, name)| text.replace(mark, name));
        // The first receipt is the model's own.
        named.replace("{receipt}", "1").replace("{style}", &self.style)
    }
}

/// The paths of all pages that the sources have.
pub fn in_sources() -> BTreeSet<String> {
    let routes = crate::sources::routes("console").into_iter();
    routes.filter(|(method, _)| method == "GET").map(|(_, path)| path).collect()
}
