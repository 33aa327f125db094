//! An installation under test: the real binary, its commands, and servers that are killed and started again.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

pub const PASSWORD: &str = "a password for the test";

/// A folder with an installation of its own.
pub struct House {
    pub folder: PathBuf,
    pub database: Option<String>,
}

/// A server that can be killed and started again at the same address.
pub struct Server {
    child: Child,
    folder: PathBuf,
    database: Option<String>,
    pub port: u16,
}

impl House {
    /// Makes an installation and accepts the first administrator's invitation.
    pub fn make(kind: &str, folder: &Path, name: &str, database: Option<String>) -> House {
        let house = House { folder: folder.to_path_buf(), database };
        let made = house.ward(&["init", kind, "--name", name, "--state", "AZ"]);
        let link = made.lines().map(str::trim).find(|line| line.starts_with("/welcome/")).expect("a link").to_owned();
        house.ward(&["person", "accept", "--link", &link, "--name", "Ada Admin", "--email", "ada@test.invalid"]);
        house
    }

    /// Runs a command of the binary that must succeed; gives what it printed.
    pub fn ward(&self, arguments: &[&str]) -> String {
        let done = self.command(arguments).output().expect("the binary runs");
        let (out, err) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert!(done.status.success(), "ward {arguments:?} failed: {out}{err}");
        out.into_owned()
    }

    /// As `ward`, acting as the administrator.
    pub fn ward_as_admin(&self, arguments: &[&str]) -> String {
        self.ward(&[arguments, &["--as", "ada@test.invalid"]].concat())
    }

    /// As `ward_as_admin`, for a command that prints one JSON object.
    pub fn json(&self, arguments: &[&str]) -> serde_json::Value {
        serde_json::from_str(&self.ward_as_admin(arguments)).expect("one JSON object")
    }

    pub fn serve(&self) -> Server {
        let port = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").port();
        let child = start(&self.folder, self.database.as_deref(), port);
        Server { child, folder: self.folder.clone(), database: self.database.clone(), port }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ward"));
        command.args(arguments).env("WARD_DIR", &self.folder).env("WARD_PASSWORD", PASSWORD);
        if let Some(database) = &self.database {
            command.env("WARD_DATABASE", database);
        }
        command
    }
}

impl Server {
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// SIGKILL, then a new process at the same address.
    pub fn kill_and_restart(&mut self) {
        self.child.kill().expect("kills");
        self.child.wait().expect("ends");
        self.child = start(&self.folder, self.database.as_deref(), self.port);
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn start(folder: &Path, database: Option<&str>, port: u16) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ward"));
    command.args([
        "serve",
        "--listen",
        &format!("127.0.0.1:{port}"),
        "--poll-seconds",
        "1",
        "--checkpoint-seconds",
        "1",
    ]);
    command
        .env("WARD_DIR", folder)
        .env("WARD_LOG", "off")
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    if let Some(database) = database {
        command.env("WARD_DATABASE", database);
    }
    command.spawn().expect("the server starts")
}

/// Waits for something that must come.
pub fn until(what: &str, mut holds: impl FnMut() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < Duration::from_secs(180), "{what} did not come");
        std::thread::sleep(Duration::from_millis(200));
    }
}

/// A fixed sequence of pauses, so that a failing run can be run again.
pub struct Pauses(pub u64);

impl Pauses {
    pub fn next(&mut self, milliseconds_max: u64) -> Duration {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        Duration::from_millis((self.0 >> 33) % milliseconds_max)
    }
}
