//! The TAXII server against its peers, in one run on one machine: CPU time of each server's processes, its database's among them.
//!
//! `scripts/bench-taxii` (`make bench-taxii`) starts the peers and this; alone, `cargo bench -p ward-web --bench taxii` measures Ward on SQLite.
//! `WARD_BENCH_OBJECTS` says how many objects Ward takes (100,000), `WARD_BENCH_POSTGRES` where Ward finds an empty database of PostgreSQL and
//! `WARD_BENCH_POSTGRES_PID` whose process that is, `WARD_BENCH_PEERS` a JSON file with a list of peers.

#![expect(
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that fails says so; it prints its figures"
)]

#[path = "taxii/client.rs"]
mod client;
#[path = "shared/cpu.rs"]
mod cpu;
#[path = "taxii/load.rs"]
mod load;
#[path = "taxii/server.rs"]
mod server;
#[path = "taxii/small.rs"]
mod small;

use client::Subject;
use server::Server;

const PEER_OBJECTS: u64 = 10_000;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, task, database, folder] = arguments.as_slice()
        && task == server::TASK
    {
        return server::serve(database, folder).await;
    }
    let _ = rustls::crypto::ring::default_provider().install_default();
    let objects: u64 =
        variable("WARD_BENCH_OBJECTS").map_or(100_000, |text| text.parse().expect("a number of objects"));
    let mean = (0..1000).map(|number| load::indicator(number).len()).sum::<usize>() / 1000;
    println!("indicators of {mean} bytes, {} of them for Ward, {PEER_OBJECTS} for peers\n", objects);
    small::measure();
    peers().await;
    let folder = tempfile::tempdir().unwrap();
    ward("Ward, SQLite", "", &folder.path().join("sqlite"), &[], objects).await;
    if let Some(database) = variable("WARD_BENCH_POSTGRES") {
        let pid: u32 = variable("WARD_BENCH_POSTGRES_PID").expect("its process").parse().expect("a process id");
        ward("Ward, PostgreSQL", &database, &folder.path().join("postgres"), &[pid], objects).await;
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

/// Each peer of the list: `{"name", "collection", "authorization", "basic", "read_at", "pids"}`.
async fn peers() {
    let Some(path) = variable("WARD_BENCH_PEERS") else { return };
    let list: serde_json::Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    for peer in list.as_array().unwrap() {
        let text = |name: &str| peer[name].as_str().unwrap().to_owned();
        let pids = peer["pids"].as_array().unwrap().iter().map(|pid| u32::try_from(pid.as_u64().unwrap()).unwrap());
        let subject = Subject {
            name: text("name"),
            collection: text("collection"),
            authorization: text("authorization"),
            pids: pids.collect(),
            http: client::http(),
        };
        let read_at = peer["read_at"].as_u64().unwrap_or(PEER_OBJECTS);
        println!("{}, {read_at} objects", subject.name);
        ingest(&subject, 0, read_at, || {}).await;
        // One that takes seconds for a page is asked once.
        let pages = if read_at < PEER_OBJECTS { 1 } else { 10 };
        readings(&subject, pages, pages).await;
        if read_at < PEER_OBJECTS {
            ingest(&subject, read_at, PEER_OBJECTS, || {}).await;
        }
        if let Some(other) = peer["basic"].as_str() {
            let basic = Subject {
                authorization: other.to_owned(),
                name: format!("{}, Basic", subject.name),
                http: client::http(),
                ..subject
            };
            println!("{}", basic.name);
            readings(&basic, pages, pages).await;
        }
        println!();
    }
}

/// Ward: taking objects, with a reading at each power of ten.
async fn ward(name: &str, database: &str, folder: &std::path::Path, others: &[u32], objects: u64) {
    let mut server = Server::start(database, folder);
    let pids: Vec<u32> = std::iter::once(server.pid()).chain(others.iter().copied()).collect();
    let subject = |name: String, token: &str| Subject {
        name,
        collection: format!("{}/share/collections/threat-information", server.url),
        authorization: format!("Bearer {token}"),
        pids: pids.clone(),
        http: client::http(),
    };
    let sender = subject(name.to_owned(), &server.sender);
    let other = subject(format!("{name}, another member"), &server.other);
    let mut held = 0;
    for until in [10_000, 100_000, 1_000_000].into_iter().filter(|until| *until <= objects) {
        println!("{name}, up to {until} objects");
        ingest(&sender, held, until, || server.settle()).await;
        held = until;
        readings(&sender, 20, 200).await;
        let (page, count) = other.request("?limit=1000", 20).await;
        println!("  page of {count} as another member    {page:9.2} ms");
        println!();
    }
}

async fn ingest(subject: &Subject, from: u64, until: u64, settle: impl FnMut()) {
    let tenths = subject.ingest(from, until, settle).await;
    let seconds: f64 = tenths.iter().sum();
    let rate = (until - from) as f64 / seconds;
    let shares: Vec<String> = tenths.iter().map(|tenth| format!("{tenth:.2}")).collect();
    println!("  ingest {rate:14.0} objects per CPU s ({seconds:.2} s; tenths {})", shares.join(" "));
}

async fn readings(subject: &Subject, pages: u32, polls: u32) {
    let (page, count) = subject.request("?limit=1000", pages).await;
    println!("  page of {count} {page:17.2} ms");
    if pages == 1 {
        println!("  peak memory {:?} MiB", subject.peak_mib());
        return;
    }
    let middle = subject.middle(5).await;
    if !middle.is_empty() {
        let (page, count) = subject.request(&format!("?limit=1000&next={}", middle.replace('=', "%3D")), pages).await;
        println!("  page of {count}, from a cursor {page:9.2} ms");
    }
    let (seconds, pages, objects, last) = subject.full_poll().await;
    println!("  full poll {seconds:14.2} s for {objects} objects in {pages} pages");
    let (poll, count) = subject.request(&format!("?limit=1000&added_after={last}"), polls).await;
    println!("  poll of {count} {poll:17.3} ms");
    println!("  peak memory {:?} MiB", subject.peak_mib());
}
