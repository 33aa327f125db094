//! The normal forms of [`ward_stix::normal`] for bytes of a log, without an allocation where the text already is in
//! normal form, as nearly all of it is.
//!
//! The quick ways must agree with `ward_stix::normal` on every input; a property test below holds them to it.

use std::borrow::Cow;

/// A URL in normal form, `host/path?query`.
#[derive(Debug)]
pub(crate) struct Url<'a>(Cow<'a, [u8]>);

impl Url<'_> {
    /// The whole URL.
    pub(crate) fn text(&self) -> &[u8] {
        &self.0
    }

    /// Its host as a domain; `None` if it is an address.
    pub(crate) fn domain(&self) -> Option<Cow<'_, [u8]>> {
        let end = memchr::memchr(b'/', &self.0).unwrap_or(self.0.len());
        domain_of_authority(self.0.get(..end)?)
    }
}

/// A host name in normal form.
pub(crate) fn domain(name: &[u8]) -> Option<Cow<'_, [u8]>> {
    if is_plain_domain(name) {
        return Some(Cow::Borrowed(name));
    }
    let normal = ward_stix::normal::domain(std::str::from_utf8(name).ok()?)?;
    Some(Cow::Owned(normal.into_bytes()))
}

/// The host name of `host` or `host:port`; `None` for addresses.
pub(crate) fn domain_of_authority(authority: &[u8]) -> Option<Cow<'_, [u8]>> {
    match memchr::memrchr(b':', authority) {
        None => domain(authority),
        Some(colon) => {
            let (host, port) = authority.split_at_checked(colon)?;
            port.iter().skip(1).all(u8::is_ascii_digit).then_some(())?;
            domain(host)
        }
    }
}

/// A Referer, or another absolute URL, in normal form; `None` without a scheme of the web.
pub(crate) fn referer(text: &[u8]) -> Option<Url<'_>> {
    let scheme_end = memchr::memmem::find(text.get(..text.len().min(8))?, b"://")?;
    let (scheme, rest) = text.split_at_checked(scheme_end)?;
    let rest = rest.strip_prefix(b"://")?;
    let is_web = [b"https".as_slice(), b"http", b"ftp"].iter().any(|known| known.eq_ignore_ascii_case(scheme));
    is_web.then_some(())?;
    let host_end = memchr::memchr(b'/', rest).unwrap_or(rest.len());
    let (host, target) = rest.split_at_checked(host_end)?;
    if is_plain_domain(host) && is_plain_target(target) {
        return Some(Url(Cow::Borrowed(rest)));
    }
    let normal = ward_stix::normal::url(std::str::from_utf8(text).ok()?)?;
    Some(Url(Cow::Owned(normal.into_bytes())))
}

/// Writes the normal form of a request's URL to `out`; false when there is none, because nobody names the host or the
/// target is no path. A target in absolute form brings its own host.
pub(crate) fn request_url(host: Option<&[u8]>, target: &[u8], out: &mut Vec<u8>) -> bool {
    out.clear();
    if host.is_none() && target.first() == Some(&b'/') {
        return false;
    }
    if let Some(host) = host
        && is_plain_domain(host)
        && is_plain_target(target)
    {
        out.extend_from_slice(host);
        out.extend_from_slice(target);
        return true;
    }
    let slow = || {
        let host = host.map(std::str::from_utf8).transpose().ok()?;
        ward_stix::normal::url_parts(host, std::str::from_utf8(target).ok()?)?.full
    };
    match slow() {
        Some(url) => {
            out.extend_from_slice(url.as_bytes());
            true
        }
        None => false,
    }
}

/// True for a host name that is already in normal form. False says nothing: rare names take the long way.
fn is_plain_domain(name: &[u8]) -> bool {
    let (Some(first), Some(last)) = (name.first(), name.last()) else {
        return false;
    };
    // With at most 63 bytes no label is too long, a label that begins with a letter or digit is no mere hyphen, and a
    // last label that ends in a letter is no number.
    if name.len() > 63 || !first.is_ascii_alphanumeric() || !last.is_ascii_lowercase() {
        return false;
    }
    // Without short cuts, so that the compiler can look at many bytes at once.
    let mut plain = true;
    let mut after_dot = true;
    for byte in name {
        let is_sign = (*byte == b'-') | (*byte == b'_') | (*byte == b'.');
        plain &= byte.is_ascii_lowercase() | byte.is_ascii_digit() | (is_sign & !after_dot);
        after_dot = *byte == b'.';
    }
    plain
}

/// True for a path and query that is already in normal form. False says nothing.
fn is_plain_target(target: &[u8]) -> bool {
    let mut plain = target.first() == Some(&b'/');
    for byte in target {
        plain &= (0x21..0x7f).contains(byte) & (*byte != b'%') & (*byte != b'#');
    }
    plain
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn text_of(bytes: Option<Cow<'_, [u8]>>) -> Option<String> {
        bytes.map(|bytes| String::from_utf8(bytes.into_owned()).unwrap())
    }

    #[test]
    fn a_referer_needs_a_scheme_of_the_web() {
        for (referer_text, expected) in [
            ("https://vote.example.gov/a?b=1", Some("vote.example.gov/a?b=1")),
            ("HTTPS://Vote.Example.gov:443/a%41#top", Some("vote.example.gov/aA")),
            ("http://vote.example.gov", Some("vote.example.gov/")),
            ("http://vote.example.gov:8080/", Some("vote.example.gov:8080/")),
            ("http://203.0.113.9/x", Some("203.0.113.9/x")),
            ("vote.example.gov/a", None),
            ("-", None),
            ("", None),
            ("android-app://com.example/", None),
        ] {
            let normal = referer(referer_text.as_bytes()).map(|url| String::from_utf8(url.text().to_vec()).unwrap());
            assert_eq!(normal.as_deref(), expected, "{referer_text}");
        }
    }

    proptest! {
        #[test]
        fn quick_domains_are_the_same(name in "[a-zA-Z0-9._é-]{0,12}(\\.[a-z0-9]{0,4}){0,3}") {
            prop_assert_eq!(text_of(domain(name.as_bytes())), ward_stix::normal::domain(&name));
        }

        #[test]
        fn quick_urls_are_the_same(host in "[a-zA-Z0-9.-]{0,9}(:[0-9]{1,4})?", target in "/?[ -~é]{0,12}") {
            let mut out = Vec::new();
            let found = request_url(Some(host.as_bytes()), target.as_bytes(), &mut out);
            let expected = ward_stix::normal::url_parts(Some(&host), &target).and_then(|parts| parts.full);
            prop_assert_eq!(found.then(|| String::from_utf8(out).unwrap()), expected);
        }

        #[test]
        fn quick_referers_are_the_same(rest in "[a-z0-9.-]{0,9}(:[0-9]{1,4})?[/?#]?[ -~é]{0,12}") {
            let text = format!("http://{rest}");
            let quick = referer(text.as_bytes()).map(|url| String::from_utf8(url.text().to_vec()).unwrap());
            prop_assert_eq!(quick, ward_stix::normal::url(&text));
        }
    }
}
