//! Databases for tests: SQLite in a temporary folder, and a PostgreSQL server of Debian's package on a Unix socket, one for each test process.
//!
//! The server ends with the test process: its shell waits on a pipe that closes then, whatever way the process ends.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::zombie_processes,
    reason = "only built for tests: a failure to set up is the test's failure, and the server lives until the test process ends"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, OnceLock};

use crate::Store;

/// A database of its own for one test, with the folder it lives in.
pub struct TestDatabase {
    /// What `Store::open` takes.
    pub address: String,
    pub folder: PathBuf,
}

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Sqlite,
    Postgres,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl TestDatabase {
    /// A new, empty database.
    pub fn new(kind: Kind) -> TestDatabase {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("ward-test-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&folder).expect("a folder for the test");
        let address = match kind {
            Kind::Sqlite => format!("sqlite:{}", folder.join("ward.sqlite").display()),
            Kind::Postgres => new_postgres_database(&format!("test_{number}")),
        };
        TestDatabase { address, folder }
    }

    /// The database, opened.
    pub async fn open(&self) -> Store {
        Store::open(&self.address).await.expect("the test's database opens")
    }
}

impl Drop for TestDatabase {
    fn drop(&mut self) {
        // A folder that stays behind in the temporary folder is no failure of the test.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Instantiates async tests of the form `async fn name(database: TestDatabase)` for both databases.
#[macro_export]
macro_rules! test_both {
    ($($name:ident),* $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::testing::TestDatabase::new($crate::testing::Kind::Sqlite)).await; })*
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $name() { super::$name($crate::testing::TestDatabase::new($crate::testing::Kind::Postgres)).await; })*
        }
    };
}

/// Whether a word stands anywhere in the database, as text or as bytes.
///
/// # Panics
/// When the database cannot be read.
pub async fn is_kept(store: &Store, word: &str) -> bool {
    let hex = crate::record::hex(word.as_bytes());
    let mut tx = store.begin_reading().await.expect("a reading transaction");
    let mut found = false;
    let look = |piece: crate::Piece| {
        let text = String::from_utf8_lossy(&piece.text);
        found |= text.contains(word) || text.contains(&hex);
        Ok::<(), crate::StoreError>(())
    };
    crate::dump(&mut tx, look).await.expect("a dump");
    found
}

struct Server {
    folder: PathBuf,
    /// The server's shell lives as long as this pipe.
    _pipe: Mutex<std::process::ChildStdin>,
}

static SERVER: OnceLock<Server> = OnceLock::new();

fn new_postgres_database(name: &str) -> String {
    let server = SERVER.get_or_init(start_server);
    let done =
        as_server_user(&server.folder, "createdb", &["-h", &server.folder.display().to_string(), "-U", "ward", name])
            .output()
            .expect("createdb runs");
    assert!(done.status.success(), "createdb failed: {}", String::from_utf8_lossy(&done.stderr));
    format!("postgres://ward@localhost/{name}?host={}", server.folder.display())
}

fn start_server() -> Server {
    let folder = std::env::temp_dir().join(format!("ward-pg-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the server");
    if is_root() {
        let owned = Command::new("chown").arg("postgres").arg(&folder).status().expect("chown runs");
        assert!(owned.success(), "the user postgres of Debian's package is missing: install postgresql");
    }
    let data = folder.join("data").display().to_string();
    let made = as_server_user(
        &folder,
        "initdb",
        &["-D", &data, "-U", "ward", "-A", "trust", "--no-sync", "-E", "UTF8", "--no-locale"],
    )
    .output()
    .expect("initdb runs");
    assert!(made.status.success(), "initdb failed: {}", String::from_utf8_lossy(&made.stderr));
    let script = format!(
        "'{}' -D '{data}' -k '{}' -c listen_addresses= -c fsync=off -c max_connections=300 >'{data}/log' 2>&1 & pid=$!; read line; kill -INT $pid; wait $pid; rm -rf '{}'",
        binary("postgres").display(),
        folder.display(),
        folder.display()
    );
    let mut command = as_server_user(&folder, "sh", &["-c", &script]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("the server starts");
    let pipe = child.stdin.take().expect("a pipe to the server's shell");
    wait_until_ready(&folder);
    Server { folder, _pipe: Mutex::new(pipe) }
}

fn wait_until_ready(folder: &Path) {
    for _ in 0..300 {
        let ready = Command::new(binary("pg_isready")).arg("-q").arg("-h").arg(folder).status();
        if ready.is_ok_and(|status| status.success()) {
            return;
        }
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    panic!("PostgreSQL did not start; see {}/data/log", folder.display());
}

/// PostgreSQL does not run as root: as root, its commands run as the package's user.
fn as_server_user(folder: &Path, program: &str, arguments: &[&str]) -> Command {
    let program = if program == "sh" { PathBuf::from("/bin/sh") } else { binary(program) };
    let mut command = if is_root() {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=postgres", "--regid=postgres", "--clear-groups"]).arg(program);
        command
    } else {
        Command::new(program)
    };
    command.args(arguments).current_dir(folder);
    command
}

fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.starts_with(b"0\n"))
}

/// Debian keeps the server's programs under a folder for each version; the newest is taken.
fn binary(name: &str) -> PathBuf {
    let versions =
        std::fs::read_dir("/usr/lib/postgresql").map(|entries| entries.flatten().map(|entry| entry.path()).collect());
    let mut versions: Vec<PathBuf> = versions.unwrap_or_default();
    versions.sort();
    let found = versions.iter().rev().map(|version| version.join("bin").join(name)).find(|path| path.exists());
    found.unwrap_or_else(|| PathBuf::from(name))
}
