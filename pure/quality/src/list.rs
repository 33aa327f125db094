//! One list of values that many share, in the JSON of MISP's warning lists or as plain lines.
//!
//! The format (MISP/misp-warninglists, `schema.json`): `name`, `version`, `type` (`cidr`, `hostname`, `string`, `substring` or `regex`) and `list`. Ward's
//! own lists add `source` and `as_of`, the day for which a list is right. A plain list has one address, network or name a line, as Tor's list of exits has.

use regex::{Regex, RegexSet, RegexSetBuilder};
use serde::Deserialize;
use ward_stix::normal;
use ward_stix::term::Term;
use ward_stix::timestamp::parse_micros;

/// Most values in one list.
pub const VALUES_MAX: usize = 2_000_000;
/// Most memory that the expressions of one list may need, in bytes.
const EXPRESSIONS_BYTES: usize = 64 << 20;

/// Why a text is no list.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// No JSON, or a property is missing or of another form.
    #[error("not a warning list: {0}")]
    Json(#[from] serde_json::Error),
    /// A type that is not known.
    #[error("`{0}` is not a type of warning list: cidr, hostname, string, substring or regex")]
    Type(String),
    /// Nothing in it can be used.
    #[error("the list holds nothing that can be used{}", .0.as_ref().map(|first| format!(": {first}")).unwrap_or_default())]
    Empty(Option<String>),
    /// More than is read.
    #[error("the list holds more than {VALUES_MAX} values")]
    TooLong,
    /// Its expressions need too much memory.
    #[error("its expressions cannot be used together: {0}")]
    Expressions(#[source] Box<regex::Error>),
}

/// What the values of a list are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Cidr,
    Hostname,
    String,
    Substring,
    Regex,
}

#[derive(Deserialize)]
struct Written {
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    as_of: Option<String>,
    #[serde(default)]
    version: serde_json::Value,
    #[serde(rename = "type")]
    kind: String,
    list: Vec<String>,
}

/// A list, ready to be asked.
#[derive(Clone, Debug)]
pub struct WarningList {
    /// Its name.
    pub name: String,
    /// Why a value on it says little, in plain words; may be empty.
    pub why: String,
    /// Where it is from.
    pub source: String,
    /// As it is written.
    pub version: String,
    /// For which day it is right, microseconds; none where it does not say.
    pub as_of: Option<i64>,
    /// How many values can be used.
    pub values: usize,
    /// Values that cannot be used, with the reason.
    pub unusable: Vec<String>,
    matcher: Matcher,
}

/// Every way of asking takes time linear in the value asked, or logarithmic in the list.
#[derive(Clone, Debug)]
enum Matcher {
    /// Networks in order, none touching another.
    Networks(Vec<(u128, u128)>),
    /// Names in order.
    Hosts(Vec<String>),
    /// Texts in order.
    Texts(Vec<String>),
    /// All texts as one expression.
    Parts(Box<Regex>),
    Expressions(Box<RegexSet>),
}

impl WarningList {
    /// Reads the JSON of a warning list.
    pub fn read(json: &[u8]) -> Result<Self, ListError> {
        let written: Written = serde_json::from_slice(json)?;
        let kind = match written.kind.as_str() {
            "cidr" => Kind::Cidr,
            "hostname" => Kind::Hostname,
            "string" => Kind::String,
            "substring" => Kind::Substring,
            "regex" => Kind::Regex,
            other => return Err(ListError::Type(other.to_owned())),
        };
        let version = match &written.version {
            serde_json::Value::String(text) => text.clone(),
            serde_json::Value::Null => String::new(),
            other => other.to_string(),
        };
        let as_of = written.as_of.as_deref().and_then(day).or_else(|| day_of_version(&version));
        let (matcher, values, unusable) = matcher(kind, &written.list)?;
        Ok(Self {
            name: written.name,
            why: written.description,
            source: written.source,
            version,
            as_of,
            values,
            unusable,
            matcher,
        })
    }

