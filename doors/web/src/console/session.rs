//! Who looks at the console: the session's cookie, and the token that ties every form to the session and to its own purpose.
//!
//! A form's token is HMAC-SHA-256 (RFC 2104) over the form's name and the cookie's value, so a page of somebody else can neither guess it nor
//! use that of another form. The form that signs in has no session yet; it is tied to a random cookie of its own.

use std::marker::PhantomData;

use axum::extract::{Form, FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, Method, header};
use axum::response::{IntoResponse, Redirect, Response};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use ward_directory::{Here, Who};
use ward_share::spill;
use ward_store::random;

use super::error::PageError;
use crate::error::ApiError;
use crate::peer::is_https;

/// The field that carries the token of a form.
pub const TOKEN_FIELD: &str = "form_token";
const SESSION: &str = "ward_session";
const VISITOR: &str = "ward_visitor";
const KNOWN: &str = "ward_known";
/// The longest that browsers keep a cookie: 400 days (RFC 6265bis, section 5.5).
const KNOWN_FOR_SECONDS: u32 = 400 * 86_400;
/// A cookie of this name is only taken over https, for this host and the whole site (RFC 6265bis, section 4.1.3.2).
const HOST_PREFIX: &str = "__Host-";

/// A form by its name, which its token is good for.
pub trait FormName: Send + 'static {
    const NAME: &'static str;
}

/// Somebody who has signed in. Without a session a request is sent to sign in.
#[derive(Clone)]
pub struct SignedIn {
    pub who: Who,
    secret: String,
    key: [u8; 32],
}

/// A form that somebody who has signed in sent, with the right token.
pub struct Posted<F> {
    pub signed_in: SignedIn,
    pub fields: Fields,
    form: PhantomData<F>,
}

/// The fields of a form, as sent.
#[derive(Clone, Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// Fields as if they had been sent, to begin a form with.
    pub fn of(pairs: Vec<(String, String)>) -> Fields {
        Fields(pairs)
    }

    /// All that was sent but the token, to be kept on the next page.
    pub fn kept(&self) -> impl Iterator<Item = (&str, &str)> {
        let all = self.0.iter().map(|(field, value)| (field.as_str(), value.as_str()));
        all.filter(|(field, _)| *field != TOKEN_FIELD)
    }

    /// The first value of a field exactly as typed, for a password.
    pub fn untrimmed(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value)
    }

    /// Every value of a field that is no blank, without blanks around it.
    pub fn all(&self, name: &str) -> Vec<&str> {
        let values = self.0.iter().filter(|(field, _)| field == name).map(|(_, value)| value.trim());
        values.filter(|value| !value.is_empty()).collect()
    }

    /// Whether a field was sent with this value.
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).contains(&value)
    }

    /// The first value of a field without blanks around it; empty when it was not sent.
    pub fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(field, _)| field == name).map_or("", |(_, value)| value.trim())
    }
}

impl SignedIn {
    /// The token of a form on this person's page.
    pub fn token<F: FormName>(&self) -> String {
        token(&self.key, F::NAME, &self.secret)
    }

    /// The session's secret, to end it.
    pub fn secret(&self) -> &str {
        &self.secret
    }
}

impl FromRequestParts<Here> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, here: &Here) -> Result<SignedIn, Response> {
        if let Some(secret) = cookie(&parts.headers, &named(SESSION, here)) {
            let session = ward_directory::session(here, &secret).await;
            if let Some(who) = session.map_err(|error| PageError::from(error).into_response())? {
                return Ok(SignedIn { who, secret, key: *here.cursor_key });
            }
        }
        let asked = parts.uri.path_and_query().map_or("/", |asked| asked.as_str());
        let wanted = if parts.method == Method::GET { asked } else { "/" };
        Err(Redirect::to(&format!("/sign-in?next={}", percent_encoded(wanted))).into_response())
    }
}

impl<F: FormName> FromRequest<Here> for Posted<F> {
    type Rejection = Response;

    async fn from_request(request: Request, here: &Here) -> Result<Posted<F>, Response> {
        let (mut parts, body) = request.into_parts();
        let signed_in = SignedIn::from_request_parts(&mut parts, here).await?;
        let fields = fields(Request::from_parts(parts, body), here).await?;
        if !is_token(&here.cursor_key, F::NAME, &signed_in.secret, fields.text(TOKEN_FIELD)) {
            return Err(stale_form());
        }
        let said: Vec<&str> =
            fields.0.iter().filter(|(name, _)| name != TOKEN_FIELD).map(|(_, text)| text.as_str()).collect();
        let guarded = spill::guard(here, &signed_in.who, &format!("form {}", F::NAME), &said).await;
        guarded.map_err(|refused| PageError::from(refused).into_response())?;
        Ok(Posted { signed_in, fields, form: PhantomData })
    }
}

