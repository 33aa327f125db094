//! What is asked of a paged endpoint and what one page brings (TAXII 2.1, sections 3.4 and 3.5).

use reqwest::Url;
use serde_json::value::RawValue;

use super::answer::Answer;
use crate::filter::{Endpoint, Parameter};
use crate::wire::{Envelope, Manifest, ManifestRecord, Versions};

/// A filter to ask with. The default asks for all, oldest first. What an endpoint does not take is not sent to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageQuery {
    /// A timestamp as a server wrote it, for example an earlier page's `date_added_last`.
    pub added_after: Option<String>,
    pub limit: Option<u64>,
    pub next: Option<String>,
    pub ids: Vec<String>,
    pub types: Vec<String>,
    /// `all` alone, or any of `first`, `last` and timestamps; empty means `last`.
    pub versions: Vec<String>,
    pub spec_versions: Vec<String>,
}

/// A page of objects, each with the server's bytes.
#[derive(Clone, Debug, Default)]
pub struct Page {
    pub objects: Vec<Box<RawValue>>,
    /// Whether the server has more.
    pub more: bool,
    /// What to ask with for more; some servers give none.
    pub next: Option<String>,
    /// When the first object was added, as the server wrote it; `None` where it is no timestamp.
    pub date_added_first: Option<String>,
    /// When the last object was added: what to ask after, next time.
    pub date_added_last: Option<String>,
}

/// A page of a manifest. For more, ask after `date_added_last`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ManifestPage {
    pub records: Vec<ManifestRecord>,
    pub more: bool,
    pub date_added_first: Option<String>,
    pub date_added_last: Option<String>,
}

/// A page of an object's versions. For more, ask after `date_added_last`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VersionsPage {
    pub versions: Vec<String>,
    pub more: bool,
    pub date_added_first: Option<String>,
    pub date_added_last: Option<String>,
}

impl PageQuery {
    /// The URL with this query, as far as the endpoint takes it.
    pub(super) fn onto(&self, mut url: Url, endpoint: Endpoint) -> Url {
        let list = |values: &[String]| (!values.is_empty()).then(|| values.join(","));
        let given = [
            (Parameter::AddedAfter, self.added_after.clone()),
            (Parameter::Limit, self.limit.map(|limit| limit.to_string())),
            (Parameter::Next, self.next.clone()),
            (Parameter::Id, list(&self.ids)),
            (Parameter::Type, list(&self.types)),
            (Parameter::Version, list(&self.versions)),
            (Parameter::SpecVersion, list(&self.spec_versions)),
        ];
        for (parameter, value) in given {
            if let Some(value) = value.filter(|_| endpoint.takes(parameter)) {
                url.query_pairs_mut().append_pair(parameter.name(), &value);
            }
        }
        url
    }
}

impl Page {
    pub(super) fn new(envelope: Envelope, answer: &Answer) -> Page {
        Page {
            objects: envelope.objects,
            more: envelope.more,
            next: envelope.next.filter(|next| !next.is_empty()),
            date_added_first: answer.date_added_first(),
            date_added_last: answer.date_added_last(),
        }
    }
}

impl ManifestPage {
    pub(super) fn new(manifest: Manifest, answer: &Answer) -> ManifestPage {
        ManifestPage {
            records: manifest.objects,
            more: manifest.more,
            date_added_first: answer.date_added_first(),
            date_added_last: answer.date_added_last(),
        }
    }
}

impl VersionsPage {
    pub(super) fn new(versions: Versions, answer: &Answer) -> VersionsPage {
        VersionsPage {
            versions: versions.versions,
            more: versions.more,
            date_added_first: answer.date_added_first(),
            date_added_last: answer.date_added_last(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::filter;
    use proptest::prelude::*;

    fn texts() -> impl Strategy<Value = Vec<String>> {
        proptest::collection::vec("[^,]{1,8}", 0..3)
    }

    proptest! {
        /// What the client asks is what the server's filter reads.
        #[test]
        fn asked_is_read(
            limit in proptest::option::of(1_u64..),
            next in proptest::option::of("\\PC{1,12}"),
            ids in texts(),
            types in texts(),
            spec_versions in texts(),
        ) {
            let query = PageQuery {
                limit,
                next,
                ids,
                types,
                spec_versions,
                added_after: Some("2018-05-03T12:00:00.000001Z".to_owned()),
                versions: vec!["first".to_owned(), "last".to_owned()],
            };
            let url = query.onto(Url::parse("http://h/").unwrap(), Endpoint::Objects);
            let read = filter::parse(url.query().unwrap(), Endpoint::Objects).unwrap();
            prop_assert_eq!(read.added_after, Some(1_525_348_800_000_001));
            prop_assert_eq!(read.versions, filter::VersionMatch::AnyOf(vec![
                filter::VersionPick::First, filter::VersionPick::Last]));
            prop_assert_eq!((read.limit, read.next), (query.limit, query.next));
            prop_assert_eq!((read.ids, read.types, read.spec_versions), (query.ids, query.types, query.spec_versions));
        }
    }
}
