//! What a record of a clearance is worth, as tables.
#![cfg(test)]

use ward_policy::Stage::{
    ContinuousVetting, Debriefed, FormSent, Granted, Identified, Interim, Investigating, Nominated, Suspended,
    Withdrawn,
};
use ward_policy::{Basis, Briefing, Grade, Held, Holder, Level, Stage, VERIFIED_FOR, effective, lacks};

const NOW: i64 = 1_525_305_600_000_000;
const DAY: i64 = 86_400_000_000;

fn held(grade: Grade, basis: Basis, stage: Stage) -> Held {
    Held { grade, basis, stage, nda_signed_at: Some(NOW - 300 * DAY), verified_at: Some(NOW - 30 * DAY) }
}

#[test]
fn a_record_reaches_what_its_stage_and_basis_allow() {
    use Grade::{Secret, TopSecret, TopSecretSci};
    for (grade, basis, stage, expected) in [
        (Secret, Basis::Final, Granted, Level::Secret),
        (Secret, Basis::Final, ContinuousVetting, Level::Secret),
        (Secret, Basis::Interim, Interim, Level::Secret),
        (TopSecret, Basis::Interim, Interim, Level::Secret),
        (TopSecret, Basis::Final, Granted, Level::TopSecret),
        (TopSecretSci, Basis::Final, ContinuousVetting, Level::TopSecret),
        (Secret, Basis::Governor, Granted, Level::Secret),
        (Secret, Basis::ReadIn, Granted, Level::Unclassified),
        (Secret, Basis::Final, Identified, Level::Unclassified),
        (Secret, Basis::Final, Nominated, Level::Unclassified),
        (Secret, Basis::Final, FormSent, Level::Unclassified),
        (Secret, Basis::Final, Investigating, Level::Unclassified),
        (Secret, Basis::Final, Suspended, Level::Unclassified),
        (Secret, Basis::Final, Withdrawn, Level::Unclassified),
        (Secret, Basis::Final, Debriefed, Level::Unclassified),
        (Grade::Confidential, Basis::Final, Granted, Level::Confidential),
    ] {
        let one = held(grade, basis, stage);
        assert_eq!(effective(&[one], NOW).0, expected, "{grade:?} {basis:?} {stage:?}");
        for (what, without) in [
            ("not signed", Held { nda_signed_at: None, ..one }),
            ("signed tomorrow", Held { nda_signed_at: Some(NOW + DAY), ..one }),
            ("never verified", Held { verified_at: None, ..one }),
            ("verified a year ago", Held { verified_at: Some(NOW - VERIFIED_FOR), ..one }),
            ("verified tomorrow", Held { verified_at: Some(NOW + DAY), ..one }),
        ] {
            assert_eq!(
                effective(&[without], NOW),
                (Level::Unclassified, None),
                "{what}: {grade:?} {basis:?} {stage:?}"
            );
        }
    }
    let secret = held(Secret, Basis::Final, ContinuousVetting);
    let top = held(TopSecret, Basis::Final, Investigating);
    assert_eq!(effective(&[top, secret], NOW), (Level::Secret, Some(NOW - 30 * DAY + VERIFIED_FOR)));
    assert_eq!(effective(&[], NOW), (Level::Unclassified, None));
}

#[test]
fn stages_are_gone_through_one_way() {
    let all = Stage::ALL;
    for (from, expected) in [
        (Identified, vec![Nominated, FormSent, Investigating, Interim, Granted, ContinuousVetting, Withdrawn]),
        (Nominated, vec![FormSent, Investigating, Interim, Granted, ContinuousVetting, Withdrawn]),
        (FormSent, vec![Investigating, Interim, Granted, ContinuousVetting, Withdrawn]),
        (Investigating, vec![Interim, Granted, ContinuousVetting, Withdrawn]),
        (Interim, vec![Granted, ContinuousVetting, Suspended, Withdrawn, Debriefed]),
        (Granted, vec![ContinuousVetting, Suspended, Withdrawn, Debriefed]),
        (ContinuousVetting, vec![Suspended, Withdrawn, Debriefed]),
        (Suspended, vec![Interim, Granted, ContinuousVetting, Withdrawn, Debriefed]),
        (Withdrawn, vec![Debriefed]),
        (Debriefed, vec![]),
    ] {
        let found: Vec<Stage> = all.into_iter().filter(|next| from.goes_to(*next)).collect();
        assert_eq!(found, expected, "{from:?}");
    }
}

