//! Lists of revoked certificates (RFC 5280, section 5): of whom they are and until when they hold.
//!
//! rustls reads and verifies them itself and says nothing of this; whoever runs the server has to know before a partner is turned away.

use rustls::RootCertStore;
use rustls::pki_types::CertificateRevocationListDer;
use rustls::pki_types::pem::PemObject;
use ward_stix::timestamp;

use super::tls::{PemFile, TlsError};

/// Tags of DER (X.690).
const SEQUENCE: u8 = 0x30;
const INTEGER: u8 = 0x02;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// A list, and what is known of it.
#[derive(Clone, Debug)]
pub(super) struct RevocationList {
    pub file: String,
    pub der: CertificateRevocationListDer<'static>,
    /// The authority's name in DER, without its tag.
    issuer: Vec<u8>,
    /// Microseconds UTC.
    made_at: i64,
    /// When the next one is due; from then on this one holds no more. Microseconds UTC.
    ends_at: i64,
}

/// The lists in a file: in PEM form any number, in DER form one.
pub(super) fn lists_of(file: &PemFile) -> Result<Vec<RevocationList>, TlsError> {
    let found: Vec<CertificateRevocationListDer<'static>> = match file.bytes.first() {
        Some(&SEQUENCE) => vec![CertificateRevocationListDer::from(file.bytes.clone())],
        _ => CertificateRevocationListDer::pem_slice_iter(&file.bytes).collect::<Result<_, _>>().unwrap_or_default(),
    };
    let read: Option<Vec<RevocationList>> = found.into_iter().map(|der| read(&file.name, der)).collect();
    read.filter(|lists| !lists.is_empty()).ok_or_else(|| TlsError::NoList { file: file.name.clone() })
}

/// The newest first: of several lists of one authority only the first is looked at.
pub(super) fn newest_first(lists: &mut [RevocationList]) {
    lists.sort_by_key(|list| std::cmp::Reverse(list.made_at));
}

/// What whoever runs the server has to know: lists that hold no more, or are of somebody else, and authorities without one. Who is behind these is
/// turned away, because nothing is known of their certificates.
pub(super) fn doubts(lists: &[RevocationList], authorities: &RootCertStore, file: &str, now: i64) -> Vec<String> {
    let of = |subject: &[u8]| lists.iter().filter(move |list| list.issuer == subject).max_by_key(|list| list.made_at);
    let mut found = Vec::new();
    for list in lists {
        let name = &list.file;
        let is_newest = of(&list.issuer).is_some_and(|newest| newest.made_at == list.made_at);
        if is_newest && list.ends_at <= now {
            let ended = timestamp::format_stix(list.ends_at);
            found.push(format!(
                "the revocation list `{name}` ended at {ended}: clients with certificates of its authority are turned away until its next list is in that file"
            ));
        }
        if !authorities.roots.iter().any(|authority| authority.subject.as_ref() == list.issuer) {
            found.push(format!(
                "the revocation list `{name}` is of no authority in `{file}`: it says nothing of their certificates; it counts only for an authority that one of them certified"
            ));
        }
    }
    for (place, authority) in authorities.roots.iter().enumerate() {
        if !lists.is_empty() && of(authority.subject.as_ref()).is_none() {
            found.push(format!(
                "no revocation list is of authority {} in `{file}`: clients with certificates of it are turned away; name its list with --tls-client-crl as well",
                place + 1
            ));
        }
    }
    found
}

fn read(file: &str, der: CertificateRevocationListDer<'static>) -> Option<RevocationList> {
    let (whole, _) = value(&der, SEQUENCE)?;
    let (signed, _) = value(whole, SEQUENCE)?;
    let (_, rest) = value(signed, INTEGER)?;
    let (_, rest) = value(rest, SEQUENCE)?;
    let (issuer, rest) = value(rest, SEQUENCE)?;
    let (made_at, rest) = time(rest)?;
    let (ends_at, _) = time(rest)?;
    let issuer = issuer.to_vec();
    Some(RevocationList { file: file.to_owned(), der, issuer, made_at, ends_at })
}

/// The value of the first element, which has this tag, and what comes after it.
fn value(der: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (_, rest) = der.split_first().filter(|(first, _)| **first == tag)?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0, |sum, digit| sum << 8 | usize::from(*digit)), rest)
        }
        _ => return None,
    };
    rest.split_at_checked(length)
}

/// A time in either form, in microseconds UTC, and what comes after it.
fn time(der: &[u8]) -> Option<(i64, &[u8])> {
    let ((text, rest), years) = match der.first() {
        // RFC 5280, section 4.1.2.5.1: two digits from 50 on are of the last century.
        Some(&UTC_TIME) => {
            let found = value(der, UTC_TIME)?;
            (found, if found.0.first()? < &b'5' { "20" } else { "19" })
        }
        _ => (value(der, GENERALIZED_TIME)?, ""),
    };
    let text = format!("{years}{}", std::str::from_utf8(text).ok()?);
    let part = |from: usize, to: usize| text.get(from..to);
    let (year, month, day) = (part(0, 4)?, part(4, 6)?, part(6, 8)?);
    let (hour, minute, rest_of_it) = (part(8, 10)?, part(10, 12)?, part(12, text.len())?);
    let at = timestamp::parse_micros(&format!("{year}-{month}-{day}T{hour}:{minute}:{rest_of_it}"))?;
    Some((at, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_in_both_forms() {
        let element = |tag: u8, text: &str| [&[tag, u8::try_from(text.len()).unwrap()], text.as_bytes(), b"x"].concat();
        for (tag, text, expected) in [
            (UTC_TIME, "491231235959Z", Some("2049-12-31T23:59:59Z")),
            (UTC_TIME, "500101000000Z", Some("1950-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20500101000000Z", Some("2050-01-01T00:00:00Z")),
            (GENERALIZED_TIME, "20500101000000", None),
            (GENERALIZED_TIME, "2050", None),
            (UTC_TIME, "5001é1000000Z", None),
            (INTEGER, "20500101000000Z", None),
        ] {
            let der = element(tag, text);
            let expected = expected.map(|time| (timestamp::parse_micros(time).unwrap(), b"x".as_slice()));
            assert_eq!(time(&der), expected, "{text}");
        }
    }

    #[test]
    fn lengths_are_read_in_both_forms_and_never_beyond_the_end() {
        let long = [&[SEQUENCE, 0x82, 0x01, 0x00][..], &[7; 256], b"rest"].concat();
        assert_eq!(value(&long, SEQUENCE), Some(([7; 256].as_slice(), b"rest".as_slice())));
        assert_eq!(value(&[SEQUENCE, 0], SEQUENCE), Some((b"".as_slice(), b"".as_slice())));
        for bad in
            [&[][..], &[SEQUENCE], &[SEQUENCE, 2, 1], &[SEQUENCE, 0x80, 0], &[SEQUENCE, 0x84, 255, 255, 255, 255]]
        {
            assert_eq!(value(bad, SEQUENCE), None, "{bad:?}");
        }
    }
}