/// Somebody who has not signed in, by a cookie that lasts until they have.
pub struct Visitor {
    name: String,
    secret: String,
    key: [u8; 32],
    is_new: bool,
}

/// The form that signs in.
struct SignIn;

impl FormName for SignIn {
    const NAME: &'static str = "sign-in";
}

impl Visitor {
    /// The visitor of a request; a new one without a cookie.
    pub fn of(headers: &HeaderMap, here: &Here) -> Result<Visitor, PageError> {
        let key = *here.cursor_key;
        let name = named(VISITOR, here);
        if let Some(secret) = cookie(headers, &name) {
            return Ok(Visitor { name, secret, key, is_new: false });
        }
        let secret = URL_SAFE_NO_PAD.encode(random::bytes::<32>()?);
        Ok(Visitor { name, secret, key, is_new: true })
    }

    /// The token of the form that signs in.
    pub fn token(&self) -> String {
        token(&self.key, SignIn::NAME, &self.secret)
    }

    /// Whether a form that signs in was made for this visitor.
    pub fn made(&self, fields: &Fields) -> bool {
        !self.is_new && is_token(&self.key, SignIn::NAME, &self.secret, fields.text(TOKEN_FIELD))
    }

    /// The cookie that makes the visitor known, when it is not known yet.
    pub fn cookie(&self, headers: &HeaderMap) -> Option<HeaderValue> {
        self.is_new.then(|| set_cookie(headers, &self.name, &self.secret)).flatten()
    }
}

/// The cookie of a new session.
pub fn session_cookie(headers: &HeaderMap, here: &Here, secret: &str) -> Option<HeaderValue> {
    set_cookie(headers, &named(SESSION, here), secret)
}

/// The mark of a browser that has signed in as this person before; none when it has not, or the mark is not ours.
pub fn known_browser(headers: &HeaderMap, here: &Here, person_id: &str) -> Option<String> {
    let value = cookie(headers, &named(KNOWN, here))?;
    let (mark, made) = value.split_once('.')?;
    is_token(&here.cursor_key, KNOWN, &known_as(mark, person_id), made).then(|| mark.to_owned())
}

/// The cookie by which a browser that has just signed in as a person, or set their password, is known again.
pub fn known_cookie(headers: &HeaderMap, here: &Here, person_id: &str) -> Result<Option<HeaderValue>, PageError> {
    let mark = URL_SAFE_NO_PAD.encode(random::bytes::<16>()?);
    let made = token(&here.cursor_key, KNOWN, &known_as(&mark, person_id));
    let Some(value) = set_cookie(headers, &named(KNOWN, here), &format!("{mark}.{made}")) else { return Ok(None) };
    let kept = value.to_str().ok().map(|text| format!("{text}; Max-Age={KNOWN_FOR_SECONDS}"));
    Ok(kept.and_then(|text| HeaderValue::from_str(&text).ok()))
}

fn known_as(mark: &str, person_id: &str) -> String {
    format!("{mark} {person_id}")
}

/// Takes the session's cookie away.
pub fn no_session_cookie(headers: &HeaderMap, here: &Here) -> Option<HeaderValue> {
    let value = set_cookie(headers, &named(SESSION, here), "")?;
    HeaderValue::from_str(&format!("{}; Max-Age=0", value.to_str().ok()?)).ok()
}

/// The fields of a form's body.
pub async fn fields(request: Request, here: &Here) -> Result<Fields, Response> {
    let sent = Form::<Vec<(String, String)>>::from_request(request, here).await;
    sent.map(|Form(fields)| Fields(fields))
        .map_err(|_| PageError(ApiError::Bad("The form could not be read.".to_owned())).into_response())
}

/// What somebody is told whose form has no token, or an old one.
pub fn stale_form() -> Response {
    PageError(ApiError::Bad("This form is not from a page that is still open here. Go back, load the page again, and send it once more. Nothing was changed.".to_owned())).into_response()
}

/// A cookie's name here: a host's cookies are one for all its ports, and several installations may be on one machine.
fn named(name: &str, here: &Here) -> String {
    let id: Vec<char> = here.installation.id.chars().filter(char::is_ascii_alphanumeric).collect();
    let end: String = id.iter().skip(id.len().saturating_sub(8)).collect();
    format!("{name}_{end}")
}

