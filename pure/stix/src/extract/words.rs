//! Finds the indicators in one line of text.

use super::refang::refang;
use crate::normal;
use crate::term::Term;

/// A word that is an indicator.
pub(super) struct Found {
    pub term: Term,
    pub as_written: String,
    pub refanged: String,
}

/// What may stand around a word and does not belong to it.
const AROUND: [char; 18] = ['.', ',', ';', ':', '!', '?', '\'', '(', ')', '[', ']', '{', '}', '*', '=', '-', '“', '”'];
const SHORTEST_IPV6: usize = 4;

/// The indicators of one line, in their order.
pub(super) fn found_in(line: &str) -> Vec<Found> {
    let mut found = Vec::new();
    let mut after_version_word = false;
    for word in line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>' | '|' | '`')) {
        if word.is_empty() {
            continue;
        }
        match url_in(word) {
            Some(url) => found.extend(url),
            None => found.extend(word.split([',', ';']).flat_map(|piece| plain_in(piece, after_version_word))),
        }
        after_version_word = is_version_word(word);
    }
    found
}

/// Whether any word of a text is a domain under a known top-level domain.
pub(super) fn has_domain(text: &str) -> bool {
    let is_boundary = |c: char| !(c.is_alphanumeric() || matches!(c, '.' | '-' | '_'));
    let plain: String = text.split_whitespace().map(refang).collect::<Vec<_>>().join(" ");
    plain.split(is_boundary).any(|word| is_likely_domain(word.trim_matches(['.', '-']), false))
}

fn is_version_word(word: &str) -> bool {
    let word = word.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    matches!(word.as_str(), "version" | "versions" | "ver" | "v" | "release" | "build")
}

/// The URL in a word that has a scheme. `Some(None)`: it has one, but is no valid URL.
fn url_in(word: &str) -> Option<Option<Found>> {
    let refanged = refang(word);
    let mark = refanged.find("://")?;
    let before = refanged.get(..mark)?;
    let scheme_length = before.bytes().rev().take_while(|byte| byte.is_ascii_alphanumeric()).count();
    let url = refanged.get(mark - scheme_length..)?;
    let url = trim_url(cut_at_comma(url));
    let term = normal::url(url).filter(|_| scheme_length > 0).map(Term::Url);
    let as_written = word.trim_matches(|c: char| matches!(c, ',' | ';' | '\'' | '"')).to_owned();
    Some(term.map(|term| Found { term, as_written, refanged: url.to_owned() }))
}

/// In CSV the next cell follows a comma; in a URL a comma is followed by more of a path or query.
fn cut_at_comma(url: &str) -> &str {
    match url.split_once([',', ';']) {
        Some((cell, after)) if !after.contains(['/', '=', '&', '%']) => cell,
        _ => url,
    }
}

/// Without the punctuation of the sentence; a closing bracket stays if its opening one is in the URL.
fn trim_url(url: &str) -> &str {
    let count = |mark: char| url.matches(mark).count();
    let mut closed_round = count(')').saturating_sub(count('('));
    let mut closed_square = count(']').saturating_sub(count('['));
    let mut closed_curly = count('}').saturating_sub(count('{'));
    let take_one = |unopened: &mut usize| {
        let any = *unopened > 0;
        *unopened = unopened.saturating_sub(1);
        any
    };
    let mut url = url;
    while let Some((end, last)) = url.char_indices().next_back() {
        let is_punctuation = match last {
            '.' | ',' | ';' | ':' | '!' | '?' | '\'' | '*' | '”' => true,
            ')' => take_one(&mut closed_round),
            ']' => take_one(&mut closed_square),
            '}' => take_one(&mut closed_curly),
            _ => false,
        };
        if !is_punctuation {
            break;
        }
        url = url.get(..end).unwrap_or_default();
    }
    url
}

/// The indicators of a piece without a scheme.
fn plain_in(piece: &str, after_version_word: bool) -> Vec<Found> {
    let refanged = refang(piece);
    if refanged.contains('@') {
        return Vec::new();
    }
    let defanged = refanged.as_ref() != piece;
    let as_written = if defanged { piece } else { piece.trim_matches(AROUND) };
    refanged
        .split(['(', ')', '[', ']', '{', '}', '=', '\''])
        .filter_map(|part| {
            let part = if part.starts_with("::") { part.trim_end_matches(AROUND) } else { part.trim_matches(AROUND) };
            let term = classify(part, defanged)?;
            let is_version = (after_version_word || is_version_word(label_of(part)))
                && !defanged
                && matches!(term, Term::Network { .. });
            let found = Found { term, as_written: as_written.to_owned(), refanged: part.to_owned() };
            (!is_version).then_some(found)
        })
        .collect()
}

fn label_of(part: &str) -> &str {
    part.split_once(':').map_or("", |(label, _)| label)
}

/// A part by itself, or what follows its label, as in `SHA256:…` or `ip:…`.
fn classify(part: &str, defanged: bool) -> Option<Term> {
    classify_value(part, defanged).or_else(|| {
        let (label, value) = part.split_once(':')?;
        let is_label = !label.is_empty() && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
        if is_label { classify_value(value, defanged) } else { None }
    })
}

fn classify_value(part: &str, defanged: bool) -> Option<Term> {
    if let Some(hash) = normal::hash(part) {
        return Some(Term::Hash(hash));
    }
    if let Some((first, last)) = normal::network(part) {
        return is_likely_address(part, defanged).then_some(Term::Network { first, last });
    }
    if part.contains('/') {
        let host = part.split(['/', ':']).next()?;
        let is_url = is_likely_domain(host, defanged) || normal::address(host).is_some();
        return if is_url { normal::url(part).map(Term::Url) } else { None };
    }
    let host = match part.split_once(':') {
        Some((host, port)) if port.parse::<u16>().is_ok() => host,
        Some(_) => return None,
        None => part,
    };
    if let Some(address) = normal::address(host) {
        return Some(Term::Network { first: address, last: address });
    }
    if is_likely_domain(host, defanged) { normal::domain(host).map(Term::Domain) } else { None }
}

/// Texts such as `::` or `face::` are valid IPv6 but seldom meant so.
fn is_likely_address(part: &str, defanged: bool) -> bool {
    !part.contains(':') || (part.len() >= SHORTEST_IPV6 && (defanged || part.bytes().any(|byte| byte.is_ascii_digit())))
}

/// A name of at least two labels under a top-level domain. Who defangs a name means a domain, whatever its ending;
/// otherwise the ending must be known and not be that of a file.
fn is_likely_domain(name: &str, defanged: bool) -> bool {
    let Some(normal) = normal::domain(name) else { return false };
    let Some((rest, ending)) = normal.rsplit_once('.') else { return false };
    let ending_is_word =
        ending.len() >= 2 && (ending.starts_with("xn--") || ending.bytes().all(|b| b.is_ascii_lowercase()));
    if defanged {
        return ending_is_word;
    }
    // `i.e`, `p.m` and the like are no names, and neither are single letters before a country code (`U.S`).
    let is_abbreviation = rest.len() == 1 && ending.len() < 3;
    ending_is_word && !is_abbreviation && (ending.starts_with("xn--") || is_known_ending(ending))
}

/// Endings that are country codes or newer top-level domains, but far more often those of files.
const FILE_ENDINGS: [&str; 14] =
    ["ai", "app", "cab", "mov", "md", "pl", "ps", "py", "rs", "sh", "so", "vi", "zip", "do"];

const GENERIC_ENDINGS: [&str; 54] = [
    "aero",
    "arpa",
    "asia",
    "bid",
    "biz",
    "blog",
    "business",
    "cat",
    "center",
    "click",
    "cloud",
    "club",
    "com",
    "coop",
    "dev",
    "edu",
    "email",
    "example",
    "exchange",
    "expert",
    "fun",
    "gov",
    "host",
    "icu",
    "info",
    "int",
    "jobs",
    "life",
    "link",
    "live",
    "mil",
    "mobi",
    "museum",
    "name",
    "net",
    "network",
    "news",
    "online",
    "onion",
    "org",
    "party",
    "pro",
    "services",
    "shop",
    "site",
    "solutions",
    "space",
    "store",
    "tech",
    "tel",
    "top",
    "vote",
    "work",
    "xyz",
];

/// Country codes in use, two letters each.
const COUNTRY_ENDINGS: &str = "acadaeafagaialamaoaqarasatauawaxazbabbbdbebfbgbhbibjbmbnbobrbsbtbwbybzcacccdcfcgchci\
    ckclcmcncocrcucvcwcxcyczdedjdkdmdodzeceeegereseteufifjfkfmfofrgagbgdgegfggghgiglgmgngpgqgrgsgtgugwgyhkhmhnhrhthuid\
    ieiliminioiqirisitjejmjojpkekgkhkikmknkpkrkwkykzlalblclilklrlsltlulvlymamcmdmemgmhmkmlmmmnmompmqmrmsmtmumvmwmxmymz\
    nancnenfngninlnonpnrnunzompapepfpgphpkplpmpnprpsptpwpyqarerorsrurwsasbscsdsesgshsiskslsmsnsosrssstsusvsxsysztctdtf\
    tgthtjtktltmtntotrtttvtwtzuaugukusuyuzvavcvevgvivnvuwfwsyeytzazmzw";

fn is_known_ending(ending: &str) -> bool {
    if FILE_ENDINGS.contains(&ending) {
        return false;
    }
    let is_country = || COUNTRY_ENDINGS.as_bytes().chunks_exact(2).any(|code| code == ending.as_bytes());
    GENERIC_ENDINGS.contains(&ending) || is_country()
}
