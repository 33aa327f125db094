//! Tokens of forms as the console makes them, so that a form can be sent by somebody whose pages do not have it.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::browser::Browser;
use crate::setup::Office;

/// The token of a form in the session of a browser.
pub fn token(office: &Office, browser: &Browser, form: &str) -> String {
    let session = browser.cookies.iter().find(|(name, _)| name.contains("session")).expect("somebody signed in").1;
    let mut mac = Hmac::<Sha256>::new_from_slice(&*office.here.cursor_key).unwrap();
    for part in ["ward-form/v1", form, session] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}
