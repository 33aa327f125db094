//! Signing in and out, the session's cookie, and forms that are not ours.

use ward_directory::{NewPerson, OrganisationKind, add_person, invite, permit};
use ward_policy::{Resource, Role, Verb};

use crate::browser::Browser;
use crate::setup::{Office, PASSWORD};

#[tokio::test]
async fn who_signs_in_gets_to_the_page_they_wanted_and_out_again() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    let mut browser = Browser::new(&office.url);
    let away = browser.get("/").await;
    assert_eq!((away.status.as_u16(), away.header("location")), (303, "/sign-in?next=/"));

    let form = browser.page("/sign-in?next=/%3Fa").await;
    assert!(!form.text.contains("<nav class=\"menu\""), "the menu is for who has signed in");
    let wrong = [("ada@office.example", "not the password"), ("nobody@office.example", PASSWORD)];
    for (email, password) in wrong {
        let page = browser.send(&form, "/sign-in", &[("email", email), ("password", password)]).await;
        assert_eq!(page.status, 422);
        page.check();
        page.says("Error: sign in").says("The e-mail address or the password is not right.");
        assert!(!browser.cookies.keys().any(|name| name.starts_with("ward_session")));
    }

    let fields = [("email", "ada@office.example"), ("password", PASSWORD)];
    let signed_in = browser.send(&form, "/sign-in", &fields).await;
    assert_eq!((signed_in.status.as_u16(), signed_in.header("location")), (303, "/?a"));
    let cookie = signed_in.header("set-cookie").to_owned();
    let name = cookie.split('=').next().unwrap().to_owned();
    assert!(name.starts_with("ward_session_") && cookie.ends_with("; Path=/; HttpOnly; SameSite=Lax"), "{cookie}");
    let home = browser.page("/").await;
    home.says("Ada Admin, Test County (administrator)").says("NOT MARKED");

    let session = browser.cookies[&name].clone();
    let out = browser.send(&home, "/sign-out", &[]).await;
    assert_eq!((out.status.as_u16(), out.header("location")), (303, "/sign-in"));
    // The session itself has ended, not only its cookie.
    browser.cookies.insert(name, session);
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn over_https_the_cookie_is_for_this_host_only() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    let mut browser = Browser::new(&office.url);
    browser.proxy_headers.push(("x-forwarded-proto", "https"));
    let page = browser.sign_in("ada@office.example", PASSWORD).await;
    let cookie = page.header("set-cookie").to_owned();
    let name = cookie.split('=').next().unwrap().to_owned();
    assert!(name.starts_with("__Host-ward_session_") && cookie.ends_with("; Secure"), "{cookie}");
    browser.page("/").await;
    // The same session under the name that any host of the domain could set.
    let session = browser.cookies.remove(&name).unwrap();
    browser.cookies.insert(name.trim_start_matches("__Host-").to_owned(), session);
    assert_eq!(browser.get("/").await.status, 303);
}

#[tokio::test]
async fn forms_need_the_token_of_their_session_and_their_name() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    office.person(&office.admin.organisation, "Cleo", Role::Clerk).await;
    let mut ada = Browser::signed_in(&office.url, "ada@office.example", PASSWORD).await;
    let mut cleo = Browser::signed_in(&office.url, "cleo@office.example", PASSWORD).await;
    let of_ada = ada.page("/").await.hidden("/sign-out")[0].1.clone();
    let of_cleo = cleo.page("/").await.hidden("/sign-out")[0].1.clone();
    assert_ne!(of_ada, of_cleo);
    let other_form = Browser::new(&office.url).get("/sign-in").await.hidden("/sign-in")[0].1.clone();
    for token in ["", "x", &of_cleo, &other_form] {
        let page = ada.post("/sign-out", &[("form_token", token)]).await;
        assert_eq!(page.status, 400, "{token}");
        page.check();
    }
    assert_eq!(ada.post("/sign-out", &[]).await.status, 400);
    ada.page("/").await;
    // Signing in is a form too: not without the page that it is on, and not with somebody else's.
    let fields = [("email", "ada@office.example"), ("password", PASSWORD)];
    assert_eq!(Browser::new(&office.url).post("/sign-in", &fields).await.status, 400);
    let with_token = [fields[0], fields[1], ("form_token", &other_form)];
    assert_eq!(Browser::new(&office.url).post("/sign-in", &with_token).await.status, 400);
}

