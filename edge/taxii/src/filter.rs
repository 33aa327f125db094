//! The filter of a request: its raw query string, read strictly (TAXII 2.1, section 3.4).
//!
//! A malformed or repeated parameter must be answered with 400, so each is a typed error with the parameter's name.
//! Parameters and match fields that the endpoint does not take are ignored, as the standard allows.

use std::borrow::Cow;
use std::collections::HashSet;

use crate::timestamp;

/// What a request asks for. The default asks for the latest version of everything.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Filter {
    /// Microseconds since 1970-01-01T00:00:00Z; only what was added strictly later.
    pub added_after: Option<i64>,
    /// Above zero; never more objects than this.
    pub limit: Option<u64>,
    /// Opaque; not to be trusted.
    pub next: Option<String>,
    /// Any of these; empty means any at all. The same for `types`.
    pub ids: Vec<String>,
    pub types: Vec<String>,
    pub versions: VersionMatch,
    /// Any of these; empty means the latest specification version of each object.
    pub spec_versions: Vec<String>,
}

/// Which versions of an object (section 3.4.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VersionMatch {
    All,
    /// Every version that one of these names.
    AnyOf(Vec<VersionPick>),
}

impl Default for VersionMatch {
    fn default() -> VersionMatch {
        VersionMatch::AnyOf(vec![VersionPick::Last])
    }
}

/// One version of an object.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum VersionPick {
    First,
    Last,
    /// The version of this time, in the form of [`timestamp::canonical`]; compare with the canonical form of `modified`.
    Exact(String),
}

/// What a request's query belongs to; each takes its own parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Endpoint {
    Objects,
    Object,
    Manifest,
    Versions,
    Delete,
}

/// A query parameter the standard defines.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Parameter {
    AddedAfter,
    Limit,
    Next,
    Id,
    Type,
    Version,
    SpecVersion,
}

/// Why a query is a bad request (400).
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FilterError {
    #[error("`{text}` is not percent-encoded UTF-8")]
    Encoding { text: String },
    #[error("`{name}` is given more than once")]
    Repeated { name: &'static str },
    #[error("`{value}` is not a value of `{name}`: {expected} is expected")]
    Malformed { name: &'static str, value: String, expected: &'static str },
    #[error("`all` and another version are in one `match[version]`")]
    AllWithOthers,
    #[error("version `{value}` is given more than once in `match[version]`")]
    RepeatedVersion { value: String },
}

/// Reads a raw query string, without its `?`.
pub fn parse(query: &str, endpoint: Endpoint) -> Result<Filter, FilterError> {
    let mut filter = Filter::default();
    let mut given = HashSet::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name)?;
        let Some(parameter) = Parameter::from_name(&name).filter(|&parameter| endpoint.takes(parameter)) else {
            continue;
        };
        if !given.insert(parameter) {
            return Err(FilterError::Repeated { name: parameter.name() });
        }
        set(&mut filter, parameter, &decode(value)?)?;
    }
    Ok(filter)
}

impl Endpoint {
    /// The standard's table for each endpoint (sections 5.3, 5.4, 5.6, 5.7 and 5.8).
    pub fn takes(self, parameter: Parameter) -> bool {
        use Parameter::{Id, SpecVersion, Type, Version};
        match self {
            Endpoint::Objects | Endpoint::Manifest => true,
            Endpoint::Object => !matches!(parameter, Id | Type),
            Endpoint::Versions => !matches!(parameter, Id | Type | Version),
            Endpoint::Delete => matches!(parameter, Version | SpecVersion),
        }
    }
}

impl Parameter {
    const ALL: [Parameter; 7] = [
        Parameter::AddedAfter,
        Parameter::Limit,
        Parameter::Next,
        Parameter::Id,
        Parameter::Type,
        Parameter::Version,
        Parameter::SpecVersion,
    ];

