//! TLS at the door: a partner with a certificate is known by it; one that nobody added, or of another authority, is not.

use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, ExtendedKeyUsagePurpose, IsCa, KeyPair};
use rustls::ServerConfig;
use tokio::sync::watch;
use ward_directory::{Scope, add_certificate, permit};
use ward_policy::{Resource, Verb};
use ward_web::limit::Limits;
use ward_web::listen::{Listening, PemFile, TlsError, TlsFiles, fingerprint};
use ward_web::peer::Peer;

use crate::setup::{Hub, MEDIA_TYPE, indicator};

pub type Authority = CertifiedIssuer<'static, KeyPair>;

pub fn authority(name: &str) -> Authority {
    let mut params = CertificateParams::new([]).unwrap();
    params.distinguished_name.push(rcgen::DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// A certificate and its key, in PEM form.
pub fn issued(by: &Authority, name: &str, usage: ExtendedKeyUsagePurpose) -> (String, String) {
    let mut params = CertificateParams::new([name.to_owned()]).unwrap();
    params.extended_key_usages = vec![usage];
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, by).unwrap().pem(), key.serialize_pem())
}

pub fn file(name: &str, text: &str) -> PemFile {
    PemFile { name: name.to_owned(), bytes: text.as_bytes().to_vec() }
}

/// A browser of the hub behind TLS, with or without a certificate.
pub fn client(of: &Authority, identity: Option<&(String, String)>) -> reqwest::Client {
    let root = reqwest::Certificate::from_pem(of.pem().as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([root]).no_proxy();
    let builder = match identity {
        Some((certificate, key)) => {
            builder.identity(reqwest::Identity::from_pem(format!("{certificate}{key}").as_bytes()).unwrap())
        }
        None => builder,
    };
    builder.build().unwrap()
}

/// The hub behind TLS as well; gives its URL. Clients may show certificates of `partners`.
pub async fn over_tls(hub: &Hub, servers: &Authority, partners: Option<&Authority>) -> String {
    let (certificate, key) = issued(servers, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let files = TlsFiles {
        certificate: file("hub.pem", &certificate),
        key: file("hub.key", &key),
        client_ca: partners.map(|partners| file("clients.pem", &partners.pem())),
        client_crls: Vec::new(),
    };
    let (_, newest) = watch::channel(Arc::new(files.config().unwrap()));
    listening(hub, newest).await
}

/// The hub behind TLS of this kind; gives its URL.
pub async fn listening(hub: &Hub, newest: watch::Receiver<Arc<ServerConfig>>) -> String {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
    let router = ward_web::router(hub.here.clone(), Limits::default());
    let listening = Listening::on(listener, Some(newest)).unwrap();
    tokio::spawn(async move { axum::serve(listening, router.into_make_service_with_connect_info::<Peer>()).await });
    url
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partner_is_known_by_its_certificate() {
    let hub = Hub::listening().await;
    let (servers, partners, others) = (authority("servers"), authority("partners"), authority("others"));
    let url = over_tls(&hub, &servers, Some(&partners)).await;
    let partner = issued(&partners, "partner", ExtendedKeyUsagePurpose::ClientAuth);
    let unknown = issued(&partners, "unknown", ExtendedKeyUsagePurpose::ClientAuth);
    let foreign = issued(&others, "foreign", ExtendedKeyUsagePurpose::ClientAuth);
    let on = permit(&hub.admin, Verb::Create, Resource::Token, hub.stranger.organisation.clone()).unwrap();
    let known = fingerprint(&file("partner.pem", &partner.0)).unwrap();
    add_certificate(&hub.here, &on, known, &[Scope::Write], 30).await.unwrap();
    assert!(add_certificate(&hub.here, &on, known, &[Scope::Write], 30).await.is_err(), "once");

    let get = async |identity: Option<&(String, String)>, path: &str| {
        client(&servers, identity).get(format!("{url}{path}")).header("accept", MEDIA_TYPE).send().await
    };
    assert_eq!(get(None, "/taxii2/").await.unwrap().status(), 401);
    assert_eq!(get(Some(&unknown), "/taxii2/").await.unwrap().status(), 401);
    assert!(get(Some(&foreign), "/taxii2/").await.is_err(), "the handshake fails");
    let roots: serde_json::Value =
        serde_json::from_slice(&get(Some(&partner), "/taxii2/").await.unwrap().bytes().await.unwrap()).unwrap();
    assert_eq!(roots["api_roots"], serde_json::json!([format!("{url}/ingest/")]));
    let body = serde_json::json!({"objects": [indicator(1, ward_stix::marking::Tlp::Green)]}).to_string();
    let handed_in = client(&servers, Some(&partner)).post(format!("{url}/ingest/collections/ingest/objects/"));
    let handed_in = handed_in.header("accept", MEDIA_TYPE).header("content-type", MEDIA_TYPE).body(body);
    assert_eq!(handed_in.send().await.unwrap().status(), 202);
    let signed_in = get(None, "/sign-in").await.unwrap();
    assert!(signed_in.headers()["set-cookie"].to_str().unwrap().ends_with("; Secure"));
    // A token that is shown counts, not the certificate beside it.
    let guess = client(&servers, Some(&partner)).get(format!("{url}/taxii2/")).bearer_auth("ward_guess");
    assert_eq!(guess.send().await.unwrap().status(), 401);
}

#[test]
fn what_is_no_certificate_is_told_by_its_file() {
    let servers = authority("servers");
    let (certificate, key) = issued(&servers, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let check = |certificate: &str, key: &str, expected: &str| {
        let (certificate, key) = (file("a.pem", certificate), file("a.key", key));
        let files = TlsFiles { certificate, key, client_ca: None, client_crls: Vec::new() };
        let error = files.config().unwrap_err();
        assert!(matches!(error, TlsError::Pem { .. } | TlsError::Rustls(_)));
        assert_eq!(error.to_string(), expected);
    };
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    check("nothing", &key, "`a.pem` holds no certificate in PEM form");
    check(&certificate, "nothing", "`a.key` holds no private key in PEM form");
    let (_, other) = issued(&servers, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    check(&certificate, &other, "the certificate, the key or the certificate authority cannot be used");
}
