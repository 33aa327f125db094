//! Banner lines and portion markings in a text, told from words that only look like them.
//!
//! A marking is upper case, begins a word, and is followed by `//` and a control that the CAPCO or CUI registers know; a level alone
//! counts only where it stands as a banner does. Slashes within addresses and file names are none.

use super::super::acs::Classification;
use super::Kind;

/// Longest part of a line that is shown.
const WRITTEN_MAX: usize = 120;

/// Levels as they are written, the longest first.
const LEVELS: [(&str, Classification); 8] = [
    ("TOP SECRET", Classification::TopSecret),
    ("UNCLASSIFIED", Classification::Unclassified),
    ("CONFIDENTIAL", Classification::Confidential),
    ("SECRET", Classification::Secret),
    ("TS", Classification::TopSecret),
    ("S", Classification::Secret),
    ("C", Classification::Confidential),
    ("U", Classification::Unclassified),
];

/// First words of what follows `//` in a marking of classified information: compartments, dissemination controls, declassification.
const CONTROLS: [&str; 46] = [
    "SI",
    "TK",
    "HCS",
    "COMINT",
    "TALENT",
    "KLONDIKE",
    "RSV",
    "BUR",
    "SAR",
    "SAP",
    "SPECIAL",
    "RD",
    "FRD",
    "TFNI",
    "RESTRICTED",
    "FORMERLY",
    "CNWDI",
    "NC2",
    "FGI",
    "NATO",
    "ATOMAL",
    "BOHEMIA",
    "BALK",
    "RS",
    "FOUO",
    "ORCON",
    "OC",
    "ORIGINATOR",
    "IMCON",
    "IMC",
    "CONTROLLED",
    "NOFORN",
    "NF",
    "NOT",
    "PROPIN",
    "PR",
    "REL",
    "RELIDO",
    "EYES",
    "DEA",
    "FISA",
    "DISPLAY",
    "LIMDIS",
    "DS",
    "WAIVED",
    "MR",
];

/// Countries and organisations whose classified information is most often met: the register's trigraphs are words of code comments too.
const FOREIGN: [&str; 12] = ["AUS", "CAN", "DEU", "ESP", "FRA", "GBR", "ISR", "ITA", "JPN", "KOR", "NATO", "NZL"];

/// Controls of unclassified information, with what they are a sign of.
const UNCLASSIFIED_CONTROLS: [(&str, Kind); 12] = [
    ("PCII", Kind::ProtectedInfrastructure),
    ("PROTECTED CRITICAL INFRASTRUCTURE INFORMATION", Kind::ProtectedInfrastructure),
    ("SP-PCII", Kind::ProtectedInfrastructure),
    ("LES", Kind::LawEnforcement),
    ("LES-NF", Kind::LawEnforcement),
    ("LAW ENFORCEMENT SENSITIVE", Kind::LawEnforcement),
    ("SP-LEI", Kind::LawEnforcement),
    ("FOUO", Kind::OfficialUseOnly),
    ("FOR OFFICIAL USE ONLY", Kind::OfficialUseOnly),
    ("CUI", Kind::Controlled),
    ("CONTROLLED", Kind::Controlled),
    ("CONTROLLED UNCLASSIFIED INFORMATION", Kind::Controlled),
];

/// The level that a word or letters stand for, in upper case.
pub(super) fn level(text: &str) -> Option<Classification> {
    LEVELS.iter().find(|(written, _)| *written == text).map(|(_, level)| *level)
}

/// The signs in a text, in its order, with the marking as it is written.
pub(super) fn signs(text: &str) -> Vec<(Kind, &str)> {
    let mut found = Vec::new();
    if !may_hold_any(text) {
        return found;
    }
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let lone_level = lone_level(&lines);
    let portions = portions(&lines);
    for line in &lines {
        let before = found.len();
        controlled_markings(line, &mut found);
        if lone_level.is_some_and(|_| level(line).is_some()) || *line == "TOP SECRET" {
            found.extend(level(line).map(|level| (Kind::Classified(level), *line)));
        }
        if portions && before == found.len() {
            found.extend(
                portion(line)
                    .filter(|level| *level > Classification::Unclassified)
                    .map(|level| (Kind::Classified(level), cut(line))),
            );
        }
        found.extend(labelled(line));
    }
    found.retain(|(kind, _)| *kind != Kind::Classified(Classification::Unclassified));
    found
}

/// Whether a text has what every sign has: slashes in a row, a bracket, or upper case letters in a row. Most texts have none of them.
fn may_hold_any(text: &str) -> bool {
    let is_one = |(before, byte): (u8, u8)| {
        byte == b'(' || (byte == b'/' && before == b'/') || (byte.is_ascii_uppercase() && before.is_ascii_uppercase())
    };
    let before = std::iter::once(b' ').chain(text.bytes());
    before.zip(text.bytes()).any(is_one)
}

/// A level on a line of its own above and below the same text is a banner; once it is perhaps a heading.
fn lone_level(lines: &[&str]) -> Option<Classification> {
    let (first, last) = (lines.first()?, lines.last()?);
    let banner = lines.len() > 2 && first == last && first.len() > 2;
    banner.then(|| level(first)).flatten().filter(|level| *level > Classification::Unclassified)
}

/// Whether the text marks its paragraphs: two of them at least begin with a level in brackets.
fn portions(lines: &[&str]) -> bool {
    lines.iter().filter(|line| portion(line).is_some()).count() > 1
}

