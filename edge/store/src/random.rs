//! Randomness, as a parameter of everything else: the one place that asks the operating system.

use crate::StoreError;

/// `N` random bytes.
pub fn bytes<const N: usize>() -> Result<[u8; N], StoreError> {
    let mut bytes = [0_u8; N];
    getrandom::fill(&mut bytes).map_err(|e| StoreError::Random(e.to_string()))?;
    Ok(bytes)
}

/// A new row id: UUID version 7, increasing within this process, so that rows sort in the order in which they were made.
#[expect(clippy::disallowed_methods, reason = "the one place where row ids are made")]
pub fn id() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// A random UUID version 4, as STIX and TAXII ids ask for.
#[expect(clippy::disallowed_methods, reason = "the one place where random ids are made")]
pub fn uuid() -> String {
    uuid::Uuid::new_v4().to_string()
}
