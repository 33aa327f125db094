//! Revoked client certificates: whoever is on its authority's list is turned away, from the moment on that the list is in its file; and who runs the
//! server is told of lists that do not count.

use std::path::Path;

use rcgen::{
    CertificateParams, CertificateRevocationListParams, ExtendedKeyUsagePurpose, KeyIdMethod, KeyPair,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use ward_directory::{Scope, add_certificate, permit};
use ward_policy::{Resource, Verb};
use ward_stix::timestamp::parse_micros;
use ward_web::listen::{Tls, TlsError, TlsFiles, TlsPaths, fingerprint};

use crate::setup::{Hub, MEDIA_TYPE};
use crate::tls::{Authority, authority, client, file, issued, listening};

/// A client's certificate of this number, and its key, in PEM form.
fn numbered(by: &Authority, number: u64) -> (String, String) {
    let mut params = CertificateParams::new([format!("partner-{number}")]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.serial_number = Some(SerialNumber::from(number));
    let key = KeyPair::generate().unwrap();
    (params.signed_by(&key, by).unwrap().pem(), key.serialize_pem())
}

/// What an authority has revoked: these numbers, from one year to another.
fn list(by: &Authority, (from, to): (i32, i32), revoked: &[u64]) -> rcgen::CertificateRevocationList {
    let revoked = revoked.iter().map(|number| RevokedCertParams {
        serial_number: SerialNumber::from(*number),
        revocation_time: date_time_ymd(from, 1, 1),
        reason_code: None,
        invalidity_date: None,
    });
    let params = CertificateRevocationListParams {
        this_update: date_time_ymd(from, 1, 1),
        next_update: date_time_ymd(to, 1, 1),
        crl_number: SerialNumber::from(u64::try_from(from).unwrap()),
        issuing_distribution_point: None,
        revoked_certs: revoked.collect(),
        key_identifier_method: KeyIdMethod::Sha256,
    };
    params.signed_by(by).unwrap()
}

fn pem(by: &Authority, years: (i32, i32), revoked: &[u64]) -> String {
    list(by, years, revoked).pem().unwrap()
}

/// The files of a server in a folder, its clients' authorities and their lists.
fn paths(folder: &Path, servers: &Authority, clients: &[&Authority], lists: &[&str]) -> TlsPaths {
    let write = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let (certificate, key) = issued(servers, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let authorities: String = clients.iter().map(|authority| authority.pem()).collect();
    let lists = lists.iter().enumerate().map(|(place, list)| write(&format!("{place}.crl"), list));
    TlsPaths {
        certificate: write("hub.pem", &certificate),
        key: write("hub.key", &key),
        client_ca: Some(write("clients.pem", &authorities)),
        client_crls: lists.collect(),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_is_revoked_is_turned_away_without_a_restart() {
    let hub = Hub::listening().await;
    let (servers, partners) = (authority("servers"), authority("partners"));
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path(), &servers, &[&partners], &[&pem(&partners, (2020, 2100), &[9])]);
    let mut tls = Tls::open(paths.clone()).unwrap();
    let url = listening(&hub, tls.newest()).await;
    let (seven, nine) = (numbered(&partners, 7), numbered(&partners, 9));
    for one in [&seven, &nine] {
        let on = permit(&hub.admin, Verb::Create, Resource::Token, hub.stranger.organisation.clone()).unwrap();
        let known = fingerprint(&file("partner.pem", &one.0)).unwrap();
        add_certificate(&hub.here, &on, known, &[Scope::Read], 30).await.unwrap();
    }
    let get = async |by: &reqwest::Client| {
        let answered = by.get(format!("{url}/taxii2/")).header("accept", MEDIA_TYPE).send().await;
        answered.ok().map(|answer| answer.status().as_u16())
    };
    let with = |identity: Option<&(String, String)>| client(&servers, identity);
    assert_eq!(get(&with(Some(&seven))).await, Some(200));
    assert_eq!(get(&with(Some(&nine))).await, None, "the handshake fails");
    assert_eq!(get(&with(None)).await, Some(401), "who shows none may still use a token");
    // In DER form, and another one is revoked.
    assert!(!tls.look_again().unwrap(), "nothing has changed");
    let place = paths.client_crls.first().unwrap();
    std::fs::write(place, list(&partners, (2021, 2100), &[7]).der()).unwrap();
    assert!(tls.look_again().unwrap());
    assert_eq!(get(&with(Some(&seven))).await, None);
    assert_eq!(get(&with(Some(&nine))).await, Some(200));
    // What cannot be read changes nothing.
    std::fs::write(place, "half a list").unwrap();
    assert!(matches!(tls.look_again(), Err(TlsError::NoList { .. })));
    assert_eq!((get(&with(Some(&seven))).await, get(&with(Some(&nine))).await), (None, Some(200)));
    // From the day on that the next list is due, nothing is known of anybody.
    std::fs::write(place, pem(&partners, (2020, 2021), &[])).unwrap();
    assert!(tls.look_again().unwrap());
    assert_eq!((get(&with(Some(&nine))).await, get(&with(None)).await), (None, Some(401)));
    // A list that another made in the authority's name.
    std::fs::write(place, pem(&authority("partners"), (2022, 2100), &[])).unwrap();
    assert!(tls.look_again().unwrap());
    assert_eq!(get(&with(Some(&nine))).await, None);
    // Of two lists of one authority the newer counts, whichever is named first.
    std::fs::write(place, [pem(&partners, (2022, 2100), &[9]), pem(&partners, (2023, 2100), &[7])].concat()).unwrap();
    assert!(tls.look_again().unwrap());
    assert_eq!((get(&with(Some(&seven))).await, get(&with(Some(&nine))).await), (None, Some(200)));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_came_before_shows_its_certificate_again() {
    let hub = Hub::listening().await;
    let (servers, partners) = (authority("servers"), authority("partners"));
    let folder = tempfile::tempdir().unwrap();
    let paths = paths(folder.path(), &servers, &[&partners], &[&pem(&partners, (2020, 2100), &[])]);
    let mut tls = Tls::open(paths.clone()).unwrap();
    let url = listening(&hub, tls.newest()).await;
    let identity = numbered(&partners, 7);
    // The same client, which would come back to its session, with no connection left open.
    let root = reqwest::Certificate::from_pem(servers.pem().as_bytes()).unwrap();
    let identity = reqwest::Identity::from_pem(format!("{}{}", identity.0, identity.1).as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([root]).no_proxy().identity(identity);
    let client = builder.pool_max_idle_per_host(0).build().unwrap();
    let get = async || client.get(format!("{url}/taxii2/")).header("accept", MEDIA_TYPE).send().await;
    assert_eq!(get().await.unwrap().status(), 401, "let in, and not known by a token");
    std::fs::write(paths.client_crls.first().unwrap(), pem(&partners, (2021, 2100), &[7])).unwrap();
    assert!(tls.look_again().unwrap());
    assert!(get().await.is_err());
}

#[test]
fn lists_that_do_not_count_are_told() {
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let (servers, partners, others) = (authority("servers"), authority("partners"), authority("others"));
    let now = parse_micros("2025-06-01T00:00:00Z").unwrap();
    let good = pem(&partners, (2025, 2026), &[]);
    let ended = pem(&partners, (2024, 2025), &[]);
    let foreign = pem(&others, (2025, 2026), &[]);
    let due = pem(&partners, (2025, 2026), &[1]);
    let both = [&partners, &others];
    let cases: [(&[&Authority], &[&str], &[&str]); 8] = [
        (&[&partners], &[], &[]),
        (&[&partners], &[&good], &[]),
        (&[&partners], &[&ended], &["0.crl` ended at 2025-01-01T00:00:00.000Z: clients"]),
        (&[&partners], &[&ended, &good], &[]),
        (&both, &[&due, &foreign], &[]),
        (&both, &[&good], &["no revocation list is of authority 2 in `"]),
        (&[&partners], &[&foreign], &["0.crl` is of no authority in `", "no revocation list is of authority 1"]),
        (&[&partners], &[&good, &foreign], &["1.crl` is of no authority in `"]),
    ];
    for (authorities, lists, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let found = Tls::open(paths(folder.path(), &servers, authorities, lists)).unwrap().doubts(now).unwrap();
        assert_eq!(found.len(), expected.len(), "{found:?}");
        for (found, expected) in found.iter().zip(expected) {
            assert!(found.contains(expected), "{found}");
        }
    }
}

#[test]
fn what_is_no_list_is_told_by_its_file() {
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let servers = authority("servers");
    let (certificate, key) = issued(&servers, "localhost", ExtendedKeyUsagePurpose::ServerAuth);
    let whole = list(&servers, (2020, 2100), &[7]);
    // The version, which stands in front: 2 becomes 1.
    let mut version_1 = whole.der().to_vec();
    let version = version_1.windows(3).position(|bytes| bytes == [2, 1, 1]).unwrap();
    version_1[version + 2] = 0;
    for (bytes, expected) in [
        (
            b"nothing".to_vec(),
            "`a.crl` holds no certificate revocation list that says when the next is due, in PEM or DER form",
        ),
        (
            certificate.clone().into_bytes(),
            "`a.crl` holds no certificate revocation list that says when the next is due, in PEM or DER form",
        ),
        (
            whole.der()[..40].to_vec(),
            "`a.crl` holds no certificate revocation list that says when the next is due, in PEM or DER form",
        ),
        (version_1, "the certificate revocation list `a.crl` cannot be used"),
    ] {
        let mut list = file("a.crl", "");
        list.bytes = bytes;
        let files = TlsFiles {
            certificate: file("a.pem", &certificate),
            key: file("a.key", &key),
            client_ca: Some(file("clients.pem", &servers.pem())),
            client_crls: vec![list],
        };
        assert_eq!(files.config().unwrap_err().to_string(), expected);
    }
}