    /// Reads plain lines: an address, a network or a name on each, or Tor's `ExitAddress ADDRESS DATE TIME`; what follows `#` is a comment.
    pub fn read_lines(text: &str, name: &str, source: &str, as_of: Option<i64>) -> Result<Self, ListError> {
        let (mut networks, mut hosts) = (Vec::new(), Vec::new());
        for line in text.lines() {
            let line = line.split('#').next().unwrap_or_default().trim();
            let mut words = line.split_whitespace();
            let value = match words.next() {
                None => continue,
                Some("ExitAddress") => words.next().unwrap_or_default(),
                // The other lines of Tor's own format.
                Some("ExitNode" | "Published" | "LastStatus") => continue,
                Some(word) => word,
            };
            let list = if normal::network(value).is_some() { &mut networks } else { &mut hosts };
            list.push(value.to_owned());
        }
        let (kind, list) = if networks.is_empty() { (Kind::Hostname, hosts) } else { (Kind::Cidr, networks) };
        let (matcher, values, unusable) = matcher(kind, &list)?;
        Ok(Self {
            name: name.to_owned(),
            why: String::new(),
            source: source.to_owned(),
            version: String::new(),
            as_of,
            values,
            unusable,
            matcher,
        })
    }

    /// The same list under what its owner says of it.
    #[must_use]
    pub fn called(self, name: &str, source: &str, as_of: Option<i64>) -> Self {
        Self { name: name.to_owned(), source: source.to_owned(), as_of, ..self }
    }

    /// Whether what a term looks for is on the list.
    pub fn holds(&self, term: &Term) -> bool {
        match &self.matcher {
            Matcher::Networks(networks) => range_of(term).is_some_and(|range| overlaps(networks, range)),
            Matcher::Hosts(hosts) => host_of(term).is_some_and(|host| is_under(hosts, &host)),
            Matcher::Texts(texts) => texts.binary_search(&term.text()).is_ok(),
            Matcher::Parts(parts) => parts.is_match(&term.text()),
            Matcher::Expressions(expressions) => expressions.is_match(&term.text()),
        }
    }
}

fn matcher(kind: Kind, list: &[String]) -> Result<(Matcher, usize, Vec<String>), ListError> {
    if list.len() > VALUES_MAX {
        return Err(ListError::TooLong);
    }
    let mut unusable = Vec::new();
    let (matcher, values) = match kind {
        Kind::Cidr => {
            let networks = usable(list, &mut unusable, "is no network", normal::network);
            (Matcher::Networks(merged(networks.clone())), networks.len())
        }
        Kind::Hostname => {
            let name = |text: &str| normal::domain(text.trim_start_matches('.'));
            let hosts = in_order(usable(list, &mut unusable, "is no name of a host", name));
            let values = hosts.len();
            (Matcher::Hosts(hosts), values)
        }
        Kind::String => {
            let texts = in_order(usable(list, &mut unusable, "is empty", normal_text));
            let values = texts.len();
            (Matcher::Texts(texts), values)
        }
        Kind::Substring => {
            let long = |text: &str| (!text.trim().is_empty()).then(|| regex::escape(text.trim()));
            let parts = usable(list, &mut unusable, "is empty", long);
            (Matcher::Parts(Box::new(one_of(&parts)?)), parts.len())
        }
        Kind::Regex => {
            let expressions =
                usable(list, &mut unusable, "is no expression that is searched in linear time", expression);
            let set = RegexSetBuilder::new(&expressions).size_limit(EXPRESSIONS_BYTES).build();
            (
                Matcher::Expressions(Box::new(set.map_err(|error| ListError::Expressions(Box::new(error)))?)),
                expressions.len(),
            )
        }
    };
    if values == 0 {
        return Err(ListError::Empty(unusable.into_iter().next()));
    }
    Ok((matcher, values, unusable))
}

