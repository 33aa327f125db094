//! Following pages to the end, and away from servers that have none.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::value::RawValue;
use ward_taxii::client::{ClientError, PageQuery};
use ward_taxii::filter::{self, Endpoint};

use crate::server::{Reply, Seen, Server};
use crate::{ERROR, client_of, date, object};

fn numbers(objects: &[Box<RawValue>]) -> Vec<String> {
    objects.iter().map(|object| object.get().to_owned()).collect()
}

/// A collection of objects 0 to `count`, one tick apart, served as the standard says; pages by `next` or by date.
async fn collection_server(count: usize, by_next: bool) -> Server {
    Server::start(move |seen: &Seen| {
        let filter = filter::parse(&seen.query, Endpoint::Objects).unwrap();
        assert_eq!(filter.types, ["note"], "every page repeats the query");
        let later = |number: &usize| {
            filter.added_after.is_none_or(|after| 1_525_348_800_000_000 + i64::try_from(*number).unwrap() > after)
        };
        let from: usize = filter.next.as_deref().unwrap_or("0").parse().unwrap();
        let limit = usize::try_from(filter.limit.unwrap_or(10)).unwrap();
        let matching: Vec<usize> = (from..count).filter(later).collect();
        let page: Vec<usize> = matching.iter().copied().take(limit).collect();
        let (Some(first), Some(last)) = (page.first(), page.last()) else { return Reply::taxii("{}") };
        let more = matching.len() > page.len();
        let next = if more && by_next { format!("\"next\":\"{}\",", last + 1) } else { String::new() };
        let objects: Vec<String> = page.iter().map(|&number| object(number)).collect();
        let body = format!("{{\"more\":{more},{next}\"objects\":[{}]}}", objects.join(","));
        Reply::taxii(body).dated(date(*first), date(*last))
    })
    .await
}

#[tokio::test]
async fn all_pages_with_and_without_next() {
    let check = async |count: usize, limit: Option<u64>, after: Option<usize>, by_next: bool, requests: usize| {
        let server = collection_server(count, by_next).await;
        let query =
            PageQuery { limit, added_after: after.map(date), types: vec!["note".to_owned()], ..PageQuery::default() };
        let all = client_of(&server).all_objects("c", &query, 1_000).await.unwrap();
        let expected: Vec<String> = (after.map_or(0, |after| after + 1)..count).map(object).collect();
        assert_eq!(numbers(&all.objects), expected);
        assert_eq!(all.date_added_last, if expected.is_empty() { after.map(date) } else { Some(date(count - 1)) });
        assert_eq!(server.seen().len(), requests);
    };
    for by_next in [true, false] {
        check(0, None, None, by_next, 1).await;
        check(1, None, None, by_next, 1).await;
        check(10, None, None, by_next, 1).await;
        check(11, None, None, by_next, 2).await;
        check(25, Some(1), None, by_next, 25).await;
        check(25, Some(7), Some(3), by_next, 3).await;
        check(25, None, Some(24), by_next, 1).await;
    }
}

#[tokio::test]
async fn more_than_wanted() {
    let server = collection_server(30, true).await;
    let query = PageQuery { types: vec!["note".to_owned()], ..PageQuery::default() };
    let error = client_of(&server).all_objects("c", &query, 15).await.unwrap_err();
    assert!(matches!(error, ClientError::TooMany { at_most: 15, .. }), "{error}");
    assert_eq!(server.seen().len(), 2);
}

/// Servers without an end: what they answer, and after how many requests the client has had enough.
#[tokio::test]
async fn walks_that_would_never_end() {
    async fn check(expected: &str, requests: usize, answer: impl Fn(usize) -> Reply + Send + Sync + 'static) {
        let asked = AtomicU32::new(0);
        let server = Server::start(move |_| answer(asked.fetch_add(1, Ordering::SeqCst) as usize)).await;
        let error = client_of(&server).all_objects("c", &PageQuery::default(), 1_000).await.unwrap_err();
        assert!(matches!(error, ClientError::NoProgress { .. }) && error.to_string().contains(expected), "{error}");
        assert_eq!(server.seen().len(), requests, "{expected}");
    }
    let page = |next: &str, number| format!("{{\"more\":true,\"next\":\"{next}\",\"objects\":[{}]}}", object(number));
    let no_next = |number| format!("{{\"more\":true,\"objects\":[{}]}}", object(number));

    check("had given before", 2, move |_| Reply::taxii(page("a", 1))).await;
    check("had given before", 4, move |n| Reply::taxii(page(["a", "b", "c"][n % 3], n))).await;
    check("nothing new", 10, move |n| Reply::taxii(page(&n.to_string(), 1))).await;
    check("nothing new", 9, |n| Reply::taxii(format!("{{\"more\":true,\"next\":\"{n}\"}}"))).await;
    check("no `next`", 1, move |n| Reply::taxii(no_next(n))).await;
    check("no `next`", 1, move |n| Reply::taxii(no_next(n)).dated("undefined", "undefined")).await;
    check("no `next`", 1, move |_| Reply::taxii(r#"{"more":true,"next":""}"#)).await;
    check("no `next`", 2, move |n| Reply::taxii(no_next(n)).dated(date(5), date(5))).await;
    check("no `next`", 3, move |n| Reply::taxii(no_next(n)).dated(date(5), date([5, 6, 4][n]))).await;
    check("nothing new", 10, move |n| Reply::taxii(no_next(1)).dated(date(n), date(n))).await;
}

#[tokio::test]
async fn a_walk_survives_empty_pages_and_lost_answers() {
    let asked = AtomicU32::new(0);
    let server = Server::start(move |seen: &Seen| match asked.fetch_add(1, Ordering::SeqCst) {
        0 => Reply::taxii(format!("{{\"more\":true,\"next\":\"a\",\"objects\":[{}]}}", object(0)))
            .dated(date(0), date(0)),
        1 => Reply::error(503, ERROR),
        2 => {
            assert_eq!(seen.query, "next=a");
            Reply::taxii(r#"{"more":true,"next":"b"}"#).dated("undefined", "undefined")
        }
        _ => Reply::taxii(format!("{{\"objects\":[{}]}}", object(1))).dated(date(1), date(1)),
    })
    .await;
    let mut walk = client_of(&server).walk("c", &PageQuery::default());
    assert_eq!(walk.next_page().await.unwrap().unwrap().objects.len(), 1);
    assert!(matches!(walk.next_page().await, Err(ClientError::Refused { status: 503, .. })));
    assert_eq!(walk.next_page().await.unwrap().unwrap().objects.len(), 0);
    assert_eq!(walk.date_added_last(), Some(date(0).as_str()));
    assert_eq!(walk.next_page().await.unwrap().unwrap().objects.len(), 1);
    assert!(walk.next_page().await.unwrap().is_none());
    assert!(walk.next_page().await.unwrap().is_none());
    assert_eq!(walk.date_added_last(), Some(date(1).as_str()));
}
