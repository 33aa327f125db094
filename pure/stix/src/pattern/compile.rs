//! From a pattern's tree to exact terms, and plain reasons for what cannot be looked for exactly.

use super::PatternError;
use super::syntax::parse;
use super::tree::{Comparison, Literal, ObjectPath, Observation, Operator, PropertyTest, Qualifier, Step};
use crate::normal;
use crate::term::Term;

/// A pattern as exact terms.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Compiled {
    /// The pattern holds exactly if any one of these is seen (or if something in `unsupported` holds). Without terms
    /// there is nothing to search for. No term is listed twice.
    pub terms: Vec<Term>,
    /// Why parts of the pattern are not looked for, in plain words.
    pub unsupported: Vec<String>,
}

/// Reads a pattern and compiles it. A part that is not an exact match is never widened into one: it is left out and
/// named in `unsupported`.
pub fn compile(pattern: &str) -> Result<Compiled, PatternError> {
    let observation = parse(pattern)?;
    let mut compiled = Compiled::default();
    compile_observation(&observation, &mut compiled);
    let mut seen = std::collections::HashSet::with_capacity(compiled.terms.len());
    compiled.terms.retain(|term| seen.insert(term.clone()));
    Ok(compiled)
}

fn compile_observation(observation: &Observation, compiled: &mut Compiled) {
    match observation {
        Observation::Test(comparison) => compile_comparison(comparison, compiled),
        Observation::Any(parts) => parts.iter().for_each(|part| compile_observation(part, compiled)),
        Observation::All(_) => {
            compiled.refuse("`AND` between observations needs several events together, not one exact match");
        }
        Observation::FollowedBy(_) => {
            compiled.refuse("`FOLLOWEDBY` needs several events in order, not one exact match");
        }
        Observation::Qualified(_, qualifiers) => {
            for qualifier in qualifiers {
                compiled.refuse(match qualifier {
                    Qualifier::Within { .. } => "`WITHIN` limits the time between events, which is not looked at",
                    Qualifier::Repeats { .. } => "`REPEATS` counts events, which is not looked at",
                    Qualifier::StartStop { .. } => "`START … STOP` limits the time, which is not looked at",
                });
            }
        }
    }
}

fn compile_comparison(comparison: &Comparison, compiled: &mut Compiled) {
    match comparison {
        Comparison::Test(test) => match compile_test(test) {
            Ok(terms) => compiled.terms.extend(terms),
            Err(reason) => compiled.unsupported.push(reason),
        },
        Comparison::Any(parts) => parts.iter().for_each(|part| compile_comparison(part, compiled)),
        Comparison::All(_) => compiled.refuse("`AND` needs several properties together, not one exact match"),
    }
}

impl Compiled {
    fn refuse(&mut self, reason: &str) {
        self.unsupported.push(reason.to_owned());
    }
}

/// All values of one test or none: a list of which only a part can be looked for is reported as a whole.
fn compile_test(test: &PropertyTest) -> Result<Vec<Term>, String> {
    if test.negated {
        return Err(format!("`NOT {}` is not an exact match", test.operator.text()));
    }
    if !matches!(test.operator, Operator::Equal | Operator::In | Operator::IsSubset) {
        return Err(format!("`{}` is not an exact match", test.operator.text()));
    }
    let property = property(&test.path).ok_or_else(|| format!("`{}` is not looked for in logs", test.path))?;
    if test.operator == Operator::IsSubset && !property.is_address() {
        return Err(format!("`ISSUBSET` on `{}` is not an exact match", test.path));
    }
    if test.values.is_empty() {
        return Err("`IN` with an empty list never holds".to_owned());
    }
    test.values.iter().map(|value| term(property, test.operator, value)).collect()
}

/// The properties that logs show.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Property {
    Ipv4,
    Ipv6,
    Endpoint,
    Domain,
    Url,
    Hash,
    UserAgent,
}

impl Property {
    fn is_address(self) -> bool {
        matches!(self, Self::Ipv4 | Self::Ipv6 | Self::Endpoint)
    }
}

