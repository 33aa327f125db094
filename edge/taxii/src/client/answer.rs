//! One response, received whole under a cap and judged before anything believes it.

use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, RETRY_AFTER};
use reqwest::{RequestBuilder, Response, StatusCode, Url};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::ClientError;
use crate::{media, timestamp, wire};

/// More than any error message needs.
const ERROR_BODY_CAP_BYTES: usize = 64 << 10;

/// A response with a 2xx status.
pub(super) struct Answer {
    /// Without its query.
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What is taken from an error's body; everything in it is optional because servers leave it out.
#[derive(Default, Deserialize)]
struct Complaint {
    title: Option<String>,
    description: Option<String>,
}

impl Answer {
    /// Sends a request and reads its answer. Any status but 2xx is [`ClientError::Refused`].
    pub(super) async fn receive(request: RequestBuilder, cap_bytes: usize) -> Result<Answer, ClientError> {
        let response = request.send().await.map_err(failed)?;
        let url = without_query(response.url().clone());
        let status = response.status();
        let headers = response.headers().clone();
        if status.is_success() {
            let body = read_body(response, &url, cap_bytes).await?;
            return Ok(Answer { url, headers, body });
        }
        // The status is already the news: a body that cannot be read takes nothing from it.
        let body = read_body(response, &url, ERROR_BODY_CAP_BYTES.min(cap_bytes)).await.unwrap_or_default();
        let Complaint { title, description } = serde_json::from_slice(&body).unwrap_or_default();
        let title = title.unwrap_or_else(|| usual_phrase(status));
        Err(ClientError::Refused {
            url,
            status: status.as_u16(),
            title,
            description,
            retry_after: retry_after(&headers),
        })
    }

    /// This answer, if its type is TAXII 2.1.
    pub(super) fn of_taxii(self) -> Result<Answer, ClientError> {
        let content_type = self.header(CONTENT_TYPE.as_str());
        if media::content_type_ok(content_type) {
            return Ok(self);
        }
        let content_type = content_type.unwrap_or_default().to_owned();
        Err(ClientError::NotTaxii { url: self.url, content_type })
    }

    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, ClientError> {
        wire::read(&self.body).map_err(|source| ClientError::Malformed { url: self.url.clone(), source })
    }

    pub(super) fn date_added_first(&self) -> Option<String> {
        self.date("x-taxii-date-added-first")
    }

    pub(super) fn date_added_last(&self) -> Option<String> {
        self.date("x-taxii-date-added-last")
    }

    /// A date as the server wrote it; what is no timestamp counts as absent, since on pages without objects servers in
    /// use send other words.
    fn date(&self, name: &str) -> Option<String> {
        self.header(name).filter(|text| timestamp::parse_micros(text).is_some()).map(str::to_owned)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

async fn read_body(mut response: Response, url: &str, cap_bytes: usize) -> Result<Vec<u8>, ClientError> {
    let too_large = || ClientError::TooLarge { url: url.to_owned(), cap_bytes };
    let announced = response.content_length().map_or(0, |length| usize::try_from(length).unwrap_or(usize::MAX));
    if announced > cap_bytes {
        return Err(too_large());
    }
    let mut body = Vec::with_capacity(announced);
    while let Some(chunk) = response.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > cap_bytes {
            return Err(too_large());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn failed(source: reqwest::Error) -> ClientError {
    let url = source.url().cloned().map(without_query).unwrap_or_default();
    // The URL is in the message already, and with its query it does not belong there.
    let source = source.without_url();
    if source.is_builder() { ClientError::Request { url, source } } else { ClientError::Unreachable { url, source } }
}

fn without_query(mut url: Url) -> String {
    url.set_query(None);
    url.into()
}

fn usual_phrase(status: StatusCode) -> String {
    status.canonical_reason().unwrap_or("unknown status").to_owned()
}

/// Seconds, or a date, which is measured against the server's own `Date` so that no clock here has a say (RFC 9110,
/// section 10.2.3).
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let wanted = text(RETRY_AFTER)?;
    if let Ok(seconds) = wanted.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let seconds = |date| jiff::fmt::rfc2822::parse(date).ok().map(|zoned| zoned.timestamp().as_second());
    let wait_seconds = seconds(wanted)?.saturating_sub(seconds(text(DATE)?)?);
    Some(Duration::from_secs(u64::try_from(wait_seconds).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_long_to_wait() {
        let check = |retry: Option<&str>, date: Option<&str>, expected: Option<u64>| {
            let mut headers = HeaderMap::new();
            retry.map(|text| headers.insert(RETRY_AFTER, text.parse().unwrap()));
            date.map(|text| headers.insert(DATE, text.parse().unwrap()));
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{retry:?} {date:?}");
        };
        let noon = Some("Thu, 03 May 2018 12:00:00 GMT");
        check(None, noon, None);
        check(Some("120"), None, Some(120));
        check(Some(" 0 "), None, Some(0));
        check(Some("Thu, 03 May 2018 12:01:30 GMT"), noon, Some(90));
        check(Some("Thu, 03 May 2018 11:00:00 GMT"), noon, Some(0));
        check(Some("Thu, 03 May 2018 12:01:30 GMT"), None, None);
        check(Some("soon"), noon, None);
        check(Some("-5"), noon, None);
    }
}
