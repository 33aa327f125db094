//! Indicators that would match half the world: quarantined with the reason, since a hit on them says nothing.
//!
//! Address blocks follow the IANA special-purpose registries (RFC 6890 and its updates). Documentation blocks are not
//! broad: reconstructions and exercises use them. The lists of suffixes, hosts and user agents are short on purpose:
//! they hold what has actually turned up in published indicator lists.

use crate::normal;
use crate::term::Term;

/// The reason why one of the terms is too broad to search for, in plain words; `None` when none is.
pub fn too_broad(terms: &[Term]) -> Option<String> {
    terms.iter().find_map(|term| match term {
        Term::Network { first, last } => broad_network(*first, *last),
        Term::Domain(domain) => broad_domain(domain),
        Term::Url(url) => broad_url(url),
        Term::Hash(hash) => broad_hash(hash),
        Term::UserAgent(agent) => broad_agent(agent),
    })
}

/// Largest networks that are searched: IPv4 /16 and IPv6 /32, as numbers of addresses less one.
const LARGEST_IPV4_SPAN: u128 = 0xffff;
const LARGEST_IPV6_SPAN: u128 = u128::MAX >> 32;

const SPECIAL_BLOCKS: [(&str, &str); 14] = [
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("172.16.0.0/12", "private"),
    ("192.168.0.0/16", "private"),
    ("100.64.0.0/10", "carrier-grade NAT"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved or broadcast"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
];

fn broad_network(first: u128, last: u128) -> Option<String> {
    let text = normal::format_network(first, last);
    let (largest, limit) = match (normal::as_v4(first), normal::as_v4(last)) {
        (Some(_), Some(_)) => (LARGEST_IPV4_SPAN, "/16"),
        _ => (LARGEST_IPV6_SPAN, "/32"),
    };
    if last.saturating_sub(first) > largest {
        return Some(format!("the network {text} is larger than a {limit}"));
    }
    SPECIAL_BLOCKS.iter().find_map(|(block, kind)| {
        let (block_first, block_last) = normal::network(block)?;
        let overlaps = first <= block_last && block_first <= last;
        overlaps.then(|| format!("{text} is {kind}: it names no one in particular"))
    })
}

/// Suffixes under which others register names, beyond single labels.
const PUBLIC_SUFFIXES: [&str; 38] = [
    "ac.uk",
    "co.uk",
    "gov.uk",
    "me.uk",
    "net.uk",
    "nhs.uk",
    "org.uk",
    "police.uk",
    "com.au",
    "edu.au",
    "gov.au",
    "net.au",
    "org.au",
    "co.jp",
    "ne.jp",
    "or.jp",
    "co.kr",
    "co.nz",
    "govt.nz",
    "co.za",
    "co.in",
    "gov.in",
    "com.br",
    "com.cn",
    "com.mx",
    "com.ru",
    "msk.ru",
    "com.tr",
    "com.ua",
    "gov.ua",
    "in.ua",
    "kiev.ua",
    "fed.us",
    "nsn.us",
    "github.io",
    "blogspot.com",
    "herokuapp.com",
    "duckdns.org",
];

/// Second-level names of the locality domains `NAME.XX.us` (RFC 1480).
const US_LOCALITY_NAMES: [&str; 10] = ["cc", "ci", "co", "cog", "dst", "gen", "k12", "lib", "state", "tec"];

const EVERYBODYS_HOSTS: [&str; 58] = [
    "1.1.1.1",
    "8.8.8.8",
    "adobe.com",
    "akamai.net",
    "akamaiedge.net",
    "akamaihd.net",
    "amazon.com",
    "amazonaws.com",
    "aol.com",
    "apple.com",
    "azure.com",
    "azureedge.net",
    "baidu.com",
    "bing.com",
    "bit.ly",
    "cdn.jsdelivr.net",
    "cloudflare.com",
    "cloudfront.net",
    "doubleclick.net",
    "download.windowsupdate.com",
    "drive.google.com",
    "dropbox.com",
    "facebook.com",
    "fastly.net",
    "github.com",
    "githubusercontent.com",
    "gmail.com",
    "goo.gl",
    "google-analytics.com",
    "google.com",
    "googleapis.com",
    "googleusercontent.com",
    "gstatic.com",
    "hotmail.com",
    "icloud.com",
    "instagram.com",
    "linkedin.com",
    "live.com",
    "login.live.com",
    "login.microsoftonline.com",
    "mail.google.com",
    "mail.ru",
    "mail.yahoo.com",
    "microsoft.com",
    "microsoftonline.com",
    "msn.com",
    "office.com",
    "office365.com",
    "outlook.com",
    "paypal.com",
    "t.co",
    "twitter.com",
    "wikipedia.org",
    "windows.com",
    "windowsupdate.com",
    "yahoo.com",
    "yandex.ru",
    "youtube.com",
];

fn broad_domain(domain: &str) -> Option<String> {
    if !domain.contains('.') {
        return Some(format!("`{domain}` is a single label, not a host on the internet"));
    }
    if is_public_suffix(domain) {
        return Some(format!("`{domain}` is a suffix under which many parties have their names"));
    }
    is_everybodys_host(domain).then(|| format!("`{domain}` is a host that everyone uses"))
}

fn is_public_suffix(domain: &str) -> bool {
    if PUBLIC_SUFFIXES.contains(&domain) {
        return true;
    }
    let labels: Vec<&str> = domain.split('.').collect();
    match labels.as_slice() {
        [state, "us"] => state.len() == 2,
        [name, state, "us"] => state.len() == 2 && US_LOCALITY_NAMES.contains(name),
        _ => false,
    }
}

fn is_everybodys_host(host: &str) -> bool {
    let bare = host.strip_prefix("www.").unwrap_or(host);
    EVERYBODYS_HOSTS.contains(&bare)
}

/// Only a URL without a path of its own is as broad as its host.
fn broad_url(url: &str) -> Option<String> {
    if normal::host_less(url) != "/" {
        return None;
    }
    let host = normal::host_of(url);
    let host = host.split_once(':').map_or(host, |(name, _)| name);
    if host.starts_with('[') || normal::address(host).is_some() {
        return None;
    }
    broad_domain(host)
}

const SHORTEST_AGENT: usize = 6;
const BROWSER_BEGINNINGS: [&str; 12] = [
    "Mozilla/5.0 (Windows NT",
    "Mozilla/5.0 (Windows; U; Windows NT",
    "Mozilla/5.0 (Macintosh",
    "Mozilla/5.0 (X11",
    "Mozilla/5.0 (iPhone",
    "Mozilla/5.0 (iPad",
    "Mozilla/5.0 (iPod",
    "Mozilla/5.0 (Linux; Android",
    "Mozilla/5.0 (Linux; U; Android",
    "Mozilla/5.0 (Android",
    "Mozilla/5.0 (compatible; MSIE",
    "Mozilla/5.0 (compatible; Googlebot",
];

fn broad_agent(agent: &str) -> Option<String> {
    let agent = agent.trim();
    if agent.chars().count() < SHORTEST_AGENT {
        return Some(format!("the user agent `{agent}` has fewer than {SHORTEST_AGENT} characters"));
    }
    let is_old_explorer = agent.starts_with("Mozilla/4.0 (compatible; MSIE");
    (is_old_explorer || BROWSER_BEGINNINGS.iter().any(|beginning| agent.starts_with(beginning)))
        .then(|| "the user agent is that of an ordinary browser".to_owned())
}

/// MD5, SHA-1, SHA-256 and SHA-512 of nothing.
const EMPTY_FILE_HASHES: [&str; 4] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "cf83e1357eefb8bdf1542850d66d8007d620e4050b5715dc83f4a921d36ce9ce47d0d13c5d85f2b0ff8318d2877eec2f63b931bd47417a81a538327af927da3e",
];

