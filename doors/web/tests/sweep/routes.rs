//! The table and the sources have the same routes.

use std::collections::BTreeSet;

use crate::sources::{routes, texts};
use crate::table::ROWS;

#[test]
fn the_table_is_the_routes() {
    let tabled: BTreeSet<(String, String)> =
        ROWS.iter().map(|row| (row.method.to_owned(), row.route.to_owned())).collect();
    let routes = routes("");
    assert!(routes.len() > 20, "the sources are read");
    assert_eq!(tabled, routes);
}

/// Nothing else adds routes: nested routers, services and fallbacks would not be seen by the scan.
#[test]
fn routes_are_only_made_with_route() {
    for text in texts("") {
        for other in [".nest(", ".nest_service(", ".route_service(", ".fallback_service("] {
            assert!(!text.contains(other), "{other}");
        }
    }
}
