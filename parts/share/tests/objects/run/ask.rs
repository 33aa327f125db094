//! What the watched reader asks about single objects, and what they are told was called back.

use ward_share::{ShareError, page, recall};
use ward_taxii::filter::{Filter, VersionMatch, VersionPick};

use super::{Run, WATCHED};
use crate::asked::{described, exact};

impl Run {
    /// Asks for one object in every way: with `match[id]` and `match[version]`, by its own address, for its versions, and in the manifest.
    pub(super) async fn ask(&mut self, id: &str, version: u64) {
        let who = self.reader(WATCHED).await;
        let here = &self.hub.here;
        let Ok(collection) = self.collection(&who).await else {
            return self.answers.push("no such collection".to_owned());
        };
        let picks = [
            VersionMatch::All,
            VersionMatch::AnyOf(vec![VersionPick::First]),
            VersionMatch::AnyOf(vec![VersionPick::Last]),
            VersionMatch::AnyOf(vec![exact(version)]),
        ];
        let mut answers = Vec::new();
        for versions in picks {
            let by_address = Filter { versions: versions.clone(), limit: Some(2), ..Filter::default() };
            let by_match = Filter { ids: vec![id.to_owned()], ..by_address.clone() };
            let found = page::objects(here, &who, &collection, &by_match).await.unwrap();
            answers.push(described(Some(&(found, Vec::new()))));
            let found = page::object(here, &who, &collection, id, &by_address).await;
            answers.push(told(found, |page| described(Some(&(page, Vec::new())))));
        }
        let found = page::versions(here, &who, &collection, id, &Filter::default()).await;
        let list = |page: page::Page<String>| format!("{:?}, more {}", page.items, page.more);
        answers.push(told(found, list));
        let by_match = Filter { ids: vec![id.to_owned()], ..Filter::default() };
        let found = page::manifest(here, &who, &collection, &by_match).await;
        let list = |page: page::Page<_>| format!("{} of it, more {}", page.items.len(), page.more);
        answers.push(told(found, list));
        let recalls = recall::list(here, &who).await.unwrap();
        let mut recalls: Vec<String> = recalls
            .iter()
            .map(|one| {
                let id = one.stix_id.strip_prefix("note--").map_or(one.stix_id.as_str(), |_| "note");
                format!("{id} {} {} {:?}", one.version, one.reason, one.confirmed_at)
            })
            .collect();
        recalls.sort();
        answers.push(format!("called back {recalls:?}"));
        self.answers.extend(answers.into_iter().map(|answer| format!("{id} {version}: {answer}")));
    }
}

/// An answer or an error, as it is compared.
fn told<T>(found: Result<T, ShareError>, describe: impl FnOnce(T) -> String) -> String {
    match found {
        Ok(page) => describe(page),
        Err(error) => format!("{error:?}"),
    }
}
