//! Handling banners of unclassified information: CUI, LES, PCII and FOUO, as a text bears them.
//!
//! They are no spill: such a text may be here. But a banner alone tells no program who may read it; only a marking does.

use std::collections::BTreeSet;

use super::spill::{Kind, in_text};

/// How a paragraph or a line begins that is handled so: a code in brackets, or a code or a name with what follows a banner.
const BEGINS: [(&str, Kind); 9] = [
    ("PCII", Kind::ProtectedInfrastructure),
    ("PROTECTED CRITICAL INFRASTRUCTURE INFORMATION", Kind::ProtectedInfrastructure),
    ("LES", Kind::LawEnforcement),
    ("LAW ENFORCEMENT SENSITIVE", Kind::LawEnforcement),
    ("FOUO", Kind::OfficialUseOnly),
    ("U//FOUO", Kind::OfficialUseOnly),
    ("FOR OFFICIAL USE ONLY", Kind::OfficialUseOnly),
    ("CUI", Kind::Controlled),
    ("CONTROLLED UNCLASSIFIED INFORMATION", Kind::Controlled),
];
/// Codes up to this length are words of other languages and names as well, so more must follow that only a banner has.
const CODE_LENGTH_MAX: usize = 7;

/// The handling banners of a text, each kind once.
pub fn banners(text: &str) -> BTreeSet<Kind> {
    let signs = in_text(text).into_iter().map(|sign| sign.of);
    let begun = text.lines().filter_map(|line| begins(line.trim()));
    signs.chain(begun).filter(|kind| !matches!(kind, Kind::Classified(_))).collect()
}

/// What a kind is called; none for what is classified.
pub fn name(kind: Kind) -> Option<&'static str> {
    match kind {
        Kind::Controlled => Some("CUI"),
        Kind::OfficialUseOnly => Some("FOUO"),
        Kind::LawEnforcement => Some("LES"),
        Kind::ProtectedInfrastructure => Some("PCII"),
        Kind::Classified(_) => None,
    }
}

fn begins(line: &str) -> Option<Kind> {
    if let Some((inside, rest)) = line.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
        let known = BEGINS.iter().find(|(code, _)| *code == inside);
        return known.filter(|_| rest.is_empty() || rest.starts_with(' ')).map(|(_, kind)| *kind);
    }
    let is_banner = |code: &str| {
        line.strip_prefix(code).is_some_and(|rest| {
            let ends = rest.is_empty() || rest.starts_with("//") || rest.starts_with(':') || rest.starts_with(" - ");
            ends || code.len() > CODE_LENGTH_MAX && rest.starts_with(|next: char| !next.is_alphanumeric())
        })
    };
    BEGINS.iter().find(|(code, _)| is_banner(code)).map(|(_, kind)| *kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn banners_are_told_from_words_and_from_what_is_classified() {
        for (text, expected) in [
            ("CUI", vec!["CUI"]),
            ("CUI//SP-PCII\nThe plant", vec!["CUI", "PCII"]),
            ("LAW ENFORCEMENT SENSITIVE", vec!["LES"]),
            ("LAW ENFORCEMENT SENSITIVE, do not post", vec!["LES"]),
            ("Report\n(LES) Two addresses", vec!["LES"]),
            ("LES//NOFORN", vec!["LES"]),
            ("PROTECTED CRITICAL INFRASTRUCTURE INFORMATION", vec!["PCII"]),
            ("PCII: the plant", vec!["PCII"]),
            ("UNCLASSIFIED//FOUO", vec!["FOUO"]),
            ("(U//FOUO) Two addresses", vec!["FOUO"]),
            ("LES ELECTIONS DE 2016", vec![]),
            ("les", vec![]),
            ("Ask about PCII and LES training", vec![]),
            ("The CUI registry lists it", vec![]),
            ("CUISINE", vec![]),
            ("SECRET//NOFORN", vec![]),
            ("", vec![]),
        ] {
            let found: BTreeSet<&str> = banners(text).into_iter().filter_map(name).collect();
            assert_eq!(found, expected.into_iter().collect(), "{text}");
        }
    }

    #[test]
    fn a_handling_banner_is_no_spill() {
        for (code, _) in BEGINS {
            for text in [code.to_owned(), format!("({code}) Two addresses"), format!("{code}: two addresses")] {
                assert_eq!(super::super::spill::classified(&in_text(&text)), None, "{text}");
            }
        }
    }
}