fn usable<T>(list: &[String], unusable: &mut Vec<String>, why: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
    let mut found = Vec::with_capacity(list.len());
    for text in list {
        match read(text.trim()) {
            Some(value) => found.push(value),
            None => unusable.push(format!("`{text}` {why}")),
        }
    }
    found
}

/// As terms are written, where it is one.
fn normal_text(text: &str) -> Option<String> {
    let term = ward_stix::extract::term_of_value(text).map(|term| term.text());
    term.or_else(|| (!text.is_empty()).then(|| text.to_owned()))
}

fn in_order(mut values: Vec<String>) -> Vec<String> {
    values.sort_unstable();
    values.dedup();
    values
}

fn merged(mut networks: Vec<(u128, u128)>) -> Vec<(u128, u128)> {
    networks.sort_unstable();
    let mut merged: Vec<(u128, u128)> = Vec::with_capacity(networks.len());
    for (first, last) in networks {
        match merged.last_mut() {
            Some((_, end)) if first <= *end => *end = last.max(*end),
            _ => merged.push((first, last)),
        }
    }
    merged
}

fn overlaps(networks: &[(u128, u128)], (first, last): (u128, u128)) -> bool {
    let place = networks.partition_point(|(_, end)| *end < first);
    networks.get(place).is_some_and(|(begin, _)| *begin <= last)
}

/// The addresses that a term is about: its own, or those of a URL whose host is an address.
fn range_of(term: &Term) -> Option<(u128, u128)> {
    match term {
        Term::Network { first, last } => Some((*first, *last)),
        Term::Url(_) => host_of(term).and_then(|host| normal::address(&host)).map(|address| (address, address)),
        _ => None,
    }
}

fn host_of(term: &Term) -> Option<String> {
    match term {
        Term::Domain(name) => Some(name.clone()),
        Term::Url(url) => {
            let host = normal::host_of(url);
            let port = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            Some(match host.rsplit_once(':') {
                Some((name, digits)) if port(digits) && (!name.contains(':') || name.ends_with(']')) => name.to_owned(),
                _ => host.to_owned(),
            })
        }
        _ => None,
    }
}

/// Whether a name is one of these or below one: as many look-ups as it has labels.
fn is_under(hosts: &[String], name: &str) -> bool {
    let mut rest = Some(name);
    while let Some(tail) = rest {
        if hosts.binary_search_by(|host| host.as_str().cmp(tail)).is_ok() {
            return true;
        }
        rest = tail.split_once('.').map(|(_, tail)| tail);
    }
    false
}

fn one_of(parts: &[String]) -> Result<Regex, ListError> {
    let built = regex::RegexBuilder::new(&parts.join("|")).case_insensitive(true).size_limit(EXPRESSIONS_BYTES).build();
    built.map_err(|error| ListError::Expressions(Box::new(error)))
}

/// An expression as PHP writes it, `/…/i`, or bare; the letters after it that are known are kept.
fn expression(text: &str) -> Option<String> {
    let inner = text.strip_prefix('/').and_then(|rest| rest.rsplit_once('/'));
    let (inner, flags) =
        inner.filter(|(_, flags)| flags.bytes().all(|flag| b"imsux".contains(&flag))).unwrap_or((text, ""));
    let inner = inner.replace("\\/", "/");
    let flags: String = flags.chars().filter(|flag| "imsx".contains(*flag)).collect();
    let whole = if flags.is_empty() { inner } else { format!("(?{flags}){inner}") };
    (!text.is_empty() && Regex::new(&whole).is_ok()).then_some(whole)
}

/// `YYYY-MM-DD`.
pub fn day(text: &str) -> Option<i64> {
    parse_micros(&format!("{text}T00:00:00Z"))
}

/// Most lists have the day as their version: 20241104.
fn day_of_version(version: &str) -> Option<i64> {
    let (year, month, date) = (version.get(..4)?, version.get(4..6)?, version.get(6..8)?);
    (version.len() == 8).then(|| day(&format!("{year}-{month}-{date}"))).flatten()
}