    /// Its name in a URL, not encoded.
    pub fn name(self) -> &'static str {
        match self {
            Parameter::AddedAfter => "added_after",
            Parameter::Limit => "limit",
            Parameter::Next => "next",
            Parameter::Id => "match[id]",
            Parameter::Type => "match[type]",
            Parameter::Version => "match[version]",
            Parameter::SpecVersion => "match[spec_version]",
        }
    }

    fn from_name(name: &str) -> Option<Parameter> {
        Parameter::ALL.into_iter().find(|parameter| parameter.name() == name)
    }
}

fn set(filter: &mut Filter, parameter: Parameter, value: &str) -> Result<(), FilterError> {
    let malformed = |expected| malformed(parameter, value, expected);
    match parameter {
        Parameter::AddedAfter => {
            let micros = timestamp::parse_micros(value).ok_or_else(|| malformed("a timestamp in UTC ending in `Z`"))?;
            filter.added_after = Some(micros);
        }
        Parameter::Limit => {
            // Digits only: the standard library would also take a leading plus.
            let digits = value.bytes().all(|byte| byte.is_ascii_digit());
            let limit = value.parse().ok().filter(|&limit| digits && limit > 0);
            filter.limit = Some(limit.ok_or_else(|| malformed("a whole number above zero"))?);
        }
        Parameter::Next if value.is_empty() => return Err(malformed("a value the server gave")),
        Parameter::Next => filter.next = Some(value.to_owned()),
        Parameter::Id => filter.ids = list(parameter, value)?,
        Parameter::Type => filter.types = list(parameter, value)?,
        Parameter::SpecVersion => filter.spec_versions = list(parameter, value)?,
        Parameter::Version => filter.versions = versions(&list(parameter, value)?)?,
    }
    Ok(())
}

/// Values between commas, none of them empty.
fn list(parameter: Parameter, value: &str) -> Result<Vec<String>, FilterError> {
    let values: Vec<String> = value.split(',').map(str::to_owned).collect();
    if values.iter().any(String::is_empty) {
        return Err(malformed(parameter, value, "a value, or several with a comma between each two"));
    }
    Ok(values)
}

fn versions(values: &[String]) -> Result<VersionMatch, FilterError> {
    let mut picks = Vec::new();
    let mut all = false;
    for value in values {
        let pick = match value.as_str() {
            "all" if all => return Err(FilterError::RepeatedVersion { value: shortened(value) }),
            "all" => {
                all = true;
                continue;
            }
            "first" => VersionPick::First,
            "last" => VersionPick::Last,
            time => VersionPick::Exact(timestamp::canonical(time).ok_or_else(|| {
                malformed(Parameter::Version, time, "`all`, `first`, `last` or a timestamp in UTC ending in `Z`")
            })?),
        };
        picks.push((pick, value));
    }
    let mut seen = HashSet::new();
    if let Some((_, value)) = picks.iter().find(|(pick, _)| !seen.insert(pick)) {
        return Err(FilterError::RepeatedVersion { value: shortened(value) });
    }
    match (all, picks.is_empty()) {
        (true, true) => Ok(VersionMatch::All),
        (true, false) => Err(FilterError::AllWithOthers),
        (false, _) => Ok(VersionMatch::AnyOf(picks.into_iter().map(|(pick, _)| pick).collect())),
    }
}

/// Form decoding, as HTTP clients encode queries: `%XX` is a byte, `+` a space.
fn decode(text: &str) -> Result<Cow<'_, str>, FilterError> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let wrong = || FilterError::Encoding { text: shortened(text) };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'%' => {
                let mut digit = || rest.next().and_then(|byte| char::from(byte).to_digit(16));
                let value = digit().zip(digit()).and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                value.ok_or_else(wrong)?
            }
            b'+' => b' ',
            other => other,
        });
    }
    String::from_utf8(bytes).map(Cow::Owned).map_err(|_| wrong())
}

fn malformed(parameter: Parameter, value: &str, expected: &'static str) -> FilterError {
    FilterError::Malformed { name: parameter.name(), value: shortened(value), expected }
}

/// Enough of an input to recognise it in an error message.
fn shortened(text: &str) -> String {
    const SHOWN_CHARS: usize = 80;
    match text.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests;
