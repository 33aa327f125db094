//! What only a demonstration has: the guide, the verification with one byte changed, and the list of its people where one signs in.

use std::collections::BTreeSet;

use ward_directory::{Demonstration, NOTICE, OrganisationKind, Part, Place, TryOut, keep_demonstration};
use ward_store::{Clock, DEMO_CLOCK_FILE};

use crate::axe::Axe;
use crate::chromium::{Script, Tab, is_installed};
use crate::pages::look;
use crate::scene::Scene;
use crate::setup::{Office, PASSWORD};
use crate::words::{HOSTILE, name};
use crate::world::World;

/// A demonstration of the hub, told with texts that somebody else chose.
fn told(url: &str) -> Demonstration {
    let place = |part| Place {
        part,
        name: HOSTILE.members[0].to_owned(),
        url: url.to_owned(),
        person: "ida@office.example".to_owned(),
    };
    let file = |text: &str| std::path::PathBuf::from(format!("/{text}"));
    Demonstration {
        password: PASSWORD.to_owned(),
        people: ["ana", "dora", "az-cleo"].map(|account| format!("{account}@office.example")).to_vec(),
        guide: Some(format!("{url}/demo")),
        places: vec![place(Part::Breached), place(Part::Probed), place(Part::County)],
        try_out: Some(TryOut { program: file("ward"), indicators: file(HOSTILE.headline), logs: file(HOSTILE.source) }),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_guide_and_its_people_are_as_any_other_page() {
    let Some(axe) = Axe::installed().filter(|_| is_installed()) else { return };
    let hub = Office::by(HOSTILE.hub, OrganisationKind::Hub, |folder| {
        let file = folder.join(DEMO_CLOCK_FILE);
        Clock::step_demo(&file, Clock::System.now()).unwrap();
        Clock::Demo(file)
    })
    .await;
    ward_share::collections::ensure(&hub.here).await.unwrap();
    let world = World::at(Scene::at(hub, &HOSTILE).await, &HOSTILE, name).await;
    let hub = &world.scene.hub;
    keep_demonstration(&hub.here, &told(&hub.url)).unwrap();
    let mut tab = Tab::open(Script::On).await;
    tab.site.clone_from(&hub.url);
    let (mut seen, mut wrong) = (BTreeSet::new(), Vec::new());
    for address in ["/demo", "/demo/verify", "/demo/verify?byte=1", "/demo/verify?byte=x", "/sign-in?next=/brief/1"] {
        tab.go(address).await;
        tab.says(NOTICE).await;
        look(&tab, &axe, address, &mut seen, &mut wrong).await;
    }
    // A button of the list signs in, and the page that was wanted bears the notice too.
    tab.leave(tab.click("(//form[@class='go']//button)[1]")).await;
    tab.says(NOTICE).await;
    look(&tab, &axe, "the page behind the button", &mut seen, &mut wrong).await;
    assert!(wrong.is_empty(), "{} findings: {wrong:#?}", wrong.len());
}
