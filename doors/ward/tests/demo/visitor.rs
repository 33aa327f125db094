//! Somebody with a browser without script: keeps cookies, reads pages, sends the forms that are on them.

use std::collections::BTreeMap;

use reqwest::redirect::Policy;

/// What everything in a demonstration bears.
pub const NOTICE: &str = "RECONSTRUCTION, INVENTED LOGS";

pub struct Visitor {
    /// `http://127.0.0.1:PORT`.
    pub place: String,
    cookies: BTreeMap<String, String>,
    pub http: reqwest::Client,
}

pub struct Page {
    pub status: u16,
    pub media_type: String,
    pub location: String,
    /// The header that all answers of a demonstration have.
    pub notice: String,
    pub text: String,
}

impl Visitor {
    pub fn at(place: &str) -> Visitor {
        // Another test of this process may have installed it.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = reqwest::Client::builder().redirect(Policy::none()).no_proxy().build().unwrap();
        Visitor { place: place.to_owned(), cookies: BTreeMap::new(), http }
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.ask(self.http.get(format!("{}{path}", self.place))).await
    }

    /// A page that must be there, and says what it is of.
    pub async fn page(&mut self, path: &str) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{}{path}: {}", self.place, page.text);
        page.says_what_it_is(path);
        page
    }

    pub async fn send(&mut self, form: &Form) -> Page {
        let body: Vec<String> = form.fields.iter().map(|(name, value)| format!("{name}={}", encoded(value))).collect();
        let request = self.http.post(format!("{}{}", self.place, form.action));
        self.ask(request.header("content-type", "application/x-www-form-urlencoded").body(body.join("&"))).await
    }

    async fn ask(&mut self, request: reqwest::RequestBuilder) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let answer = request.header("cookie", cookies.join("; ")).send().await.unwrap();
        for cookie in answer.headers().get_all("set-cookie") {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
        let header = |name: &str| {
            answer.headers().get(name).map_or_else(String::new, |value| value.to_str().unwrap().to_owned())
        };
        let (media_type, location, notice) = (header("content-type"), header("location"), header("ward-notice"));
        let status = answer.status().as_u16();
        Page { status, media_type, location, notice, text: answer.text().await.unwrap() }
    }
}

/// A form of a page, with its hidden fields.
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
    /// The words of its button.
    pub button: String,
}

impl Form {
    pub fn field(&self, name: &str) -> &str {
        self.fields.iter().find(|(given, _)| given == name).map_or("", |(_, value)| value.as_str())
    }
}

impl Page {
    pub fn says_what_it_is(&self, path: &str) {
        assert_eq!(self.notice, NOTICE, "{path}");
        if self.media_type.starts_with("text/html") {
            assert!(self.text.matches(NOTICE).count() >= 2, "above and below: {path}: {}", self.text);
        } else if self.media_type.starts_with("text/csv") {
            let mut lines = self.text.lines();
            assert!(lines.next().is_some_and(|head| head.ends_with("\"notice\"")), "{path}: {}", self.text);
            assert!(lines.all(|line| line.ends_with(&format!("\"{NOTICE}\""))), "{path}: {}", self.text);
        }
    }

    /// The forms that are sent by POST.
    pub fn forms(&self) -> Vec<Form> {
        let forms = self.text.split("<form").skip(1).filter(|form| form.contains("method=\"post\""));
        let form = |form: &str| {
            let form = form.split("</form>").next().unwrap_or_default();
            let hidden = form.split("<input").filter(|input| input.contains("type=\"hidden\""));
            let button =
                form.split("<button").nth(1).and_then(|rest| rest.split_once('>')).map_or("", |(_, rest)| rest);
            Form {
                action: attribute(form, "action"),
                fields: hidden.map(|input| (attribute(input, "name"), attribute(input, "value"))).collect(),
                button: button.split('<').next().unwrap_or_default().to_owned(),
            }
        };
        forms.map(form).collect()
    }

    /// The addresses that it leads to.
    pub fn links(&self) -> Vec<String> {
        let body = self.text.split("<body").nth(1).unwrap_or_default();
        body.split("href=\"").skip(1).map(|rest| plain(rest.split('"').next().unwrap_or_default())).collect()
    }

    /// The text without its tags.
    pub fn words(&self) -> String {
        let body = self.text.split("<body").nth(1).unwrap_or(&self.text);
        let words: String = body.split('<').map(|part| part.split_once('>').map_or(part, |(_, words)| words)).collect();
        plain(&words)
    }

    /// What stands in each block of commands.
    pub fn commands(&self) -> Vec<String> {
        let blocks = self.text.split("<pre").skip(1).filter_map(|rest| rest.split_once('>'));
        blocks.map(|(_, rest)| plain(rest.split("</pre>").next().unwrap_or_default())).collect()
    }
}

fn attribute(tag: &str, name: &str) -> String {
    let value = tag.split(&format!(" {name}=\"")).nth(1).and_then(|rest| rest.split('"').next());
    plain(value.unwrap_or_default())
}

fn plain(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn encoded(text: &str) -> String {
    let keep = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    text.bytes().map(|byte| if keep(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") }).collect()
}
