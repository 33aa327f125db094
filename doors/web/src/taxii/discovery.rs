//! `GET /taxii2/`: the server and the API roots behind which the caller has something (TAXII 2.1, section 4.1).

use axum::extract::State;
use axum::http::header::HOST;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use ward_directory::Here;
use ward_share::collections;
use ward_taxii::wire::Discovery;

use super::answer::resource;
use super::caller::TaxiiCaller;
use crate::error::TaxiiError;
use crate::notice;
use crate::peer::is_https;

pub(super) async fn get(
    State(here): State<Here>,
    TaxiiCaller { who, .. }: TaxiiCaller,
    headers: HeaderMap,
) -> Result<Response, TaxiiError> {
    let roots = collections::roots(&here, &who).await?;
    let base = base(&headers);
    let api_roots: Vec<String> = roots.into_iter().map(|root| format!("{base}/{}/", root.name())).collect();
    let discovery = Discovery {
        description: notice::text(&here, None),
        title: here.installation.name,
        default: api_roots.first().cloned(),
        api_roots,
        ..Discovery::default()
    };
    Ok(resource(StatusCode::OK, &discovery))
}

/// What the roots' addresses begin with. Over TLS it is the name by which this server was asked for, since clients in use (cytaxii2) take an address
/// as it stands; without TLS there is only the path, because an absolute address must be `https`.
fn base(headers: &HeaderMap) -> String {
    let host = headers.get(HOST).and_then(|host| host.to_str().ok());
    match host.filter(|host| is_https(headers) && Authority::try_from(*host).is_ok()) {
        Some(host) => format!("https://{host}"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;
    use crate::peer::FORWARDED_PROTO;

    #[test]
    fn only_over_tls_an_address_is_absolute() {
        let check = |host: &str, proto: Option<&'static str>, expected: &str| {
            let mut headers = HeaderMap::from_iter([(HOST, HeaderValue::from_str(host).unwrap())]);
            headers.extend(proto.map(|proto| (FORWARDED_PROTO, HeaderValue::from_static(proto))));
            assert_eq!(base(&headers), expected, "{host} {proto:?}");
        };
        check("hub.example", Some("https"), "https://hub.example");
        check("hub.example:8443", Some("https"), "https://hub.example:8443");
        check("hub.example", None, "");
        check("hub.example", Some("http"), "");
        check("hub.example/elsewhere", Some("https"), "");
        check("a b", Some("https"), "");
    }
}
