//! The hub that the tests are about, new on a database of its own.

use ward_directory::{Here, Init, OrganisationKind, init};
use ward_store::Clock;
use ward_store::testing::TestDatabase;

/// The only time there is, unless a test says otherwise.
pub const NOW: i64 = 1_471_500_000_000_000;

/// A new hub and the link that invites its administrator.
pub async fn new_hub(database: &TestDatabase) -> (Here, String) {
    let options = Init {
        folder: database.folder.join("hub"),
        name: "Test Hub".to_owned(),
        state: String::new(),
        is_hub: true,
        kind: OrganisationKind::Hub,
        database: Some(database.address.clone()),
        clock: Clock::Fixed(NOW),
    };
    init(options).await.expect("an installation")
}
