//! Chromium without a window, driven through chromedriver: W3C WebDriver 2, and Chromium's DevTools protocol for what that has no command for.
//!
//! Each test has a driver and a profile of its own, and both are gone when its tab is.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// The member that names an element in WebDriver's JSON.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
const LONGEST_ANSWER: Duration = Duration::from_secs(30);
const PAUSE: Duration = Duration::from_millis(20);
/// Tells one page from the next, even at the same address.
const WHICH: &str = "return { began: performance.timeOrigin, loaded: document.readyState === 'complete' }";
const LONGEST_END: Duration = Duration::from_secs(10);
const STARTED: &str = "started successfully on port ";
/// The keys that WebDriver has no letter for.
pub const TAB: &str = "\u{e004}";
pub const ENTER: &str = "\u{e007}";
pub const SPACE: &str = " ";

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Script {
    On,
    Off,
}

pub struct Tab {
    http: reqwest::Client,
    driver: Child,
    port: u16,
    session: String,
    /// `http://127.0.0.1:PORT` of the office that is looked at.
    pub site: String,
}

/// Whether a test can run that needs these; where tests must be complete, their absence is a failure.
pub fn is_installed() -> bool {
    let answers =
        |program: &str| Command::new(program).arg("--version").output().is_ok_and(|done| done.status.success());
    let missing: Vec<&str> = ["chromedriver", "chromium"].into_iter().filter(|program| !answers(program)).collect();
    is_there(&missing, "Debian's chromium and chromium-driver")
}

/// Says that a test is skipped for want of something.
pub fn is_there(missing: &[&str], where_from: &str) -> bool {
    assert!(missing.is_empty() || std::env::var_os("CI").is_none(), "{missing:?} missing: {where_from}");
    if !missing.is_empty() {
        println!("skipped: there is no {}; {where_from}", missing.join(" and no "));
    }
    missing.is_empty()
}

