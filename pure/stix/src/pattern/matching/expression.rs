//! `LIKE` and `MATCHES` as regular expressions that run in linear time (STIX 2.1, sections 9.6.1, 9.6.2 and 9.6.4).
//!
//! Constants and texts are put into Unicode's form NFC. On octets no Unicode rule applies and a constant's characters
//! stand for the octets of their numbers; a constant with characters from U+0100 on matches no octets.

use std::borrow::Cow;

use regex::{Regex, RegexBuilder, bytes};
use serde_json::Value;
use unicode_normalization::UnicodeNormalization as _;

use super::MatchError;
use super::path::Found;

/// Largest compiled form of one expression, in bytes.
const LARGEST_COMPILED: usize = 4 * 1024 * 1024;

/// An expression for texts, and one for octets where it can match any.
#[derive(Debug)]
pub(super) struct Expression {
    texts: Regex,
    octets: Option<bytes::Regex>,
}

impl Expression {
    /// A regular expression, searched for anywhere, whose dot matches line ends too.
    pub(super) fn matching(constant: &str) -> Result<Self, MatchError> {
        Self::compile(&in_our_syntax(&normalised(constant)), constant)
    }

    /// A pattern for the whole text, in which `%` is any text and `_` any one character.
    pub(super) fn like(constant: &str) -> Result<Self, MatchError> {
        let mut expression = String::from(r"\A");
        for character in normalised(constant).chars() {
            match character {
                '%' => expression.push_str(".*"),
                '_' => expression.push('.'),
                _ => expression.push_str(&regex::escape(character.encode_utf8(&mut [0; 4]))),
            }
        }
        expression.push_str(r"\z");
        Self::compile(&expression, constant)
    }

    fn compile(expression: &str, constant: &str) -> Result<Self, MatchError> {
        let refused = |error: regex::Error| MatchError::Expression {
            expression: constant.chars().take(80).collect(),
            reason: reason(&error),
        };
        let texts = RegexBuilder::new(expression).dot_matches_new_line(true).size_limit(LARGEST_COMPILED).build();
        let octets = in_octets(expression).map(|expression| {
            let mut builder = bytes::RegexBuilder::new(&expression);
            builder.unicode(false).dot_matches_new_line(true).size_limit(LARGEST_COMPILED).build()
        });
        // What only Unicode knows, as `\p{Greek}`, is in no octets.
        Ok(Self { texts: texts.map_err(refused)?, octets: octets.and_then(Result::ok) })
    }

    /// Whether a value matches; what is neither text nor octets does not.
    pub(super) fn matches(&self, value: &Found<'_>) -> bool {
        match value {
            Found::Json(Value::String(text)) => self.texts.is_match(&normalised(text)),
            Found::Bytes(octets) => self.octets.as_ref().is_some_and(|expression| expression.is_match(octets)),
            _ => false,
        }
    }
}

fn normalised(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfc().collect()) }
}

/// The last line of what the engine says, which is the one that says what is wrong.
fn reason(error: &regex::Error) -> String {
    let text = error.to_string();
    let line = text.lines().last().unwrap_or_default().trim();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

/// An expression with its characters from U+0080 on as octets; `None` if some are from U+0100 on.
fn in_octets(expression: &str) -> Option<String> {
    let mut octets = String::with_capacity(expression.len());
    for character in expression.chars() {
        match u32::from(character) {
            0..0x80 => octets.push(character),
            number @ 0x80..0x100 => octets.push_str(&format!(r"\x{number:02x}")),
            _ => return None,
        }
    }
    Some(octets)
}

/// The standard's PCRE in the engine's syntax, where one text means different things in the two: `$` and `\Z` also
/// match before a line feed at the very end, `\<` and `\>` are the characters, and in a class `[`, `&` and `~` stand
/// for themselves.
fn in_our_syntax(expression: &str) -> String {
    const END: &str = r"(?:\z|\n\z)";
    let by_lines = asks_for_lines(expression);
    let mut written = String::with_capacity(expression.len() + 16);
    let mut class_at: Option<usize> = None;
    let mut characters = expression.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (character, class_at) {
            ('\\', None) if characters.next_if(|(_, next)| *next == 'Z').is_some() => written.push_str(END),
            ('\\', _) => match characters.next() {
                Some((_, literal @ ('<' | '>'))) => written.push(literal),
                Some((_, escaped)) => written.extend(['\\', escaped]),
                None => written.push('\\'),
            },
            ('$', None) if !by_lines => written.push_str(END),
            ('[', None) => {
                class_at = Some(at);
                written.push('[');
                if characters.next_if(|(_, next)| *next == '^').is_some() {
                    written.push('^');
                }
                // A bracket that comes first closes nothing.
                if characters.next_if(|(_, next)| *next == ']').is_some() {
                    written.push_str(r"\]");
                }
            }
            ('[', Some(_)) if characters.peek().is_some_and(|(_, next)| *next == ':') => {
                written.push('[');
                while let Some((_, inner)) = characters.next_if(|(_, next)| *next != ']') {
                    written.push(inner);
                }
                written.extend(characters.next().map(|(_, end)| end));
            }
            ('[' | '&' | '~', Some(_)) => written.extend(['\\', character]),
            (']', Some(_)) => {
                class_at = None;
                written.push(']');
            }
            _ => written.push(character),
        }
    }
    written
}

