//! The registries that the standard points to, as plain lists of names: IANA's media types, service and protocol names,
//! IPFIX elements, HTTP fields and character sets, ISO's languages and countries, and the options of sockets.
//!
//! Of IANA's registries they hold what was registered at the end of 2023, and later names as far as they were met. A name
//! that a registry took up since gets a warning at most, where the standard says SHOULD.

use std::collections::HashSet;
use std::sync::LazyLock;

/// A registry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// IANA media types.
    MediaTypes,
    /// IANA service names and protocol keywords.
    Protocols,
    /// IANA IPFIX information elements.
    Ipfix,
    /// HTTP request header fields, registered with IANA or long in use.
    HttpHeaders,
    /// IANA character sets.
    CharacterSets,
    /// Socket options of Linux, BSD and Windows.
    SocketOptions,
    /// ISO 639-1 and 639-2 languages.
    Languages,
    /// ISO 3166-1 countries of two letters.
    Countries,
    /// Keys of the PDF document information dictionary (ISO 32000-1, section 14.3.3).
    PdfKeys,
}

type Names = LazyLock<HashSet<&'static str>>;

fn names(text: &'static str) -> HashSet<&'static str> {
    text.split_ascii_whitespace().collect()
}

static MEDIA_TYPES: Names = LazyLock::new(|| names(include_str!("lists/media-types.txt")));
static PROTOCOLS: Names = LazyLock::new(|| names(include_str!("lists/protocols.txt")));
static IPFIX: Names = LazyLock::new(|| names(include_str!("lists/ipfix.txt")));
static HTTP_HEADERS: Names = LazyLock::new(|| names(include_str!("lists/http-headers.txt")));
static CHARACTER_SETS: Names = LazyLock::new(|| names(include_str!("lists/character-sets.txt")));
static SOCKET_OPTIONS: Names = LazyLock::new(|| names(include_str!("lists/socket-options.txt")));
static LANGUAGES: Names = LazyLock::new(|| names(include_str!("lists/languages.txt")));
static COUNTRIES: Names = LazyLock::new(|| names(include_str!("lists/countries.txt")));

const PDF_KEYS: [&str; 9] =
    ["Title", "Author", "Subject", "Keywords", "Creator", "Producer", "CreationDate", "ModDate", "Trapped"];

impl List {
    /// Whether the registry has the name. Case counts only where the registry's names differ by it.
    pub(super) fn has(self, name: &str) -> bool {
        let lower = || name.to_ascii_lowercase();
        match self {
            Self::MediaTypes => MEDIA_TYPES.contains(lower().as_str()),
            Self::Protocols => PROTOCOLS.contains(lower().as_str()),
            Self::Ipfix => IPFIX.contains(name),
            Self::HttpHeaders => HTTP_HEADERS.contains(lower().as_str()),
            Self::CharacterSets => CHARACTER_SETS.contains(lower().as_str()),
            Self::SocketOptions => SOCKET_OPTIONS.contains(name),
            Self::Languages => LANGUAGES.contains(lower().as_str()),
            Self::Countries => COUNTRIES.contains(lower().as_str()),
            Self::PdfKeys => PDF_KEYS.contains(&name),
        }
    }

    /// What a name of the registry is called.
    pub(super) fn noun(self) -> &'static str {
        match self {
            Self::MediaTypes => "a media type registered with IANA",
            Self::Protocols => "a service or protocol name registered with IANA",
            Self::Ipfix => "an IPFIX information element registered with IANA",
            Self::HttpHeaders => "a known HTTP request header",
            Self::CharacterSets => "a character set registered with IANA",
            Self::SocketOptions => "a known socket option",
            Self::Languages => "a language of ISO 639-2",
            Self::Countries => "a country of ISO 3166-1",
            Self::PdfKeys => "a key of the PDF document information dictionary",
        }
    }
}