impl Tab {
    pub async fn open(script: Script) -> Tab {
        let http = crate::browser::client();
        let (driver, port) = start();
        let mut tab = Tab { http, driver, port, session: String::new(), site: String::new() };
        let mut args = vec!["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"];
        if is_root() {
            args.push("--no-sandbox");
        }
        if script == Script::Off {
            args.push("--blink-settings=scriptEnabled=false");
        }
        let wanted = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:loggingPrefs": {"browser": "ALL"},
            "goog:chromeOptions": {"binary": program("chromium"), "args": args},
        }}});
        let made = tab.ask("POST", "session", wanted).await;
        tab.session = format!("session/{}", made["sessionId"].as_str().expect("a session"));
        tab
    }

    /// A page of the site that is looked at.
    pub async fn go(&self, path: &str) {
        self.open_address(&format!("{}{path}", self.site)).await;
    }

    /// A page of anywhere.
    pub async fn open_address(&self, address: &str) {
        self.command("POST", "url", json!({"url": address})).await;
    }

    pub async fn cookies(&self) -> BTreeMap<String, String> {
        let cookies = self.command("GET", "cookie", Value::Null).await;
        let pair = |cookie: &Value| Some((cookie["name"].as_str()?.to_owned(), cookie["value"].as_str()?.to_owned()));
        cookies.as_array().into_iter().flatten().filter_map(pair).collect()
    }

    /// What a function with this body returns in the page. It runs beside the page: neither its policy nor that it has no script matters.
    pub async fn run(&self, body: &str) -> Value {
        self.run_with(body, Value::Null).await
    }

    pub async fn run_with(&self, body: &str, argument: Value) -> Value {
        self.command("POST", "execute/sync", json!({"script": body, "args": [argument]})).await
    }

    /// Path, query and fragment of the page.
    pub async fn path(&self) -> String {
        let url = self.command("GET", "url", Value::Null).await;
        url.as_str().unwrap_or_default().replace(&self.site, "")
    }

    pub async fn text(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    pub async fn says(&self, words: &str) {
        let text = self.text().await;
        assert!(text.contains(words), "`{words}` is not on {}:\n{text}", self.path().await);
    }

    pub async fn click(&self, xpath: &str) {
        let element = self.element(xpath).await;
        self.command("POST", &format!("element/{element}/click"), json!({})).await;
    }

    /// Clicks the link or button that has these words, and waits for the page that it leads to.
    pub async fn choose(&self, words: &str) {
        self.leave(self.click(&format!("(//a|//button)[contains(normalize-space(.), '{words}')]"))).await;
    }

    /// Does what leads to another page, and waits until that is there: a click returns before a form has been answered.
    pub async fn leave<T>(&self, act: impl Future<Output = T>) {
        let before = self.run(WHICH).await;
        act.await;
        for _ in 0..LONGEST_ANSWER.as_millis() / PAUSE.as_millis() {
            let now = self.run(WHICH).await;
            if now["loaded"] == true && now["began"] != before["began"] {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
        panic!("still on {}", self.path().await);
    }

    pub async fn write(&self, field: &str, text: &str) {
        let element = self.element(&format!("//*[@name='{field}']")).await;
        self.command("POST", &format!("element/{element}/clear"), json!({})).await;
        self.command("POST", &format!("element/{element}/value"), json!({"text": text})).await;
    }

    /// Sets a field whose keys differ by language, such as a day.
    pub async fn set(&self, field: &str, value: &str) {
        self.run(&format!("document.querySelector('[name=\"{field}\"]').value = '{value}'")).await;
    }

    /// Presses keys one after the other, as on a keyboard.
    pub async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})])
            .collect();
        let source = json!({"type": "key", "id": "keyboard", "actions": strokes});
        self.command("POST", "actions", json!({"actions": [source]})).await;
    }

    /// Signs in by writing into the form, and goes on to the page that is wanted.
    pub async fn sign_in(&self, account: &str, next: &str) {
        self.command("DELETE", "cookie", Value::Null).await;
        self.go(&format!("/sign-in?next={next}")).await;
        self.write("email", account).await;
        self.write("password", crate::setup::PASSWORD).await;
        self.choose("Sign in").await;
    }

    /// How wide the window is for the page, as on a screen of that kind.
    pub async fn widen(&self, width: u32) {
        let height = if width < 600 { 844 } else { 900 };
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", size).await;
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        self.command("POST", "goog/cdp/execute", json!({"cmd": command, "params": parameters})).await
    }

    /// What the browser's console has said since it was last asked, but for its own advice.
    pub async fn console(&self) -> Vec<String> {
        let said = self.command("POST", "se/log", json!({"type": "browser"})).await;
        let said = said.as_array().into_iter().flatten().filter(|line| line["level"] != "DEBUG");
        said.map(|line| format!("{} {}", line["level"], line["message"])).collect()
    }

    /// The page as PDF, on US Letter.
    pub async fn print(&self) -> Vec<u8> {
        let page = json!({"paperWidth": 8.5, "paperHeight": 11, "preferCSSPageSize": true, "printBackground": false});
        let printed = self.devtools("Page.printToPDF", page).await;
        STANDARD.decode(printed["data"].as_str().expect("a file")).unwrap()
    }

    async fn element(&self, xpath: &str) -> String {
        let found = self.command("POST", "element", json!({"using": "xpath", "value": xpath})).await;
        found[ELEMENT].as_str().expect("an element").to_owned()
    }

    async fn command(&self, method: &str, command: &str, body: Value) -> Value {
        self.ask(method, &format!("{}/{command}", self.session), body).await
    }

    async fn ask(&self, method: &str, path: &str, body: Value) -> Value {
        let request = self.http.request(method.parse().unwrap(), format!("http://127.0.0.1:{}/{path}", self.port));
        let request = if method == "POST" { request.json(&body) } else { request };
        let answer = request.send().await.unwrap();
        let is_done = answer.status().is_success();
        let mut answer: Value = answer.json().await.unwrap();
        let what: String = body.to_string().chars().take(300).collect();
        assert!(is_done, "{method} {path} {what}: {} {}", answer["value"]["error"], answer["value"]["message"]);
        answer["value"].take()
    }
}

impl Drop for Tab {
    /// Also when the test has failed: closing the session ends Chromium, and what then is left of it ends with the driver's process group.
    fn drop(&mut self) {
        if let Ok(mut line) = TcpStream::connect(("127.0.0.1", self.port)) {
            let request = format!("DELETE /{} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", self.session);
            // The driver answers when Chromium has ended, and keeps the connection open.
            let _ = line.set_read_timeout(Some(LONGEST_END)).and_then(|()| line.write_all(request.as_bytes()));
            let _ = line.read(&mut [0; 1024]);
        }
        let group = format!("-{}", self.driver.id());
        let _ = Command::new("kill").args(["-KILL", "--", &group]).stderr(Stdio::null()).status();
        let _ = self.driver.wait();
    }
}

/// A driver that has said which free port it took.
fn start() -> (Child, u16) {
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
    let mut driver = command.spawn().expect("chromedriver starts");
    let mut lines = BufReader::new(driver.stdout.take().expect("its output")).lines().map_while(Result::ok);
    let port =
        lines.find_map(|line| line.split(STARTED).nth(1).map(|port| port.trim_end_matches('.').parse().unwrap()));
    (driver, port.expect("chromedriver says its port"))
}

fn program(name: &str) -> String {
    let folders = std::env::var("PATH").unwrap_or_default();
    let paths = folders.split(':').map(|folder| format!("{folder}/{name}"));
    paths.into_iter().find(|path| std::path::Path::new(path).is_file()).expect("it is on the path")
}

/// Chromium's sandbox does not work for root.
fn is_root() -> bool {
    Command::new("id").arg("-u").output().is_ok_and(|done| done.stdout.starts_with(b"0\n"))
}
