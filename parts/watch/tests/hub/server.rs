//! A hub's doors for tests: thin routes over the real verbs, on 127.0.0.1, with a place to tamper with answers on their way.

use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::{Body, Bytes, to_bytes};
use axum::http::{Request, Response, StatusCode};
use serde_json::json;
use ward_directory::{DirectoryError, Here, Who, authenticate, hub_facts, redeem_join_token};
use ward_share::acknowledge::Duty;
use ward_share::{ShareError, collections, intake, page, status};
use ward_stix::bundle;
use ward_taxii::filter::{self, Endpoint};
use ward_taxii::timestamp::format_micros;
use ward_tlog::VerifierKey;
use ward_tlog::witness::format_conflict;

/// An answer on its way out.
#[derive(Clone, Debug)]
pub struct Out {
    pub status: u16,
    pub body: Vec<u8>,
    pub dates: Option<(i64, i64)>,
}

type Tamper = Arc<dyn Fn(&str, Out) -> Out + Send + Sync>;

/// A running hub; it ends with the test's runtime.
#[derive(Clone)]
pub struct Server {
    pub url: String,
    here: Here,
    tamper: Arc<Mutex<Option<Tamper>>>,
    asked: Arc<Mutex<Vec<String>>>,
    page_limit: Arc<Mutex<u64>>,
}

impl Server {
    pub async fn start(here: &Here) -> Server {
        collections::ensure(here).await.unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Server {
            url: format!("http://{}", listener.local_addr().unwrap()),
            here: here.clone(),
            tamper: Arc::default(),
            asked: Arc::default(),
            page_limit: Arc::new(Mutex::new(1000)),
        };
        let inner = server.clone();
        let router = Router::new().fallback(move |request: Request<Body>| {
            let server = inner.clone();
            async move { server.answer(request).await }
        });
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        server
    }

    /// From now on answers pass through `tamper`, which is given `METHOD PATH`.
    pub fn tamper(&self, tamper: impl Fn(&str, Out) -> Out + Send + Sync + 'static) {
        *self.tamper.lock().unwrap() = Some(Arc::new(tamper));
    }

    pub fn honest(&self) {
        *self.tamper.lock().unwrap() = None;
    }

    /// No page has more objects.
    pub fn page_limit(&self, limit: u64) {
        *self.page_limit.lock().unwrap() = limit;
    }

    /// How many requests began with this `METHOD PATH`.
    pub fn asked(&self, beginning: &str) -> usize {
        self.asked.lock().unwrap().iter().filter(|asked| asked.starts_with(beginning)).count()
    }

    async fn answer(&self, request: Request<Body>) -> Response<Body> {
        let (parts, body) = request.into_parts();
        let name = format!("{} {}", parts.method, parts.uri.path());
        self.asked.lock().unwrap().push(name.clone());
        let secret = parts.headers.get("authorization").and_then(|value| value.to_str().ok());
        let secret = secret.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default().to_owned();
        let body = to_bytes(body, 1 << 24).await.unwrap();
        let query = parts.uri.query().unwrap_or_default().to_owned();
        let mut out = self.route(&name, &query, &secret, body).await.unwrap_or_else(error);
        let tamper = self.tamper.lock().unwrap().clone();
        if let Some(tamper) = tamper {
            out = tamper(&name, out);
        }
        let kind = if name.contains("/share/") { "application/taxii+json;version=2.1" } else { "application/json" };
        let mut response = Response::builder().status(out.status).header("content-type", kind);
        if let Some((first, last)) = out.dates {
            response = response.header("x-taxii-date-added-first", format_micros(first).unwrap());
            response = response.header("x-taxii-date-added-last", format_micros(last).unwrap());
        }
        response.body(Body::from(out.body)).unwrap()
    }

    async fn route(&self, name: &str, query: &str, secret: &str, body: Bytes) -> Result<Out, u16> {
        let (method, path) = name.split_once(' ').unwrap();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        let here = &self.here;
        match (method, parts.as_slice()) {
            ("POST", ["api", "join"]) => self.join(secret, &body).await,
            ("GET", ["log", "checkpoint"]) => {
                let latest = ward_store::latest_checkpoint(&here.store).await.unwrap();
                latest.map(|(_, note)| text(note)).ok_or(404)
            }
            ("GET", ["log", "consistency"]) => {
                let numbers: Vec<u64> = query.split(['=', '&']).filter_map(|part| part.parse().ok()).collect();
                let proof = ward_store::consistency(&here.store, numbers[0], numbers[1]).await.unwrap();
                proof.map(|proof| text(serde_json::to_string(&proof).unwrap())).ok_or(404)
            }
            ("POST", ["witness", "add-checkpoint"]) => {
                Ok(match ward_directory::add_checkpoint(here, &body).await.unwrap() {
                    Ok(lines) => text(lines),
                    Err(ward_tlog::WitnessError::Conflict { known }) => {
                        Out { status: 409, ..text(format_conflict(known)) }
                    }
                    Err(refused) => Out { status: refused.status(), ..text(refused.to_string()) },
                })
            }
            _ => {
                let who = authenticate(here, secret).await.unwrap().ok_or(401_u16)?;
                self.signed_in(&who, method, &parts, query, body).await
            }
        }
    }

