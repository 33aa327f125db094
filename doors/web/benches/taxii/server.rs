//! Ward as a process of its own, so that its CPU time is not the client's: the bench's program again, with another task.
//!
//! It does what `ward serve` does for TAXII: doors, sequencer, checkpoints. It ends with the bench, whose end of the pipe closes then.

use std::io::{BufRead, BufReader, Write};
use std::num::NonZeroU32;
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use ward_directory::{
    Here, Init, NewOrganisation, OrganisationKind, Scope, Who, accept_invitation, acting_as, add_organisation, init,
    issue_token, permit,
};
use ward_policy::{Resource, Verb};
use ward_store::{Clock, sequence, sign_checkpoint};
use ward_web::limit::Limits;
use ward_web::listen::Listening;
use ward_web::peer::Peer;

const PASSWORD: &str = "correct horse battery";

/// The word that makes the program a server.
pub const TASK: &str = "serve-for-bench";

/// A server that was started, with what it said of itself.
pub struct Server {
    child: Child,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
    pub url: String,
    /// Tokens of the member that posts, and of another.
    pub sender: String,
    pub other: String,
}

impl Server {
    pub fn start(database: &str, folder: &Path) -> Server {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.arg(TASK).arg(database).arg(folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let (orders, answers) = (child.stdin.take().unwrap(), BufReader::new(child.stdout.take().unwrap()));
        let mut server =
            Server { child, orders, answers, url: String::new(), sender: String::new(), other: String::new() };
        let said = server.answer();
        let mut words = said.split_whitespace().map(str::to_owned);
        let mut word = || words.next().expect("address and two tokens");
        (server.url, server.sender, server.other) = (word(), word(), word());
        server
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Waits until all that was posted is served.
    pub fn settle(&mut self) {
        self.orders.write_all(b"settle\n").unwrap();
        assert_eq!(self.answer(), "settled");
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The task: makes a hub with two members, serves, and obeys until its input ends.
pub async fn serve(database: &str, folder: &str) {
    let here = hub(database, Path::new(folder)).await;
    let admin = acting_as(&here, "ada@office.example", None).await.unwrap().unwrap();
    let (sender, other) = (member(&here, &admin, "Arizona").await, member(&here, &admin, "Illinois").await);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let service = ward_web::router(here.clone(), Limits::per_minute(NonZeroU32::MAX))
        .into_make_service_with_connect_info::<Peer>();
    tokio::spawn(async move { axum::serve(Listening::on(listener, None).unwrap(), service).await });
    tokio::spawn(number(here.clone()));
    tokio::spawn(sign(here.clone()));
    println!("{url} {sender} {other}");
    loop {
        let order = tokio::task::spawn_blocking(|| {
            let mut line = String::new();
            std::io::stdin().read_line(&mut line).map(|read| (read > 0).then_some(line))
        });
        match order.await.unwrap() {
            Ok(Some(_)) => {
                while sequence(&here.store).await.unwrap() > 0 {}
                println!("settled");
            }
            _ => return,
        }
    }
}

async fn number(here: Here) {
    loop {
        here.store.wait_for_acts(Duration::from_millis(200)).await;
        while sequence(&here.store).await.is_ok_and(|done| done > 0) {}
    }
}

async fn sign(here: Here) {
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        sign_checkpoint(&here.store, &here.log_key, here.now()).await.unwrap();
    }
}

async fn hub(database: &str, folder: &Path) -> Here {
    let options = Init {
        folder: folder.to_owned(),
        name: "Bench Hub".to_owned(),
        state: String::new(),
        is_hub: true,
        kind: OrganisationKind::Hub,
        database: (!database.is_empty()).then(|| database.to_owned()),
        clock: Clock::System,
    };
    let (here, link) = init(options).await.unwrap();
    let token = link.strip_prefix("/welcome/").unwrap();
    accept_invitation(&here, token, "Ada Admin", "ada@office.example", PASSWORD).await.unwrap();
    ward_share::collections::ensure(&here).await.unwrap();
    here
}

async fn member(here: &Here, admin: &Who, name: &str) -> String {
    let kind = OrganisationKind::State;
    let new = NewOrganisation { kind, name: name.to_owned(), state: "AZ".to_owned(), parent_id: None };
    let organisation =
        add_organisation(here, &permit(admin, Verb::Create, Resource::Organisation, new).unwrap()).await.unwrap();
    let permit = permit(admin, Verb::Create, Resource::Token, organisation).unwrap();
    issue_token(here, &permit, &[Scope::Read, Scope::Write], 30).await.unwrap()
}
