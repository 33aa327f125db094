//! A client like a browser without script: it keeps cookies, shows pages, and sends the forms that are on them.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;
use reqwest::{Method, StatusCode};

pub struct Browser {
    pub url: String,
    pub cookies: BTreeMap<String, String>,
    http: reqwest::Client,
    /// Sent with each request, as a proxy would.
    pub proxy_headers: Vec<(&'static str, &'static str)>,
}

pub struct Page {
    pub status: StatusCode,
    pub headers: reqwest::header::HeaderMap,
    pub text: String,
}

impl Browser {
    pub fn new(url: &str) -> Browser {
        Browser { url: url.to_owned(), cookies: BTreeMap::new(), http: client(), proxy_headers: Vec::new() }
    }

    pub async fn signed_in(url: &str, email: &str, password: &str) -> Browser {
        let mut browser = Browser::new(url);
        let page = browser.sign_in(email, password).await;
        assert_eq!(page.status, 303, "{}", page.text);
        browser
    }

    pub async fn sign_in(&mut self, email: &str, password: &str) -> Page {
        let page = self.get("/sign-in").await;
        self.send(&page, "/sign-in", &[("email", email), ("password", password)]).await
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.ask(Method::GET, path, &[]).await
    }

    /// A page that must be there.
    pub async fn page(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        page.check();
        page
    }

    /// Sends the form of a page that goes to `action`, with its hidden fields and these.
    pub async fn send(&mut self, page: &Page, action: &str, fields: &[(&str, &str)]) -> Page {
        let hidden = page.hidden(action);
        let hidden: Vec<(&str, &str)> = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let all: Vec<(&str, &str)> =
            hidden.into_iter().filter(|(name, _)| !fields.iter().any(|(own, _)| own == name)).collect();
        self.post(action, &[all.as_slice(), fields].concat()).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        self.ask(Method::POST, path, fields).await
    }

    async fn ask(&mut self, method: Method, path: &str, fields: &[(&str, &str)]) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let is_post = method == Method::POST;
        let mut request = self.http.request(method, format!("{}{path}", self.url)).header("cookie", cookies.join("; "));
        for (name, value) in &self.proxy_headers {
            request = request.header(*name, *value);
        }
        if is_post {
            let body: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
            request = request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"));
        }
        let answer = request.send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let (status, headers) = (answer.status(), answer.headers().clone());
        Page { status, headers, text: answer.text().await.unwrap() }
    }
}

impl Page {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// What every page keeps to.
    pub fn check(&self) {
        let policy = self.header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';") && !policy.contains("unsafe"), "{policy}");
        assert_eq!(self.header("cache-control"), "no-store");
        for what in ["<h1>", "<main", "class=\"skip\"", "<footer>", "lang=\"en\""] {
            assert_eq!(self.text.matches(what).count(), 1, "{what}: {}", self.text);
        }
        for what in ["<script", "style=\"", " onclick", "javascript:"] {
            assert!(!self.text.contains(what), "{what}: {}", self.text);
        }
        let menu = self.text.matches("<nav class=\"menu\"").count();
        assert!(menu <= 1 && self.text.split("</nav>").next().unwrap().matches("<li>").count() <= 8);
        for form in self.text.split("<form").skip(1).filter(|form| form.contains("method=\"post\"")) {
            let form = form.split("</form>").next().unwrap();
            assert!(form.contains("name=\"form_token\""), "a form without a token: {form}");
        }
    }

    pub fn says(&self, words: &str) -> &Page {
        assert!(self.plain().contains(words), "`{words}` is not in: {}", self.plain());
        self
    }

    pub fn does_not_say(&self, words: &str) -> &Page {
        assert!(!self.plain().contains(words), "`{words}` is in: {}", self.plain());
        self
    }

    /// The text without its tags.
    pub fn plain(&self) -> String {
        let body = self.text.split("<body").nth(1).unwrap_or(&self.text);
        let mut text = String::new();
        for part in body.split('<') {
            text.push_str(part.split_once('>').map_or(part, |(_, words)| words));
            text.push(' ');
        }
        let words: Vec<&str> = text.split_whitespace().collect();
        words.join(" ").replace("&quot;", "\"").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
    }

    /// The hidden fields of the form that goes to an address.
    pub fn hidden(&self, action: &str) -> Vec<(String, String)> {
        let mark = format!("action=\"{action}\"");
        let form = self.text.split("<form").find(|form| form.contains(&mark));
        let form = form.unwrap_or_else(|| panic!("no form to {action}: {}", self.text));
        let form = form.split("</form>").next().unwrap();
        let inputs = form.split("<input").filter(|input| input.contains("type=\"hidden\""));
        inputs.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect()
    }
}

/// A client that follows nothing by itself.
pub fn client() -> reqwest::Client {
    // Another test of this process may have installed it.
    let _ = rustls::crypto::ring::default_provider().install_default();
    reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap()
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    let value = value.unwrap_or_default().replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">");
    value.replace("&amp;", "&")
}

pub fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
