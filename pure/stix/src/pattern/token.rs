//! Tokens of the STIX patterning language (STIX 2.1, section 9; lexical rules of the OASIS grammar).

use super::PatternError;
use crate::timestamp;

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Token {
    /// An upper-case word of the language (`AND`, `WITHIN`, …).
    Keyword(Keyword),
    /// An identifier; the flag says whether it holds a hyphen.
    Name {
        text: String,
        hyphen: bool,
    },
    Text(String),
    Integer(i64),
    Float(f64),
    Boolean(bool),
    Binary(String),
    Hex(String),
    Timestamp(String),
    /// `=`, `!=`, `<`, `<=`, `>` or `>=`; `==` and `<>` are read as `=` and `!=`.
    Compare(&'static str),
    /// One of `[ ] ( ) . , : *`.
    Mark(char),
    End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    And,
    Or,
    Not,
    FollowedBy,
    Like,
    Matches,
    IsSuperset,
    IsSubset,
    Exists,
    In,
    Start,
    Stop,
    Seconds,
    Times,
    Within,
    Repeats,
}

const KEYWORDS: [(&str, Keyword); 16] = [
    ("AND", Keyword::And),
    ("OR", Keyword::Or),
    ("NOT", Keyword::Not),
    ("FOLLOWEDBY", Keyword::FollowedBy),
    ("LIKE", Keyword::Like),
    ("MATCHES", Keyword::Matches),
    ("ISSUPERSET", Keyword::IsSuperset),
    ("ISSUBSET", Keyword::IsSubset),
    ("EXISTS", Keyword::Exists),
    ("IN", Keyword::In),
    ("START", Keyword::Start),
    ("STOP", Keyword::Stop),
    ("SECONDS", Keyword::Seconds),
    ("TIMES", Keyword::Times),
    ("WITHIN", Keyword::Within),
    ("REPEATS", Keyword::Repeats),
];

impl Keyword {
    fn text(self) -> &'static str {
        KEYWORDS.iter().find(|(_, keyword)| *keyword == self).map_or("", |(text, _)| text)
    }
}

impl Token {
    /// The token as an error names it.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Keyword(keyword) => format!("`{}`", keyword.text()),
            Self::Name { text, .. } => format!("`{text}`"),
            Self::Text(text) => format!("the text `{text}`"),
            Self::Integer(number) => format!("`{number}`"),
            Self::Float(number) => format!("`{number}`"),
            Self::Boolean(value) => format!("`{value}`"),
            Self::Binary(text) => format!("the binary `{text}`"),
            Self::Hex(text) => format!("the hex `{text}`"),
            Self::Timestamp(text) => format!("the timestamp `{text}`"),
            Self::Compare(text) => format!("`{text}`"),
            Self::Mark(mark) => format!("`{mark}`"),
            Self::End => "the end".to_owned(),
        }
    }
}

/// All tokens with their places; the last is always [`Token::End`].
pub(super) fn tokens(pattern: &str) -> Result<Vec<(Token, usize)>, PatternError> {
    let mut found = Vec::with_capacity(16);
    let mut at = 0;
    while let Some(rest) = pattern.get(at..) {
        let Some(first) = rest.chars().next() else { break };
        let blank = blank_length(rest, at)?;
        if blank > 0 {
            at += blank;
            continue;
        }
        let (token, length) = match first {
            '\'' => text(rest, at).map(|(text, length)| (Token::Text(text), length))?,
            'b' | 'h' | 't' if rest.get(1..2) == Some("'") => prefixed(first, rest, at)?,
            '0'..='9' => number(rest, at)?,
            '+' | '-' => signed(rest, at)?,
            '.' if rest.chars().nth(1).is_some_and(|next| next.is_ascii_digit()) && !after_path(&found) => {
                number(rest, at)?
            }
            'A'..='Z' | 'a'..='z' | '_' => word(rest),
            _ => mark(first, rest, at)?,
        };
        found.push((token, at));
        at += length;
    }
    found.push((Token::End, pattern.len()));
    Ok(found)
}

/// Length of white space or of a comment (`/* … */`, `// …`) at the start, 0 when there is none.
fn blank_length(rest: &str, at: usize) -> Result<usize, PatternError> {
    let spaces = rest.find(|c: char| !c.is_whitespace()).unwrap_or(rest.len());
    if spaces > 0 {
        return Ok(spaces);
    }
    if rest.starts_with("//") {
        return Ok(rest.find(['\r', '\n']).unwrap_or(rest.len()));
    }
    if rest.starts_with("/*") {
        return rest.find("*/").map(|end| end + 2).ok_or(PatternError::Unterminated { at });
    }
    Ok(0)
}

/// A dot after a name, a text or `]` is a step of a path, not the start of a number.
fn after_path(found: &[(Token, usize)]) -> bool {
    matches!(found.last(), Some((Token::Name { .. } | Token::Text(_) | Token::Mark(']'), _)))
}

