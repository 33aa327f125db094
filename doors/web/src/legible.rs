//! Letters that nobody sees, written out: what is shown is what is there, and no name can hide the words after it.
//!
//! The explicit formatting characters of UAX #9, section 2, turn the order of others around; control characters steer a terminal, and HTML does not
//! allow them.

/// Whether a letter is one of those; what ends a line or sets a column is none.
pub fn is_unseen(letter: char) -> bool {
    matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        || letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')
}

/// The text with every letter of a kind written out.
pub fn written_out(text: &str, is_of_kind: impl Fn(char) -> bool, written: impl Fn(char) -> String) -> String {
    let mut shown = String::with_capacity(text.len());
    for letter in text.chars() {
        if is_of_kind(letter) {
            shown.push_str(&written(letter));
        } else {
            shown.push(letter);
        }
    }
    shown
}

/// How a letter is written out for a person: `[U+202E]`.
pub fn by_number(letter: char) -> String {
    format!("[U+{:04X}]", u32::from(letter))
}
