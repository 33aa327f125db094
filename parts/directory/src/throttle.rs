//! How fast passwords can be tried: so many wrong ones within a time, then none is looked at until the time has passed.
//!
//! Tries are counted per address, and apart from that per browser which has signed in to this address before, so that a stranger who tries
//! passwords of a clerk does not lock the clerk out of the office's own computer (OWASP, "Slow Down Online Guessing Attacks with Device
//! Cookies"). Unknown addresses are counted alike, so that the wait does not tell which are known. NIST SP 800-63B, section 5.2.2, asks for a limit.

use serde_json::json;
use sha2::{Digest, Sha256};
use ward_store::{Act, MICROS_PER_SECOND};

use crate::sql::access;
use crate::{DirectoryError, Here};

/// So many wrong passwords …
const WRONG_MAX: usize = 10;
/// … within this time, in microseconds.
const WITHIN: i64 = 15 * 60 * MICROS_PER_SECOND;

/// Whose tries are counted together: a digest, so that the table holds no addresses.
pub(crate) struct Counted(String);

impl Counted {
    /// The tries for an address, by a browser that signed in to it before or by any other.
    pub fn of(email: &str, known_browser: Option<&str>) -> Counted {
        let email = email.trim().to_lowercase();
        let digest = Sha256::digest(format!("{email}\n{}", known_browser.unwrap_or_default()));
        Counted(digest.iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

/// Until when no password is looked at, in microseconds UTC; none when one may be tried.
pub(crate) async fn wait_until(here: &Here, counted: &Counted) -> Result<Option<i64>, DirectoryError> {
    let wrong = access::wrong_sign_ins(&here.store, &counted.0, here.now() - WITHIN).await?;
    // As many as are allowed, counted back from the newest, lie within the time until the first of them is old.
    let first_that_counts = wrong.len().checked_sub(WRONG_MAX).and_then(|place| wrong.get(place));
    Ok(first_that_counts.map(|at| at + WITHIN))
}

/// Notes a wrong password. The try that makes the others wait leaves an entry.
pub(crate) async fn note_wrong(here: &Here, counted: &Counted, person_id: Option<&str>) -> Result<(), DirectoryError> {
    let now = here.now();
    let mut tx = here.store.begin().await?;
    access::forget_wrong_sign_ins(&mut tx, now - WITHIN).await?;
    let within = access::add_wrong_sign_in(&mut tx, &counted.0, now).await?;
    if within == WRONG_MAX {
        let act = Act {
            act: "sign-in.slowed",
            actor: "sign-in",
            organisation: &here.installation.organisation_id,
            subject: person_id.unwrap_or("an address that is not known"),
            at: now,
            detail: &json!({ "wrong_passwords": within }),
            rows: &[],
        };
        tx.record(act).await?;
    }
    Ok(tx.commit().await?)
}
