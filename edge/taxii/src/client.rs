//! A TAXII 2.1 client: one API root, one set of credentials, one method an endpoint.
//!
//! It trusts no server: every body is capped and typed, every error says what happened and where, and following pages
//! ends (see [`Walk`]). Time limits are those of the `reqwest` client it is given.

mod answer;
mod error;
mod page;
mod walk;

use std::fmt;
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Url, header};
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::filter::Endpoint;
use crate::media::MEDIA_TYPE;
use crate::wire::{ApiRoot, Collection, Collections, Discovery, Envelope, Manifest, Progress, Status, Versions};
use answer::Answer;
pub use error::ClientError;
pub use page::{ManifestPage, Page, PageQuery, VersionsPage};
pub use walk::{AllObjects, Walk};

/// Largest response body read, in bytes, unless [`Client::with_body_cap`] says otherwise: 64 MiB.
pub const BODY_CAP_BYTES: usize = 64 << 20;

/// How the client says who it is. Client certificates belong to the `reqwest` client.
#[derive(Clone)]
pub enum Credentials {
    /// Nothing is shown: the server is open, or knows the client by its certificate.
    None,
    Bearer(String),
    Basic {
        user: String,
        password: String,
    },
}

/// Secrets are not shown.
impl fmt::Debug for Credentials {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Credentials::None => formatter.write_str("None"),
            Credentials::Bearer(_) => formatter.write_str("Bearer(…)"),
            Credentials::Basic { user, .. } => {
                formatter.debug_struct("Basic").field("user", user).finish_non_exhaustive()
            }
        }
    }
}

/// A client of one API root. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    api_root: Url,
    credentials: Credentials,
    body_cap_bytes: usize,
}

impl Client {
    /// A client of the API root at this absolute `http` or `https` URL, with or without its last slash.
    pub fn new(http: reqwest::Client, api_root_url: &str, credentials: Credentials) -> Result<Client, ClientError> {
        let wrong = |reason| ClientError::Address { url: api_root_url.to_owned(), reason };
        let mut api_root = Url::parse(api_root_url).map_err(|_| wrong("is not an absolute URL"))?;
        if !matches!(api_root.scheme(), "http" | "https") {
            return Err(wrong("is neither http nor https"));
        }
        if !api_root.username().is_empty() || api_root.password().is_some() {
            // Not echoed: it holds a secret.
            let url = api_root.host_str().unwrap_or_default().to_owned();
            return Err(ClientError::Address { url, reason: "carries credentials, which are given apart" });
        }
        if api_root.query().is_some() || api_root.fragment().is_some() {
            return Err(wrong("has a query or a fragment"));
        }
        if !api_root.path().ends_with('/') {
            api_root.set_path(&format!("{}/", api_root.path()));
        }
        Ok(Client { http, api_root, credentials, body_cap_bytes: BODY_CAP_BYTES })
    }

    /// The same client that reads at most this many bytes of a response.
    pub fn with_body_cap(self, body_cap_bytes: usize) -> Client {
        Client { body_cap_bytes, ..self }
    }

    /// A client of another API root that [`Client::discovery`] named, with the same credentials. A root on another
    /// server is refused: credentials do not follow a server's word.
    pub fn with_api_root(&self, api_root: &str) -> Result<Client, ClientError> {
        let wrong = |reason| ClientError::Address { url: api_root.to_owned(), reason };
        if api_root.starts_with("//") || api_root.starts_with("..") {
            return Err(wrong("is neither absolute nor a path that begins with one `/`"));
        }
        let url = self.api_root.join(api_root).map_err(|_| wrong("is not a URL"))?;
        if url.origin() != self.api_root.origin() {
            return Err(wrong("is on another server"));
        }
        let client = Client::new(self.http.clone(), url.as_str(), self.credentials.clone())?;
        Ok(client.with_body_cap(self.body_cap_bytes))
    }

    /// The API root's URL, ending in `/`.
    pub fn api_root_url(&self) -> &str {
        self.api_root.as_str()
    }

    /// What the server at the API root's address says of itself: `/taxii2/` (section 4.1).
    pub async fn discovery(&self) -> Result<Discovery, ClientError> {
        let mut url = self.api_root.clone();
        url.set_path("/taxii2/");
        self.read(url).await
    }

    pub async fn api_root(&self) -> Result<ApiRoot, ClientError> {
        self.read(self.api_root.clone()).await
    }

    pub async fn collections(&self) -> Result<Collections, ClientError> {
        self.read(self.url(&["collections"])?).await
    }

    /// `collection` is an id or an alias, here and everywhere.
    pub async fn collection(&self, collection: &str) -> Result<Collection, ClientError> {
        self.read(self.url(&["collections", collection])?).await
    }

    /// One page of the collection's manifest.
    pub async fn manifest(&self, collection: &str, query: &PageQuery) -> Result<ManifestPage, ClientError> {
        let url = query.onto(self.url(&["collections", collection, "manifest"])?, Endpoint::Manifest);
        let answer = self.get(url).await?;
        Ok(ManifestPage::new(answer.json::<Manifest>()?, &answer))
    }

