//! The public root without a token: closed until the hub opens it, and then only what everybody may read.

use ward_directory::permit;
use ward_policy::{Resource, Role, Verb};
use ward_share::public_root;

use crate::setup::{Hub, MEDIA_TYPE, json_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn it_is_open_to_everybody_when_the_hub_says_so() {
    let hub = Hub::listening().await;
    let analyst = hub.signer("Ana", Role::Analyst).await;
    let nameless = async |path: &str| {
        let request = hub.http.get(format!("{}{path}", hub.url)).header("accept", MEDIA_TYPE);
        request.send().await.unwrap()
    };
    let objects = "/public/collections/public/objects/";
    for path in ["/taxii2/", "/public/", objects] {
        assert_eq!(nameless(path).await.status(), 401, "{path}");
    }
    let says = |is_open: bool| permit(&analyst, Verb::Publish, Resource::Indicator, is_open).unwrap();
    public_root::set(&hub.here, &says(true)).await.unwrap();
    for path in ["/public/", "/public/collections/", objects, "/public/collections/public/manifest/"] {
        assert_eq!(nameless(path).await.status(), 200, "{path}");
    }
    assert_eq!(json_of(nameless("/taxii2/").await).await["api_roots"], serde_json::json!(["/public/"]));
    for path in ["/share/", "/share/collections/", "/ingest/", "/share/collections/threat-information/objects/"] {
        assert_eq!(nameless(path).await.status(), 401, "{path}");
    }
    for path in ["/public/collections/threat-information/objects/", "/public/collections/alerts/"] {
        assert_eq!(nameless(path).await.status(), 404, "{path}");
    }
    assert_eq!(hub.get(objects, "ward_guess").await.status(), 401, "a token that does not hold is told so");
    public_root::set(&hub.here, &says(false)).await.unwrap();
    assert_eq!(nameless(objects).await.status(), 401);
}
