//! Client certificates: a partner that speaks TLS with a certificate is known by it, as others are by a token.
//!
//! A certificate is kept by the SHA-256 of its DER form among the tokens, with scopes and an end, and is revoked like one. Whether the certificate itself
//! holds (its chain, its own end) is for the door that speaks TLS.

use serde_json::json;
use sha2::{Digest, Sha256};
use ward_policy::{Resource, Verb};

use crate::model::{Organisation, Scope, Who};
use crate::permit::ask_again;
use crate::sql::access;
use crate::token::{DAY, check_terms, holder, keep};
use crate::{DirectoryError, Here, Permit};

/// The SHA-256 of a certificate in DER form.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Fingerprint([u8; 32]);

impl Fingerprint {
    /// Of a certificate in DER form.
    pub fn of(der: &[u8]) -> Fingerprint {
        Fingerprint(Sha256::digest(der).into())
    }

    /// As it stands among the hashes of tokens, which are hexadecimal digits only.
    fn hash(self) -> String {
        format!("certificate {self}")
    }
}

impl std::fmt::Display for Fingerprint {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

/// Lets whoever has this certificate in as the organisation.
///
/// # Errors
/// [`DirectoryError::Invalid`] for a scope or an end that it may not have, and for a certificate that is known already.
pub async fn add_certificate(
    here: &Here,
    permit: &Permit<Organisation>,
    certificate: Fingerprint,
    scopes: &[Scope],
    days: i64,
) -> Result<(), DirectoryError> {
    ask_again(here, permit, Verb::Create, Resource::Token, &permit.on().id)?;
    check_terms(scopes, days)?;
    if scopes.contains(&Scope::Join) {
        return Err(DirectoryError::invalid("a node joins with a token, not with a certificate"));
    }
    if access::is_kept(&here.store, certificate.hash()).await? {
        let words =
            format!("the certificate `{certificate}` was added before; one that was revoked does not come back");
        return Err(DirectoryError::invalid(words));
    }
    let text = certificate.to_string();
    let prefix = format!("certificate {}", text.get(..12).unwrap_or(&text));
    let now = here.now();
    let mut tx = here.store.begin().await?;
    let (terms, detail) = ((now, now + days * DAY), json!({ "certificate_sha256": text }));
    keep(&mut tx, &permit.who().actor, permit.on(), scopes, (certificate.hash(), prefix), terms, &detail).await?;
    Ok(tx.commit().await?)
}

/// Who has this certificate; none when it is unknown, revoked or over.
///
/// # Errors
/// [`DirectoryError::Store`].
pub async fn authenticate_certificate(here: &Here, certificate: Fingerprint) -> Result<Option<Who>, DirectoryError> {
    holder(here, certificate.hash()).await
}
