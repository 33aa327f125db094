//! The archive over time: nothing twice, nothing missed, small segments merged, orphans swept, purges that do not unsee.

use ward_stix::answer::Finding;
use ward_store::testing::TestDatabase;
use ward_watch::WatchError;
use ward_watch::release::Release;
use ward_watch::source::SourceOptions;

use crate::setup::*;

ward_store::test_both!(
    many_small_readings_are_merged,
    what_was_seen_stays_seen_after_a_purge,
    one_reader_at_a_time,
    zeek_goes_on_after_its_header,
    a_single_file_is_followed_through_rotation,
);

async fn segments(node: &Node) -> usize {
    node.here.store.fetch("SELECT id FROM segment", &[]).await.unwrap().len()
}

async fn many_small_readings_are_merged(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let folder = node.logs("web");
    let live = folder.join("access.log");
    std::fs::write(&live, "").unwrap();
    node.declare("web", &folder, SourceOptions::default()).await;
    let mut text = String::new();
    for part in 0..18 {
        let from = asked().0 + part * 4 * HOUR;
        text.push_str(&log(from, from + 4 * HOUR));
        text.push_str(&line(BAD, from, "GET /a?x=union+select+1 HTTP/1.1", 404, 1, AGENT));
        if part == 9 {
            // Rotated between two readings, and compressed beside.
            std::fs::rename(&live, folder.join("access.log.1")).unwrap();
            text = String::new();
        }
        // A last line that is still being written waits for its end.
        std::fs::write(&live, format!("{text}192.0.2.1 - - [")).unwrap();
        node.read().await;
    }
    assert_eq!(segments(&node).await, 2, "16 and one are merged, one came after");
    std::fs::write(node.here.folder.join("archive/segments/orphan.parquet"), "x").unwrap();
    node.read().await;
    let files = std::fs::read_dir(node.here.folder.join("archive/segments")).unwrap().count();
    assert_eq!(files, 4);
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 17));
    assert_eq!(result.sources[0].events_read, 17 * 80 + 17);
}

async fn what_was_seen_stays_seen_after_a_purge(database: TestDatabase) {
    let mut node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    node.with_log(&format!(
        "{}{}",
        full_log(),
        line(BAD, asked().0, "GET /a?x=union+select+1 HTTP/1.1", 404, 1, AGENT)
    ))
    .await;
    assert_eq!(node.look_back().await.finding, Finding::MatchUnderReview);
    let before = node.answers().await;
    node.settings(Release::Person, Some(5)).await;
    node.set_clock(now() + 60 * DAY);
    node.read().await;
    assert_eq!(segments(&node).await, 0);
    let files = std::fs::read_dir(node.here.folder.join("archive/segments")).unwrap().count();
    assert_eq!(files, 0, "purged files are gone at once");
    let result = node.look_back().await;
    assert_eq!((result.finding, result.events_matched), (Finding::MatchUnderReview, 1));
    assert!(result.because.join(" ").contains("have been purged since"));
    assert_eq!(node.look_back().await.finding, Finding::MatchUnderReview);
    assert_eq!(node.answers().await[..before.len()].len(), before.len());
    node.verify_record().await;
}

async fn one_reader_at_a_time(database: TestDatabase) {
    let node = node(database).await;
    node.with_log(&full_log()).await;
    let lock = std::fs::File::create(node.here.folder.join("archive/reading.lock")).unwrap();
    lock.lock().unwrap();
    let refused = ward_watch::reading::read_sources(&node.here).await;
    assert!(matches!(refused, Err(WatchError::NotYet(_))), "{refused:?}");
}

async fn zeek_goes_on_after_its_header(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let path = node.logs("zeek").join("conn.log");
    let header = "#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n\
                  #fields\tts\tuid\tid.orig_h\tid.orig_p\tid.resp_h\tid.resp_p\tproto\n";
    let row = |seconds: i64, client: &str| format!("{seconds}.0\tC1\t{client}\t5000\t10.0.0.1\t80\ttcp\n");
    let start = asked().0 / 1_000_000;
    let first = format!("{header}{}", row(start, "192.0.2.5"));
    std::fs::write(&path, &first).unwrap();
    node.declare("zeek", &path, SourceOptions::default()).await;
    assert_eq!(node.read().await[0].events, 1);
    std::fs::write(&path, format!("{first}{}", row(start + 60, BAD))).unwrap();
    let readings = node.read().await;
    assert_eq!((readings[0].lines_read, readings[0].lines_rejected, readings[0].live_hits), (1, 0, 1));
    assert_eq!(node.look_back().await.events_matched, 1);
}

async fn a_single_file_is_followed_through_rotation(database: TestDatabase) {
    let node = node(database).await;
    node.alert(asked().0, &[address(BAD)]).await;
    let path = node.logs("web").join("access.log");
    std::fs::write(&path, log(asked().0, asked().0 + DAY)).unwrap();
    node.declare("web", &path, SourceOptions::default()).await;
    node.read().await;
    // Lines come after the reading, then the file is rotated, and for a moment nothing has its name.
    let older = node.logs("web").join("access.log.1");
    std::fs::write(&path, log(asked().0, asked().0 + 2 * DAY)).unwrap();
    std::fs::rename(&path, &older).unwrap();
    node.read().await;
    std::fs::write(&path, log(asked().0 + 2 * DAY, asked().1)).unwrap();
    let readings = node.read().await;
    assert_eq!((readings[0].events, readings[0].lost.len(), readings[0].unreadable.len()), (480, 0, 0));
    let result = node.look_back().await;
    assert_eq!((result.finding, result.sources[0].events_read), (Finding::NotSeen, 1_440), "{:?}", result.because);
}
