//! One request to a hub: its own token, a bounded body, and errors in words. TAXII itself is `ward_taxii`'s.

use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use ward_taxii::client::ClientError;

use crate::WatchError;

/// The largest body read from a hub outside TAXII, in bytes: evidence and rosters are far smaller.
const BODY_MAX_BYTES: usize = 8 << 20;
/// How much of a hub's own words goes into an error.
const WORDS_MAX_CHARS: usize = 300;

/// A hub as a place to ask.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a> {
    pub http: &'a reqwest::Client,
    /// For errors: the hub's name, or its address before the name is known.
    pub name: &'a str,
    /// Without a slash at the end.
    pub url: &'a str,
    pub token: &'a str,
}

/// A whole answer, whatever its status.
pub(crate) struct Answer {
    pub status: u16,
    pub body: Vec<u8>,
}

impl Place<'_> {
    /// Asks for a path that begins with a slash.
    pub async fn get(&self, path: &str) -> Result<Answer, WatchError> {
        self.receive(self.request(Method::GET, path)).await
    }

    /// Sends JSON.
    pub async fn post_json<T: Serialize>(&self, path: &str, body: &T) -> Result<Answer, WatchError> {
        self.receive(self.request(Method::POST, path).json(body)).await
    }

    /// Sends text.
    pub async fn post_text(&self, path: &str, body: String) -> Result<Answer, WatchError> {
        self.receive(self.request(Method::POST, path).header("content-type", "text/plain; charset=utf-8").body(body))
            .await
    }

    /// An answer with another status than expected, as an error.
    pub fn refused(&self, answer: &Answer) -> WatchError {
        let words = answer.words();
        let why = match answer.status {
            401 => {
                "the token is not valid there: it was used, revoked or has expired; ask the hub's people for a new one"
                    .to_owned()
            }
            status if words.is_empty() => format!("it answered {status}"),
            status => format!("it answered {status}: {words}"),
        };
        WatchError::HubRefused { hub: self.name.to_owned(), why }
    }

    /// The body of a 200 as JSON; anything else is an error.
    pub fn json<T: DeserializeOwned>(&self, answer: &Answer) -> Result<T, WatchError> {
        if answer.status != 200 {
            return Err(self.refused(answer));
        }
        serde_json::from_slice(&answer.body).map_err(|e| self.malformed(&e.to_string()))
    }

    /// What came cannot be what a hub says.
    pub fn malformed(&self, why: &str) -> WatchError {
        let why = format!("it does not answer as a Ward hub does ({why}); is the address right?");
        WatchError::HubRefused { hub: self.name.to_owned(), why }
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.http
            .request(method, format!("{}{path}", self.url))
            .bearer_auth(self.token)
            .header("user-agent", concat!("ward/", env!("CARGO_PKG_VERSION")))
    }

    async fn receive(&self, request: RequestBuilder) -> Result<Answer, WatchError> {
        let response = request.send().await.map_err(|e| self.away(e))?;
        let status = response.status().as_u16();
        let body = self.read_body(response).await?;
        Ok(Answer { status, body })
    }

    async fn read_body(&self, mut response: Response) -> Result<Vec<u8>, WatchError> {
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.away(e))? {
            if body.len() + chunk.len() > BODY_MAX_BYTES {
                return Err(self.malformed("the answer is too large"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    fn away(&self, error: reqwest::Error) -> WatchError {
        WatchError::HubAway { hub: self.name.to_owned(), why: causes(&error.without_url()) }
    }
}

impl Answer {
    /// The body as text.
    pub fn text(&self) -> Option<&str> {
        std::str::from_utf8(&self.body).ok()
    }

    /// What the hub says in an error, on one line: the title of a JSON error, or a short text.
    fn words(&self) -> String {
        let json: Option<serde_json::Value> = serde_json::from_slice(&self.body).ok();
        let member = |name: &str| json.as_ref()?.get(name)?.as_str().map(str::to_owned);
        let said: Vec<String> = ["title", "description", "error"].into_iter().filter_map(member).collect();
        let text = match (said.is_empty(), self.text()) {
            (false, _) => said.join(": "),
            (true, Some(text)) if !text.trim_start().starts_with(['<', '{']) => text.to_owned(),
            (true, _) => String::new(),
        };
        let line: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS_MAX_CHARS).collect();
        line.trim().to_owned()
    }
}

/// The address of a hub as it is kept: absolute, `http` or `https`, without a slash at the end.
pub(crate) fn hub_address(text: &str) -> Result<String, WatchError> {
    let wrong = |why: &str| WatchError::Invalid(format!("the address of the hub {why}"));
    let url = Url::parse(text.trim()).map_err(|_| wrong("is not a URL: give it as https://HOST"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(wrong("is neither http nor https"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(wrong("carries credentials; the token is given apart"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("has a query or a fragment"));
    }
    Ok(url.as_str().trim_end_matches('/').to_owned())
}

/// A failure of the TAXII client as one of this part.
pub(crate) fn taxii_error(hub: &str, error: &ClientError) -> WatchError {
    let hub = hub.to_owned();
    let why = causes(error);
    match error {
        ClientError::Unreachable { .. } => WatchError::HubAway { hub, why },
        ClientError::Refused { description: Some(description), .. } => {
            WatchError::HubRefused { hub, why: format!("{why}: {description}") }
        }
        _ => WatchError::HubRefused { hub, why },
    }
}

/// An error and its causes on one line.
pub(crate) fn causes(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        next = cause.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let check =
            |text: &str, expected: Option<&str>| assert_eq!(hub_address(text).ok().as_deref(), expected, "{text}");
        check("https://hub.example/", Some("https://hub.example"));
        check(" http://127.0.0.1:8080 ", Some("http://127.0.0.1:8080"));
        check("https://hub.example/ward/", Some("https://hub.example/ward"));
        for bad in [
            "",
            "hub.example",
            "ftp://hub.example",
            "https://a:b@hub.example",
            "https://hub.example/?a",
            "https://h/#x",
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn what_a_hub_says_is_one_short_line() {
        let words = |body: &str| Answer { status: 400, body: body.as_bytes().to_vec() }.words();
        assert_eq!(words(r#"{"title":"no","description":"because"}"#), "no: because");
        assert_eq!(words("not\nhere"), "not here");
        assert_eq!(words("<html>"), "");
        assert_eq!(words(&"x".repeat(1000)).len(), 300);
    }
}