    async fn join(&self, secret: &str, body: &[u8]) -> Result<Out, u16> {
        let facts = self.facts().await;
        let body: serde_json::Value = serde_json::from_slice(body).map_err(|_| 400_u16)?;
        let log = body["log_verifier_key"].as_str().ok_or(400_u16)?;
        let joined = redeem_join_token(&self.here, secret, log).await.map_err(|error| match error {
            DirectoryError::Spent => 401_u16,
            _ => 400,
        })?;
        let organisation = joined.organisation;
        Ok(text(
            json!({"organisation_id": organisation.id, "identity_id": organisation.identity_id, "token": joined.token, "hub": facts}),
        ))
    }

    pub async fn facts(&self) -> ward_directory::HubFacts {
        let upstream = ward_watch::hub::upstream_signers(&self.here).await.unwrap();
        hub_facts(&self.here, upstream).await.unwrap()
    }

    async fn signed_in(&self, who: &Who, method: &str, parts: &[&str], query: &str, body: Bytes) -> Result<Out, u16> {
        let here = &self.here;
        match (method, parts) {
            ("GET", ["api", "hub"]) => Ok(text(serde_json::to_string(&self.facts().await).unwrap())),
            ("GET", ["api", "alerts", report_id, modified, "evidence"]) => {
                let found = ward_share::alert::evidence(here, who, report_id, modified).await.map_err(status_of)?;
                Ok(match found {
                    Some(evidence) => text(serde_json::to_string(&evidence).unwrap()),
                    None => Out { status: 202, ..text("") },
                })
            }
            ("POST", ["api", "acknowledgements"]) => {
                let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let word = |name: &str| said[name].as_str().unwrap_or_default().to_owned();
                let duty = Duty::of_text(&word("duty")).ok_or(422_u16)?;
                let (report_id, modified, person) = (word("report_id"), word("modified"), word("person"));
                ward_share::acknowledge::acknowledge(here, who, &report_id, &modified, duty, &person)
                    .await
                    .map_err(status_of)?;
                Ok(Out { status: 204, ..text("") })
            }
            ("POST", ["api", "cosignatures"]) => {
                let said: serde_json::Value = serde_json::from_slice(&body).unwrap();
                let witness = VerifierKey::parse(said["witness"].as_str().unwrap()).unwrap();
                let (size, line) = (said["size"].as_i64().unwrap(), said["line"].as_str().unwrap());
                ward_directory::keep_cosignature(here, who, &witness, size, line).await.map_err(|_| 422_u16)?;
                Ok(Out { status: 204, ..text("") })
            }
            (_, ["share", rest @ ..]) => self.taxii(who, method, rest, query, body).await,
            _ => Err(404),
        }
    }

    async fn taxii(&self, who: &Who, method: &str, parts: &[&str], query: &str, body: Bytes) -> Result<Out, u16> {
        let here = &self.here;
        match (method, parts) {
            ("GET", ["status", id]) => {
                Ok(text(serde_json::to_string(&status::find(here, who, id).await.map_err(status_of)?).unwrap()))
            }
            ("GET", ["collections", collection, "objects"]) => {
                let collection = collections::find(here, who, collection).await.map_err(status_of)?;
                let mut filter = filter::parse(query, Endpoint::Objects).map_err(|_| 400_u16)?;
                filter.limit = filter.limit.map(|limit| limit.min(*self.page_limit.lock().unwrap()));
                Ok(envelope(&page::objects(here, who, &collection, &filter).await.map_err(status_of)?))
            }
            ("GET", ["collections", collection, "objects", id]) => {
                let collection = collections::find(here, who, collection).await.map_err(status_of)?;
                let filter = filter::parse(query, Endpoint::Object).map_err(|_| 400_u16)?;
                Ok(envelope(&page::object(here, who, &collection, id, &filter).await.map_err(status_of)?))
            }
            ("POST", ["collections", collection, "objects"]) => {
                let collection = collections::find(here, who, collection).await.map_err(status_of)?;
                let batch = bundle::split(&body).map_err(|_| 422_u16)?;
                let status = intake::add(here, who, &collection, batch.objects, None).await.map_err(status_of)?;
                Ok(Out { status: 202, ..text(serde_json::to_string(&status).unwrap()) })
            }
            _ => Err(404),
        }
    }
}

fn text(body: impl ToString) -> Out {
    Out { status: 200, body: body.to_string().into_bytes(), dates: None }
}

fn error(status: u16) -> Out {
    let title = StatusCode::from_u16(status).unwrap().canonical_reason().unwrap_or_default();
    Out { status, body: json!({"title": title}).to_string().into_bytes(), dates: None }
}

fn status_of(error: ShareError) -> u16 {
    match error {
        ShareError::Unseen { .. } => 404,
        ShareError::Forbidden { .. } => 403,
        ShareError::Invalid(_) => 422,
        other => panic!("the hub failed: {other:?}"),
    }
}

fn envelope(page: &page::Page<bytes::Bytes>) -> Out {
    let objects: Vec<String> = page.items.iter().map(|item| String::from_utf8(item.to_vec()).unwrap()).collect();
    let next = page.next.as_ref().map_or(String::new(), |next| format!(",\"next\":{}", json!(next)));
    let body = format!("{{\"more\":{}{next},\"objects\":[{}]}}", page.more, objects.join(","));
    Out { dates: Some((page.first_tick, page.last_tick)), ..text(body) }
}