#[test]
fn what_raises_is_told_from_what_lowers() {
    use Grade::{Secret, TopSecret};
    let now = held(Secret, Basis::Final, Granted);
    let pending = held(Secret, Basis::Final, Investigating);
    for (what, before, after, raises) in [
        ("granted", pending, now, true),
        ("granted without a signature", pending, Held { nda_signed_at: None, ..now }, true),
        ("interim", pending, Held { stage: Interim, basis: Basis::Interim, ..pending }, true),
        ("interim to final", Held { stage: Interim, basis: Basis::Interim, ..now }, now, true),
        ("vetted from now on", now, Held { stage: ContinuousVetting, ..now }, false),
        ("a higher level", now, Held { grade: TopSecret, ..now }, true),
        (
            "a higher level, not signed",
            Held { nda_signed_at: None, ..now },
            Held { grade: TopSecret, nda_signed_at: None, ..now },
            true,
        ),
        ("a higher level that is only asked for", pending, Held { grade: TopSecret, ..pending }, false),
        (
            "a higher level while suspended",
            Held { stage: Suspended, ..now },
            Held { stage: Suspended, grade: TopSecret, ..now },
            true,
        ),
        ("a lower level", Held { grade: TopSecret, ..now }, now, false),
        ("the signature", Held { nda_signed_at: None, ..now }, now, true),
        ("verified in time", Held { verified_at: Some(NOW - 300 * DAY), ..now }, now, false),
        ("verified too late", Held { verified_at: Some(NOW - 400 * DAY), ..now }, now, true),
        ("suspended", now, Held { stage: Suspended, ..now }, false),
        ("after a suspension", Held { stage: Suspended, ..now }, now, true),
        ("withdrawn", now, Held { stage: Withdrawn, ..now }, false),
        ("one step on", Held { stage: Nominated, ..pending }, pending, false),
        ("a read-in", Held { basis: Basis::ReadIn, ..pending }, Held { basis: Basis::ReadIn, ..now }, true),
    ] {
        assert_eq!(after.is_more_than(&before, NOW), raises, "{what}");
    }
}

#[test]
fn a_clearance_is_not_access() {
    let topics = ["Foreign probing of voter rolls".to_owned()];
    let full = Holder { topics: &topics, room: "Fusion center, Springfield", travel_minutes: Some(40) };
    let asked = Briefing { grade: Grade::Secret, topic: "foreign probing of voter rolls ", within_minutes: Some(60) };
    let top = Briefing { grade: Grade::TopSecret, ..asked };
    let good = held(Grade::Secret, Basis::Final, ContinuousVetting);
    let interim_top = held(Grade::TopSecret, Basis::Interim, Interim);
    let none: &[&str] = &[];
    for (held, holder, asked, expected) in [
        (good, full, asked, none),
        (held(Grade::TopSecretSci, Basis::Final, Granted), full, top, none),
        (held(Grade::Secret, Basis::Interim, Interim), full, asked, none),
        (held(Grade::Secret, Basis::Governor, Granted), full, asked, none),
        (interim_top, full, asked, none),
        (interim_top, full, top, &[lacks::INTERIM]),
        (good, full, top, &[lacks::GRADE]),
        (held(Grade::Secret, Basis::Final, Investigating), full, asked, &[lacks::NOT_GRANTED]),
        (held(Grade::Secret, Basis::Final, Suspended), full, asked, &[lacks::SUSPENDED]),
        (held(Grade::Secret, Basis::Final, Withdrawn), full, asked, &[lacks::ENDED]),
        (held(Grade::Secret, Basis::ReadIn, Granted), full, asked, &[lacks::READ_IN]),
        (Held { nda_signed_at: None, ..good }, full, asked, &[lacks::SIGNATURE]),
        (Held { verified_at: Some(NOW - 366 * DAY), ..good }, full, asked, &[lacks::VERIFICATION]),
        (good, Holder { topics: &[], ..full }, asked, &[lacks::TOPIC]),
        (good, full, Briefing { topic: "Other", ..asked }, &[lacks::TOPIC]),
        (good, full, Briefing { topic: "", ..asked }, &[lacks::TOPIC]),
        (good, Holder { room: " ", ..full }, asked, &[lacks::ROOM]),
        (good, Holder { travel_minutes: Some(61), ..full }, asked, &[lacks::TOO_FAR]),
        (good, Holder { travel_minutes: None, ..full }, asked, &[lacks::TRAVEL]),
        (good, Holder { travel_minutes: None, ..full }, Briefing { within_minutes: None, ..asked }, none),
        (
            Held { nda_signed_at: None, verified_at: None, ..good },
            Holder { topics: &[], room: "", travel_minutes: None },
            top,
            &[lacks::GRADE, lacks::SIGNATURE, lacks::VERIFICATION, lacks::TOPIC, lacks::ROOM],
        ),
    ] {
        assert_eq!(held.lacks(&holder, &asked, NOW), expected, "{held:?} {holder:?} {asked:?}");
        // Who can be briefed is cleared so far by the one decision too.
        let cleared = effective(&[held], NOW).0;
        assert!(!expected.is_empty() || cleared >= asked.grade.level(), "{held:?}");
    }
}