    /// One page of the collection's objects.
    pub async fn objects(&self, collection: &str, query: &PageQuery) -> Result<Page, ClientError> {
        let url = query.onto(self.url(&["collections", collection, "objects"])?, Endpoint::Objects);
        let answer = self.get(url).await?;
        Ok(Page::new(answer.json::<Envelope>()?, &answer))
    }

    /// One page of the versions of one object that the collection holds.
    pub async fn object(&self, collection: &str, id: &str, query: &PageQuery) -> Result<Page, ClientError> {
        let url = query.onto(self.url(&["collections", collection, "objects", id])?, Endpoint::Object);
        let answer = self.get(url).await?;
        Ok(Page::new(answer.json::<Envelope>()?, &answer))
    }

    /// One page of the versions' names.
    pub async fn versions(&self, collection: &str, id: &str, query: &PageQuery) -> Result<VersionsPage, ClientError> {
        let url = query.onto(self.url(&["collections", collection, "objects", id, "versions"])?, Endpoint::Versions);
        let answer = self.get(url).await?;
        Ok(VersionsPage::new(answer.json::<Versions>()?, &answer))
    }

    /// Deletes an object. Only the query's versions and specification versions are used; without any, which versions go
    /// is the server's choice, since the standard does not say.
    pub async fn delete(&self, collection: &str, id: &str, query: &PageQuery) -> Result<(), ClientError> {
        let url = query.onto(self.url(&["collections", collection, "objects", id])?, Endpoint::Delete);
        // Success has no body, so there is nothing whose type could be checked.
        Answer::receive(self.request(Method::DELETE, url), self.body_cap_bytes).await.map(drop)
    }

    /// Adds objects, byte for byte as they are. The status may be pending: see [`Client::wait`].
    pub async fn post(&self, collection: &str, objects: &[&RawValue]) -> Result<Status, ClientError> {
        let url = self.url(&["collections", collection, "objects"])?;
        let request =
            self.request(Method::POST, url).header(header::CONTENT_TYPE, MEDIA_TYPE).body(envelope_of(objects));
        Answer::receive(request, self.body_cap_bytes).await?.of_taxii()?.json()
    }

    /// What became of an earlier [`Client::post`].
    pub async fn status(&self, status_id: &str) -> Result<Status, ClientError> {
        self.read(self.url(&["status", status_id])?).await
    }

    /// Asks for a status until it is complete, at most `tries` times (at least once) with `pause` between.
    pub async fn wait(&self, status_id: &str, tries: u32, pause: Duration) -> Result<Status, ClientError> {
        for left in (0..tries.max(1)).rev() {
            let status = self.status(status_id).await?;
            if status.status == Progress::Complete {
                return Ok(status);
            }
            if left > 0 {
                tokio::time::sleep(pause).await;
            }
        }
        Err(ClientError::StillPending { status_id: status_id.to_owned(), tries: tries.max(1) })
    }

    /// All pages of a collection's objects, one at a time.
    pub fn walk(&self, collection: &str, query: &PageQuery) -> Walk {
        Walk::new(self.clone(), collection, query)
    }

    /// All objects at once, at most `at_most` of them: more is an error.
    pub async fn all_objects(
        &self,
        collection: &str,
        query: &PageQuery,
        at_most: usize,
    ) -> Result<AllObjects, ClientError> {
        self.walk(collection, query).collect(at_most).await
    }

    async fn read<T: DeserializeOwned>(&self, url: Url) -> Result<T, ClientError> {
        self.get(url).await?.json()
    }

    async fn get(&self, url: Url) -> Result<Answer, ClientError> {
        Answer::receive(self.request(Method::GET, url), self.body_cap_bytes).await?.of_taxii()
    }

    fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let request = self
            .http
            .request(method, url)
            .header(header::ACCEPT, MEDIA_TYPE)
            .header(header::USER_AGENT, concat!("ward/", env!("CARGO_PKG_VERSION")));
        match &self.credentials {
            Credentials::None => request,
            Credentials::Bearer(token) => request.bearer_auth(token),
            Credentials::Basic { user, password } => request.basic_auth(user, Some(password)),
        }
    }

    /// A URL below the API root, ending in `/` (section 3.1), each segment encoded.
    fn url(&self, segments: &[&str]) -> Result<Url, ClientError> {
        if let Some(segment) = segments.iter().find(|segment| matches!(**segment, "" | "." | "..")) {
            return Err(ClientError::Segment { segment: (*segment).to_owned() });
        }
        let mut url = self.api_root.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments).push("");
        }
        Ok(url)
    }
}

/// An envelope around objects whose bytes must not change; without any it is the empty object.
fn envelope_of(objects: &[&RawValue]) -> String {
    if objects.is_empty() {
        return "{}".to_owned();
    }
    let texts: Vec<&str> = objects.iter().map(|object| object.get()).collect();
    format!("{{\"objects\":[{}]}}", texts.join(","))
}
