//! How fast passwords can be tried: so many wrong ones within a time, then none is looked at until the time has passed.
//!
//! Tries are counted per person, and apart from that per browser which has signed in as that person before, so that a stranger who tries
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
/// In the record, and under which the entries about all such addresses are counted together.
const NOT_KNOWN: &str = "an address that is not known";

/// Whose tries are counted together: a digest, so that the table holds no addresses.
pub(crate) struct Counted {
    digest: String,
    person_id: Option<String>,
}

impl Counted {
    /// The tries to sign in as a person, however the address was written, by a browser that did so before or by any other.
    pub fn of_person(person_id: &str, known_browser: Option<&str>) -> Counted {
        let digest = digest(["person", person_id, known_browser.unwrap_or_default()]);
        Counted { digest, person_id: Some(person_id.to_owned()) }
    }

    /// The tries to open a person's signing key, apart from those to sign in.
    pub fn of_signing_key(person_id: &str) -> Counted {
        Counted { digest: digest(["signing key", person_id, ""]), person_id: Some(person_id.to_owned()) }
    }

    /// The tries for an address that is nobody's.
    pub fn of_address(email: &str) -> Counted {
        Counted { digest: digest(["address", &email.trim().to_lowercase(), ""]), person_id: None }
    }
}

fn digest(parts: [&str; 3]) -> String {
    Sha256::digest(parts.join("\n")).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Until when no password is looked at, in microseconds UTC; none when one may be tried.
pub(crate) async fn wait_until(here: &Here, counted: &Counted) -> Result<Option<i64>, DirectoryError> {
    let wrong = access::wrong_sign_ins(&here.store, &counted.digest, here.now() - WITHIN).await?;
    // As many as are allowed, counted back from the newest, lie within the time until the first of them is old.
    let first_that_counts = wrong.len().checked_sub(WRONG_MAX).and_then(|place| wrong.get(place));
    Ok(first_that_counts.map(|at| at + WITHIN))
}

/// Notes a wrong password. The try that makes the others wait leaves an entry: one within the time for each who is counted, and one for all
/// addresses that are not known, so that strangers cannot fill the record.
pub(crate) async fn note_wrong(here: &Here, counted: &Counted) -> Result<(), DirectoryError> {
    let now = here.now();
    let mut tx = here.store.begin().await?;
    access::forget_wrong_sign_ins(&mut tx, now - WITHIN).await?;
    let within = access::add_wrong_sign_in(&mut tx, &counted.digest, now).await?;
    let told_as = if counted.person_id.is_some() { counted.digest.as_str() } else { NOT_KNOWN };
    if within >= WRONG_MAX && access::note_slowed(&mut tx, told_as, now).await? {
        let act = Act {
            act: "sign-in.slowed",
            actor: "sign-in",
            organisation: &here.installation.organisation_id,
            subject: counted.person_id.as_deref().unwrap_or(NOT_KNOWN),
            at: now,
            detail: &json!({ "wrong_passwords": within }),
            rows: &[],
        };
        tx.record(act).await?;
    }
    Ok(tx.commit().await?)
}