/// A quoted text without its quotes and escapes, and its length as written.
fn text(rest: &str, at: usize) -> Result<(String, usize), PatternError> {
    let mut value = String::new();
    let mut characters = rest.char_indices().skip(1);
    while let Some((offset, character)) = characters.next() {
        match character {
            '\'' => return Ok((value, offset + 1)),
            '\\' => match characters.next() {
                Some((_, escaped @ ('\'' | '\\'))) => value.push(escaped),
                _ => return Err(PatternError::Escape { at: at + offset }),
            },
            _ => value.push(character),
        }
    }
    Err(PatternError::Unterminated { at })
}

/// `b'…'`, `h'…'` or `t'…'`.
fn prefixed(prefix: char, rest: &str, at: usize) -> Result<(Token, usize), PatternError> {
    let inner = rest.get(2..).unwrap_or_default();
    let end = inner.find('\'').ok_or(PatternError::Unterminated { at })?;
    let content = inner.get(..end).unwrap_or_default().to_owned();
    let length = end + 3;
    let bad = |kind, text| Err(PatternError::Literal { kind, text, at });
    match prefix {
        'b' if is_base64(&content) => Ok((Token::Binary(content.replace(['\r', '\n'], "")), length)),
        'b' => bad("base64 binary", content),
        'h' if content.len() % 2 == 0 && content.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            Ok((Token::Hex(content), length))
        }
        'h' => bad("hexadecimal", content),
        _ if timestamp::parse(&content).is_some() => Ok((Token::Timestamp(content), length)),
        _ => bad("timestamp", content),
    }
}

/// Base64, in which line feeds are ignored (section 9.2).
fn is_base64(text: &str) -> bool {
    let text = text.replace(['\r', '\n'], "");
    let digits = text.trim_end_matches('=');
    let padding = text.len() - digits.len();
    let last_group = digits.len() % 4;
    digits.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/'))
        && matches!((last_group, padding), (0, 0) | (2, 2) | (3, 1))
}

fn signed(rest: &str, at: usize) -> Result<(Token, usize), PatternError> {
    let second = rest.chars().nth(1);
    if second.is_some_and(|c| c.is_ascii_digit() || c == '.') {
        return number(rest, at);
    }
    Err(PatternError::Character { found: rest.chars().next().unwrap_or('+'), at })
}

/// An integer without leading zeros, or a float with at least one digit after the point.
fn number(rest: &str, at: usize) -> Result<(Token, usize), PatternError> {
    let sign = usize::from(rest.starts_with(['+', '-']));
    let unsigned = rest.get(sign..).unwrap_or_default();
    let whole = digits(unsigned);
    let after = unsigned.get(whole..).unwrap_or_default();
    let fraction = after.strip_prefix('.').map_or(0, digits);
    let length = sign + whole + if fraction > 0 { fraction + 1 } else { 0 };
    let text = rest.get(..length).unwrap_or_default();
    let bad = || PatternError::Literal { kind: "number", text: text.to_owned(), at };
    if fraction > 0 {
        return Ok((Token::Float(text.parse().map_err(|_| bad())?), length));
    }
    if whole == 0 || (whole > 1 && unsigned.starts_with('0')) {
        return Err(bad());
    }
    Ok((Token::Integer(text.parse().map_err(|_| bad())?), length))
}

fn digits(text: &str) -> usize {
    text.bytes().take_while(u8::is_ascii_digit).count()
}

/// A keyword, a boolean, or a name of letters, digits, underscores and hyphens.
fn word(rest: &str) -> (Token, usize) {
    let length = rest.bytes().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')).count();
    let text = rest.get(..length).unwrap_or_default();
    let token = match (text, KEYWORDS.iter().find(|(keyword, _)| *keyword == text)) {
        (_, Some((_, keyword))) => Token::Keyword(*keyword),
        ("true", None) => Token::Boolean(true),
        ("false", None) => Token::Boolean(false),
        _ => Token::Name { text: text.to_owned(), hyphen: text.contains('-') },
    };
    (token, length)
}

fn mark(first: char, rest: &str, at: usize) -> Result<(Token, usize), PatternError> {
    const COMPARISONS: [(&str, &str); 8] =
        [("==", "="), ("!=", "!="), ("<>", "!="), ("<=", "<="), (">=", ">="), ("=", "="), ("<", "<"), (">", ">")];
    if let Some((written, meant)) = COMPARISONS.iter().find(|(written, _)| rest.starts_with(written)) {
        return Ok((Token::Compare(meant), written.len()));
    }
    match first {
        '[' | ']' | '(' | ')' | '.' | ',' | ':' | '*' => Ok((Token::Mark(first), 1)),
        _ => Err(PatternError::Character { found: first, at }),
    }
}
