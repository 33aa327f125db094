//! axe-core (Deque, npm), which tries a page against the rules of WCAG 2.0 to 2.2, levels A and AA, and its own best practices.

use serde_json::{Value, json};

use crate::chromium::{Tab, is_there};
use crate::pages::strings;

/// Names the file `axe.min.js`.
const FILE: &str = "WARD_AXE";

/// The rules that are tried, by axe's own tags.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// axe's target-size is off unless it is asked for by name; pages are not asked to load anything again.
const RUN: &str = "
    const options = { runOnly: { type: 'tag', values: arguments[0] }, rules: { 'target-size': { enabled: true } }, preload: false };
    return axe.run(document, options).then((found) => ({ passes: found.passes.map((rule) => rule.id), violations: found.violations.map((rule) =>
        rule.id + ' (' + rule.help + '): ' + rule.nodes.map((node) => node.html.slice(0, 160) + ' ' + node.failureSummary.slice(0, 200)).join('; ')) }))";

pub struct Axe {
    source: String,
}

impl Axe {
    pub fn installed() -> Option<Axe> {
        let source = std::env::var_os(FILE).and_then(|path| std::fs::read_to_string(path).ok());
        let missing: &[&str] = if source.is_none() { &["axe.min.js"] } else { &[] };
        is_there(missing, "WARD_AXE names the file of npm's axe-core").then_some(Axe { source: source? })
    }

    pub async fn put_into(&self, tab: &Tab) {
        tab.run(&self.source).await;
    }
}

/// The rules that the open page breaks, with the elements.
pub async fn violations(tab: &Tab) -> Vec<String> {
    strings(&found(tab).await["violations"])
}

pub async fn passes(tab: &Tab) -> Vec<String> {
    strings(&found(tab).await["passes"])
}

async fn found(tab: &Tab) -> Value {
    tab.run_with(RUN, json!(TAGS)).await
}
