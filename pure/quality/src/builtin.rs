//! The lists that the program carries: small, each with its source and its day. Tor's exits change by the hour, so the owner brings that list.

use crate::list::{ListError, WarningList};

const BUILTIN: [&str; 9] = [
    include_str!("../lists/cloudflare.json"),
    include_str!("../lists/fastly.json"),
    include_str!("../lists/gmail-senders.json"),
    include_str!("../lists/link-shorteners.json"),
    include_str!("../lists/mail-providers.json"),
    include_str!("../lists/public-resolvers.json"),
    include_str!("../lists/reserved.json"),
    include_str!("../lists/smtp-senders.json"),
    include_str!("../lists/top-sites.json"),
];

/// The lists that the program carries.
pub fn builtin() -> Result<Vec<WarningList>, ListError> {
    BUILTIN.iter().map(|json| WarningList::read(json.as_bytes())).collect()
}
