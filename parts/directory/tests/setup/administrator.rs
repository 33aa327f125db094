//! The hub's first administrator.

use ward_directory::{Here, Who, accept_invitation, acting_as};

pub const PASSWORD: &str = "correct horse battery";

/// Takes the invitation up.
pub async fn administrator(here: &Here, link: &str) -> Who {
    let token = link.strip_prefix("/welcome/").expect("a link");
    accept_invitation(here, token, "Ada Admin", "ada@hub.example", PASSWORD).await.expect("accepted");
    acting_as(here, "ada@hub.example", None).await.unwrap().expect("the administrator")
}