fn property(path: &ObjectPath) -> Option<Property> {
    // A header's value is a list of texts, so feeds write `'User-Agent'`, `'User-Agent'[*]` or `'User-Agent'[0]`.
    let steps = match path.steps.split_last() {
        Some((Step::AnyElement | Step::Index(0), header)) if path.object_type == "network-traffic" => header,
        _ => path.steps.as_slice(),
    };
    let mut keys = steps.iter();
    let mut next = || match keys.next() {
        Some(Step::Key(key)) => Some(key.as_str()),
        Some(_) => Some("["),
        None => None,
    };
    let steps = (next(), next(), next(), next(), next());
    match (path.object_type.as_str(), steps) {
        ("ipv4-addr", (Some("value"), None, ..)) => Some(Property::Ipv4),
        ("ipv6-addr", (Some("value"), None, ..)) => Some(Property::Ipv6),
        ("domain-name", (Some("value"), None, ..)) => Some(Property::Domain),
        ("url", (Some("value"), None, ..)) => Some(Property::Url),
        ("network-traffic", (Some("src_ref" | "dst_ref"), Some("value"), None, ..)) => Some(Property::Endpoint),
        (
            "network-traffic",
            (Some("extensions"), Some("http-request-ext"), Some("request_header"), Some(header), None),
        ) if header.eq_ignore_ascii_case("User-Agent") => Some(Property::UserAgent),
        ("file", (Some("hashes"), Some(_), None, ..)) if hash_algorithm(path).is_some() => Some(Property::Hash),
        _ => None,
    }
}

/// Length in hexadecimal digits and name of the hash that a path `….hashes.NAME` speaks of, for the algorithms that
/// [`Term::Hash`] knows. Names are compared without hyphens and case, since feeds write them in many ways.
pub(super) fn hash_algorithm(path: &ObjectPath) -> Option<(usize, &'static str)> {
    let mut from_the_end = path.steps.iter().rev();
    let (Some(Step::Key(name)), Some(Step::Key(parent))) = (from_the_end.next(), from_the_end.next()) else {
        return None;
    };
    if parent != "hashes" {
        return None;
    }
    match name.replace(['-', '_'], "").to_ascii_uppercase().as_str() {
        "MD5" => Some((32, "MD5")),
        "SHA1" => Some((40, "SHA-1")),
        "SHA256" => Some((64, "SHA-256")),
        "SHA512" => Some((128, "SHA-512")),
        _ => None,
    }
}

fn term(property: Property, operator: Operator, value: &Literal) -> Result<Term, String> {
    let Literal::Text(text) = value else {
        return Err("the value is not a text".to_owned());
    };
    let network = |(first, last)| Term::Network { first, last };
    let found = match property {
        Property::Ipv4 => normal::network(text).filter(|(first, _)| normal::as_v4(*first).is_some()).map(network),
        Property::Ipv6 => normal::network(text).filter(|_| text.contains(':')).map(network),
        Property::Endpoint => normal::network(text).map(network).or_else(|| {
            let domain = if operator == Operator::IsSubset { None } else { normal::domain(text) };
            domain.map(Term::Domain)
        }),
        Property::Domain => normal::domain(text).map(Term::Domain),
        Property::Url => normal::url(text).map(Term::Url),
        Property::Hash => normal::hash(text).map(Term::Hash),
        Property::UserAgent => (!text.is_empty()).then(|| Term::UserAgent(text.clone())),
    };
    found.ok_or_else(|| format!("`{text}` is not a valid {}", property.expected()))
}

impl Property {
    fn expected(self) -> &'static str {
        match self {
            Self::Ipv4 => "IPv4 address or network",
            Self::Ipv6 => "IPv6 address or network",
            Self::Endpoint => "address, network or domain name",
            Self::Domain => "domain name",
            Self::Url => "URL",
            Self::Hash => "hash",
            Self::UserAgent => "user agent",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, terms: &[&str], unsupported: usize) {
        let compiled = compile(pattern).unwrap_or_else(|error| panic!("{pattern}: {error}"));
        let texts: Vec<String> = compiled.terms.iter().map(|term| format!("{} {}", term.kind(), term.text())).collect();
        assert_eq!(texts, terms, "{pattern}");
        assert_eq!(compiled.unsupported.len(), unsupported, "{pattern}: {:?}", compiled.unsupported);
    }