/// Whether an expression turns on the flag that makes `$` match at the end of each line.
fn asks_for_lines(expression: &str) -> bool {
    let flags = |rest: &str| rest.chars().take_while(|c| c.is_ascii_alphabetic()).any(|c| c == 'm');
    expression.split("(?").skip(1).any(flags)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pattern::matching::path::Found;

    fn check(expression: &Expression, text: &str) -> bool {
        expression.matches(&Found::Json(&Value::from(text)))
    }

    #[test]
    fn expressions_mean_what_they_mean_in_pcre() {
        let cases = [
            ("l+", "hello", true),
            ("^ello", "hello", false),
            ("a.b", "a\nb", true),
            ("b$", "ab\n", true),
            ("b$", "ab\n\n", false),
            (r"b\Z", "ab\n", true),
            (r"b\z", "ab\n", false),
            ("(?m)a$", "a\nb", true),
            ("[$]", "a$", true),
            (r"\$", "a$", true),
            ("[[]x", "[x", true),
            ("[a&&b]c", "&c", true),
            ("[]a]+$", "a]", true),
            ("[^]a]", "]a", false),
            ("[[:digit:]]{2}", "a12", true),
            (r"\<a\>", "<a>", true),
            (r"\x41\.exe", "A.exe", true),
            ("^\u{1e0d}\u{307}$", "\u{1e0b}\u{323}", true),
            ("", "anything", true),
        ];
        for (expression, text, expected) in cases {
            assert_eq!(check(&Expression::matching(expression).unwrap(), text), expected, "{expression} on {text:?}");
        }
    }

    #[test]
    fn what_is_not_linear_is_refused_and_said() {
        for (expression, said) in [("(?=a)b", "look-around"), (r"(a)\1", "backreferences"), ("(a", "unclosed group")] {
            let error = Expression::matching(expression).unwrap_err().to_string();
            assert!(error.contains(said) && !error.contains('\n'), "{error}");
        }
        assert!(Expression::matching(r"((\w{500}){500}){500}").is_err());
    }

    #[test]
    fn like_is_about_the_whole_text() {
        let cases = [
            ("he%", "hello", true),
            ("he%", "ahello", false),
            ("he_lo", "hello", true),
            ("he_lo", "helo", false),
            ("%", "", true),
            ("a%c", "a\nb\nc", true),
            ("a.c", "abc", false),
            ("c", "c\n", false),
            (r"C:\%", r"C:\Windows", true),
        ];
        for (like, text, expected) in cases {
            assert_eq!(check(&Expression::like(like).unwrap(), text), expected, "{like} on {text:?}");
        }
    }

    #[test]
    fn octets_are_matched_one_by_one() {
        let matches = |expression: Expression, octets: &[u8]| expression.matches(&Found::Bytes(octets.to_vec()));
        assert!(matches(Expression::matching(r"\xd4\xc3").unwrap(), &[1, 0xd4, 0xc3]));
        assert!(matches(Expression::matching("^.\u{ff}[\u{80}-\u{90}]").unwrap(), &[0xfe, 0xff, 0x88]));
        assert!(matches(Expression::like("_\u{ff}%").unwrap(), &[0xfe, 0xff, 0x88]));
        assert!(!matches(Expression::matching("\u{103}|a").unwrap(), b"a"));
    }
}