/// The level in brackets at the beginning of a paragraph. `(C) 2024` is a copyright.
fn portion(line: &str) -> Option<Classification> {
    let (inside, rest) = line.strip_prefix('(')?.split_once(')')?;
    let rest = rest.strip_prefix(' ')?.trim_start();
    let copyright = inside == "C" && (rest.starts_with(|c: char| c.is_ascii_digit()) || rest.starts_with("Copyright"));
    (inside.len() <= 2 && !copyright && rest.starts_with(char::is_uppercase)).then(|| level(inside)).flatten()
}

/// `Classification: SECRET` and its like. Firms write `Classification: CONFIDENTIAL` of their own papers, so that is none.
fn labelled(line: &str) -> Option<(Kind, &str)> {
    let (label, rest) = line.split_once(':')?;
    let label = label.trim().to_ascii_lowercase();
    let told = label == "classification" || label == "overall classification" || label == "classified";
    let found = level(rest.trim()).filter(|_| rest.trim().len() > 2)?;
    (told && found > Classification::Confidential).then(|| (Kind::Classified(found), cut(line)))
}

/// Levels and `CUI` followed by `//` and a control, wherever in the line they begin a word; and controls that are a banner by themselves.
fn controlled_markings<'a>(line: &'a str, found: &mut Vec<(Kind, &'a str)>) {
    let (mut begins_word, mut read_until) = (true, 0);
    for (at, character) in line.char_indices() {
        if begins_word && at >= read_until && character.is_ascii_uppercase() {
            let rest = line.get(at..).unwrap_or("");
            let signs = marking_at(rest);
            if !signs.is_empty() {
                // `TOP SECRET//…` is not `SECRET//…` once more.
                read_until = at + rest.find("//").unwrap_or(0);
            }
            found.extend(signs);
        }
        // Foreign markings begin with slashes: `//GBR SECRET//`.
        if begins_word && character == '/' {
            found.extend(line.get(at..).and_then(foreign));
        }
        begins_word = character.is_whitespace() || matches!(character, '(' | '[' | '"' | '\'' | '*' | '#');
    }
    let banner = line.trim_matches(|c: char| "()[]*#-= ".contains(c));
    let alone =
        |written: &&(&str, Kind)| written.0 == banner && written.0 != "CONTROLLED" && !written.0.starts_with("SP-");
    found.extend(UNCLASSIFIED_CONTROLS.iter().find(alone).map(|(_, kind)| (*kind, cut(line))));
}

/// The markings that begin here: what is before `//`, and each control after it.
fn marking_at(rest: &str) -> Vec<(Kind, &str)> {
    let mut found = Vec::new();
    let controls =
        |head: &str| rest.strip_prefix(head).and_then(|after| after.trim_start_matches(' ').strip_prefix("//"));
    if let Some((level, after)) = LEVELS.iter().find_map(|(head, level)| Some((*level, controls(head)?))) {
        if level > Classification::Unclassified && CONTROLS.contains(&first_word(after)) {
            found.push((Kind::Classified(level), cut(rest)));
        }
        found.extend(kinds_among(after).map(|kind| (kind, cut(rest))));
    } else if let Some(after) = ["CUI", "CONTROLLED"].into_iter().find_map(controls) {
        let word = first_word(after);
        let is_known = word.len() > 1 && word.bytes().all(|b| b.is_ascii_uppercase() || b == b'-');
        if is_known {
            found.push((Kind::Controlled, cut(rest)));
            found.extend(kinds_among(after).filter(|kind| *kind != Kind::Controlled).map(|kind| (kind, cut(rest))));
        }
    }
    found
}

/// The kinds of unclassified controls in `LES//NOFORN` or `SP-PCII/SP-LEI`.
fn kinds_among(controls: &str) -> impl Iterator<Item = Kind> {
    let controls = controls.split_once(')').map_or(controls, |(within, _)| within);
    let named =
        move |name: &str| controls.split('/').any(|part| part.trim() == name || starts_with_word(part.trim(), name));
    UNCLASSIFIED_CONTROLS.iter().filter(move |(name, _)| named(name)).map(|(_, kind)| *kind)
}

fn starts_with_word(text: &str, word: &str) -> bool {
    text.strip_prefix(word).is_some_and(|rest| rest.starts_with([' ', '.', ',', ';', ':']))
}

/// `//GBR SECRET//…`: slashes, a country or organisation, a level of at least confidential, and slashes or the line's end.
fn foreign(rest: &str) -> Option<(Kind, &str)> {
    let (country, after) = rest.strip_prefix("//")?.split_once(' ')?;
    if !FOREIGN.contains(&country) {
        return None;
    }
    let full = LEVELS.iter().filter(|(written, level)| written.len() > 2 && *level > Classification::Unclassified);
    let (level, after) =
        full.map(|(written, level)| (*level, after.strip_prefix(written))).find(|(_, after)| after.is_some())?;
    let after = after?;
    (after.is_empty() || after.starts_with("//")).then(|| (Kind::Classified(level), cut(rest)))
}

/// The word in capitals that a text begins with, after spaces: `REL` of ` REL TO USA`, `SI` of `SI-G/TK`.
fn first_word(text: &str) -> &str {
    let text = text.trim_start_matches(' ');
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    text.get(..end).unwrap_or("")
}

fn cut(text: &str) -> &str {
    let end = text.char_indices().nth(WRITTEN_MAX).map_or(text.len(), |(at, _)| at);
    text.get(..end).unwrap_or(text)
}