#[tokio::test]
async fn whoever_guesses_passwords_waits_and_the_offices_own_browser_does_not() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    let mut own = Browser::signed_in(&office.url, "ada@office.example", PASSWORD).await;
    let mut stranger = Browser::new(&office.url);
    for _ in 0..10 {
        assert_eq!(stranger.sign_in("ada@office.example", "not the password").await.status, 422);
    }
    let refused = stranger.sign_in("ADA@office.example ", PASSWORD).await;
    assert_eq!(refused.status, 429);
    refused.check();
    refused.says("Too many wrong passwords");
    assert_eq!(own.sign_in("ada@office.example", PASSWORD).await.status, 303);
    // A mark that was made for another person, or by nobody, is none.
    let known = own.cookies.keys().find(|name| name.starts_with("ward_known")).unwrap().clone();
    for forged in ["x.y", &own.cookies[&known].replace('.', "x.")] {
        stranger.cookies.insert(known.clone(), forged.to_owned());
        assert_eq!(stranger.sign_in("ada@office.example", PASSWORD).await.status, 429);
    }
    office.person(&office.admin.organisation, "Cleo", Role::Clerk).await;
    let cleo = Browser::signed_in(&office.url, "cleo@office.example", PASSWORD).await;
    stranger.cookies.insert(known.clone(), cleo.cookies[&known].clone());
    assert_eq!(stranger.sign_in("ada@office.example", PASSWORD).await.status, 429);
    stranger.cookies.insert(known.clone(), own.cookies[&known].clone());
    assert_eq!(stranger.sign_in("Ada@Office.example", PASSWORD).await.status, 303, "however the address is written");
}

#[tokio::test]
async fn the_browser_in_which_an_invitation_was_accepted_is_known() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    let new = NewPerson {
        organisation_id: office.admin.organisation.id.clone(),
        name: "Cleo".to_owned(),
        office: "Elections".to_owned(),
        email: "cleo@office.example".to_owned(),
        role: Role::Clerk,
    };
    let added = permit(&office.admin, Verb::Create, Resource::Person, new).unwrap();
    let person = add_person(&office.here, &added).await.unwrap();
    let on_person = permit(&office.admin, Verb::Change, Resource::Person, person).unwrap();
    let link = invite(&office.here, &on_person).await.unwrap();
    let mut stranger = Browser::new(&office.url);
    for _ in 0..10 {
        assert_eq!(stranger.sign_in("cleo@office.example", "not the password").await.status, 422);
    }
    let mut own = Browser::new(&office.url);
    let fields = [("name", "Cleo"), ("email", "cleo@office.example"), ("password", PASSWORD)];
    let saved = own.post(&link, &fields).await;
    assert_eq!(saved.status, 200, "{}", saved.text);
    assert!(saved.header("set-cookie").starts_with("ward_known"), "{}", saved.header("set-cookie"));
    assert_eq!(stranger.sign_in("cleo@office.example", PASSWORD).await.status, 429);
    assert_eq!(own.sign_in("cleo@office.example", PASSWORD).await.status, 303);
}

#[tokio::test]
async fn the_stylesheet_may_be_kept_under_its_own_address_only() {
    let office = Office::new("Test County", OrganisationKind::County).await;
    let mut browser = Browser::new(&office.url);
    let page = browser.page("/sign-in").await;
    let address = page.text.split("href=\"/style/").nth(1).unwrap().split('"').next().unwrap().to_owned();
    let style = browser.get(&format!("/style/{address}")).await;
    assert_eq!((style.status.as_u16(), style.header("content-type")), (200, "text/css; charset=utf-8"));
    assert!(style.header("cache-control").contains("immutable") && !style.text.contains("http"));
    assert_eq!(browser.get("/style/0000000000000000.css").await.status, 404);
}