    #[test]
    fn exact_values_become_terms() {
        check("[ipv4-addr:value = '192.0.2.1']", &["address 192.0.2.1"], 0);
        check("[ipv4-addr:value = '192.0.2.9/24']", &["network 192.0.2.0/24"], 0);
        check("[ipv4-addr:value ISSUBSET '192.0.2.0/24']", &["network 192.0.2.0/24"], 0);
        check("[ipv6-addr:value = '2001:DB8::1']", &["address 2001:db8::1"], 0);
        check("[ipv4-addr:value IN ('192.0.2.1', '192.0.2.2')]", &["address 192.0.2.1", "address 192.0.2.2"], 0);
        check(
            "[network-traffic:src_ref.value = '192.0.2.1' OR network-traffic:dst_ref.value = 'Example.COM.']",
            &["address 192.0.2.1", "domain example.com"],
            0,
        );
        check("[url:value = 'HTTP://Example.com:80/%7Ea?b#c']", &["url example.com/~a?b"], 0);
        let md5 = "D41D8CD98F00B204E9800998ECF8427E";
        for key in ["MD5", "'MD5'", "md5"] {
            check(&format!("[file:hashes.{key} = '{md5}']"), &[&format!("hash {}", md5.to_lowercase())], 0);
        }
        let agent = "network-traffic:extensions.'http-request-ext'.request_header.'User-Agent'";
        check(&format!("[{agent} = 'sqlmap/1.0 (it\\'s)']"), &["user-agent sqlmap/1.0 (it's)"], 0);
        check(&format!("[{agent}[0] = 'sqlmap']"), &["user-agent sqlmap"], 0);
        check("([url:value='a.example/x'] OR [url:value='a.example/x'])", &["url a.example/x"], 0);
    }

    #[test]
    fn nothing_is_widened() {
        check("[domain-name:value LIKE '%.example.com']", &[], 1);
        check("[domain-name:value MATCHES 'example']", &[], 1);
        check("[domain-name:value != 'example.com']", &[], 1);
        check("[ipv4-addr:value NOT = '192.0.2.1']", &[], 1);
        check("[ipv4-addr:value NOT ISSUBSET '192.0.2.0/24']", &[], 1);
        check("[ipv4-addr:value ISSUPERSET '192.0.2.0/24']", &[], 1);
        check("[EXISTS ipv4-addr:value]", &[], 1);
        check("[ipv4-addr:value = '192.0.2.1' AND ipv4-addr:value = '192.0.2.2']", &[], 1);
        check("[ipv4-addr:value = '192.0.2.1'] AND [ipv4-addr:value = '192.0.2.2']", &[], 1);
        check("[ipv4-addr:value = '192.0.2.1'] FOLLOWEDBY [ipv4-addr:value = '192.0.2.2']", &[], 1);
        check("[ipv4-addr:value = '192.0.2.1'] WITHIN 5 SECONDS", &[], 1);
        check("[ipv4-addr:value = '192.0.2.1'] REPEATS 5 TIMES WITHIN 5 SECONDS", &[], 2);
        check("[email-addr:value = 'a@example.com']", &[], 1);
        check("[file:hashes[*] = 'd41d8cd98f00b204e9800998ecf8427e']", &[], 1);
        check("[domain-name:value ISSUBSET '192.0.2.0/24']", &[], 1);
        check("[ipv4-addr:value = '2001:db8::1']", &[], 1);
        check("[ipv4-addr:value = 5]", &[], 1);
        check("[ipv4-addr:value IN ()]", &[], 1);
        check("[ipv4-addr:value IN ('192.0.2.1', 'nonsense')]", &[], 1);
        // The part that is exact is looked for, the other is named.
        check("[ipv4-addr:value = '192.0.2.1' OR file:name = 'a.dll']", &["address 192.0.2.1"], 1);
        check(
            "[ipv4-addr:value = '192.0.2.1'] OR ([url:value = 'a.example/'] AND [file:name = 'x'])",
            &["address 192.0.2.1"],
            1,
        );
    }

    #[test]
    fn reasons_are_plain() {
        let reason = |pattern: &str| compile(pattern).unwrap().unsupported.join("; ");
        assert_eq!(reason("[url:value LIKE 'a%']"), "`LIKE` is not an exact match");
        assert_eq!(reason("[file:name = 'a.dll']"), "`file:name` is not looked for in logs");
    }
}