fn cookie_name(headers: &HeaderMap, name: &str) -> String {
    if is_https(headers) { format!("{HOST_PREFIX}{name}") } else { name.to_owned() }
}

fn set_cookie(headers: &HeaderMap, name: &str, value: &str) -> Option<HeaderValue> {
    let secure = if is_https(headers) { "; Secure" } else { "" };
    let name = cookie_name(headers, name);
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{secure}")).ok()
}

/// The value of a cookie; none when it is missing, empty or there twice.
fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let name = cookie_name(headers, name);
    let texts = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let pairs = texts.flat_map(|text| text.split(';')).filter_map(|pair| pair.trim().split_once('='));
    let mut values = pairs.filter(|(given, _)| *given == name).map(|(_, value)| value);
    match (values.next(), values.next()) {
        (Some(value), None) if !value.is_empty() => Some(value.to_owned()),
        _ => None,
    }
}

fn token(key: &[u8; 32], form: &str, secret: &str) -> String {
    mac(key, form, secret).map(|mac| URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())).unwrap_or_default()
}

fn is_token(key: &[u8; 32], form: &str, secret: &str, given: &str) -> bool {
    let given = URL_SAFE_NO_PAD.decode(given).unwrap_or_default();
    mac(key, form, secret).is_some_and(|mac| mac.verify_slice(&given).is_ok())
}

/// HMAC takes keys of any length, so there always is one.
fn mac(key: &[u8; 32], form: &str, secret: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    for part in ["ward-form/v1", form, secret] {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    Some(mac)
}

/// A text as the value of a query parameter.
pub fn percent_encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}

/// A place on this site to go on to; home for anything else.
pub fn place_here(wanted: &str) -> &str {
    let is_here = wanted.starts_with('/')
        && !wanted.starts_with("//")
        && wanted.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\');
    if is_here { wanted } else { "/" }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value))).collect()
    }

    #[test]
    fn a_token_is_good_for_its_key_its_form_and_its_session() {
        let made = token(&[1; 32], "release", "secret");
        assert!(is_token(&[1; 32], "release", "secret", &made));
        assert!(!is_token(&[2; 32], "release", "secret", &made));
        assert!(!is_token(&[1; 32], "confirm", "secret", &made));
        assert!(!is_token(&[1; 32], "release", "other", &made));
        assert!(!is_token(&[1; 32], "releases", "ecret", &made));
        for bad in ["", "A", &made[1..], &format!("{made}A")] {
            assert!(!is_token(&[1; 32], "release", "secret", bad), "{bad}");
        }
    }

    #[test]
    fn over_https_only_the_host_cookie_counts() {
        let check = |pairs: &[(&'static str, &'static str)], expected: Option<&str>| {
            assert_eq!(cookie(&headers(pairs), SESSION).as_deref(), expected, "{pairs:?}");
        };
        check(&[("cookie", "a=b; ward_session=one")], Some("one"));
        check(&[("cookie", "ward_session=one; ward_session=two")], None);
        check(&[("cookie", "ward_session=")], None);
        check(&[("cookie", "__Host-ward_session=one")], None);
        check(&[("cookie", "ward_session=one"), ("x-forwarded-proto", "https")], None);
        check(&[("cookie", "__Host-ward_session=one; ward_session=two"), ("x-forwarded-proto", "https")], Some("one"));
        let set = |pairs: &[(&'static str, &'static str)]| set_cookie(&headers(pairs), SESSION, "s").unwrap();
        assert_eq!(set(&[]), "ward_session=s; Path=/; HttpOnly; SameSite=Lax");
        let secure = "__Host-ward_session=s; Path=/; HttpOnly; SameSite=Lax; Secure";
        assert_eq!(set(&[("x-forwarded-proto", "https")]), secure);
    }

    #[test]
    fn only_places_on_this_site_are_gone_on_to() {
        for (wanted, place) in [
            ("/alerts", "/alerts"),
            ("/alerts?page=2", "/alerts?page=2"),
            ("", "/"),
            ("alerts", "/"),
            ("//evil.example", "/"),
            ("/\\evil.example", "/"),
            ("https://evil.example", "/"),
            ("/a\r\nSet-Cookie: x", "/"),
            ("/\tevil", "/"),
        ] {
            assert_eq!(place_here(wanted), place, "{wanted}");
        }
    }
}