fn broad_hash(hash: &str) -> Option<String> {
    if EMPTY_FILE_HASHES.contains(&hash) {
        return Some("the hash is that of an empty file".to_owned());
    }
    let first = hash.chars().next()?;
    hash.chars().all(|digit| digit == first).then(|| "the hash is one digit repeated, a placeholder".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::compile;

    fn check(pattern: &str, reason_part: Option<&str>) {
        let terms = compile(pattern).unwrap().terms;
        assert!(!terms.is_empty(), "{pattern}");
        match (too_broad(&terms), reason_part) {
            (Some(reason), Some(part)) => assert!(reason.contains(part), "{pattern}: {reason}"),
            (found, expected) => assert_eq!(found.as_deref(), expected, "{pattern}"),
        }
    }

    #[test]
    fn addresses_that_name_no_one() {
        let cases = [
            ("0.0.0.0/0", Some("larger than a /16")),
            ("198.50.0.0/15", Some("larger than a /16")),
            ("198.51.0.0/16", None),
            ("10.1.2.3", Some("private")),
            ("172.31.0.1", Some("private")),
            ("172.32.0.1", None),
            ("192.168.0.0/24", Some("private")),
            ("127.0.0.1", Some("loopback")),
            ("169.254.1.1", Some("link-local")),
            ("224.0.0.1", Some("multicast")),
            ("255.255.255.255", Some("broadcast")),
            ("100.64.0.1", Some("carrier-grade NAT")),
            ("0.0.0.0", Some("unspecified")),
            ("192.0.2.0/24", None),
            ("203.0.113.7", None),
        ];
        for (value, reason) in cases {
            check(&format!("[ipv4-addr:value = '{value}']"), reason);
        }
        let cases = [
            ("::/0", Some("larger than a /32")),
            ("2001:db8::/31", Some("larger than a /32")),
            ("2001:db8::/32", None),
            ("fe80::1", Some("link-local")),
            ("fd00::1", Some("private")),
            ("::1", Some("loopback")),
            ("::ffff:10.0.0.1", Some("private")),
        ];
        for (value, reason) in cases {
            check(&format!("[ipv6-addr:value = '{value}']"), reason);
        }
    }

    #[test]
    fn names_that_everyone_uses() {
        let cases = [
            ("com", Some("single label")),
            ("gov", Some("single label")),
            ("co.uk", Some("suffix")),
            ("state.il.us", Some("suffix")),
            ("il.us", Some("suffix")),
            ("elections.state.il.us", None),
            ("www.google.com", Some("everyone")),
            ("mail.yahoo.com", Some("everyone")),
            ("yah00.com", None),
        ];
        for (value, reason) in cases {
            check(&format!("[domain-name:value = '{value}']"), reason);
        }
        let cases = [
            ("https://www.google.com/", Some("everyone")),
            ("https://www.google.com:8443", Some("everyone")),
            ("https://www.google.com/a?b", None),
            ("http://203.0.113.7/", None),
            ("http://example.com/", None),
        ];
        for (value, reason) in cases {
            check(&format!("[url:value = '{value}']"), reason);
        }
    }

    #[test]
    fn agents_and_hashes_of_everyone() {
        let agent = |text: &str| too_broad(&[Term::UserAgent(text.to_owned())]);
        assert!(agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36").is_some());
        assert!(agent("curl").is_some());
        assert_eq!(agent("sqlmap/1.0.12"), None);
        for hash in EMPTY_FILE_HASHES {
            assert!(too_broad(&[Term::Hash(hash.to_owned())]).is_some());
        }
        assert!(too_broad(&[Term::Hash("0".repeat(32))]).is_some());
        assert_eq!(too_broad(&[Term::Hash("0123456789abcdef".repeat(2))]), None);
        assert_eq!(too_broad(&[]), None);
    }
}
