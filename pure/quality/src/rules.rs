//! The constants of the judgement, each with the reason for it. Confidence is a figure from 0 to 100, as STIX has it.

use ward_stix::term::Term;

/// Microseconds in a day.
pub const DAY: i64 = 86_400_000_000;

/// From this confidence on an indicator may block by itself: below it a wrong block is about as likely as a right one, and a wrong one locks
/// somebody out.
pub const BLOCK_FROM: i64 = 60;

/// What two people signed in an alert is at least this sure: they were asked to check it, and their names stand under it.
pub const VOUCHED: i64 = 70;

/// Each organisation that confirmed a hit adds this much, because a person there looked at the lines behind it.
pub const CONFIRMED: i64 = 15;
/// Confirmations of this many organisations count: after three the next one says little that is new.
pub const CONFIRMED_MAX: i64 = 3;

/// Each organisation with a match that nobody has looked at adds this much: the value does occur, and no more is known.
pub const MATCHED: i64 = 3;
/// Unreviewed matches of this many organisations count: an address that everyone meets is rather a shared one than a bad one.
pub const MATCHED_MAX: i64 = 3;

/// Each organisation that reviewed a hit as a false alarm takes this much away, more than a confirmation adds: a wrong block harms at once.
pub const FALSE_ALARM: i64 = 20;
/// So many organisations with a false alarm end an indicator: one may err, and two may share the same partner.
pub const KILLED_BY: usize = 3;
/// An indicator is only ended where false alarms are this many times the confirmations: a real one also hits the innocent.
pub const KILLED_RATIO: usize = 2;

/// A value on a list of what many share loses this much: a hit on it is more often somebody else.
pub const SHARED: i64 = 30;
/// What its sender wants looked at only loses this much: the sender did not claim more.
pub const WATCH_ONLY: i64 = 10;
/// A confidence falls by this much for each lifetime that passed without word from anybody.
pub const AGED: i64 = 10;
/// Confidence by age alone does not fall below this: what is old is not thereby wrong.
pub const AGED_FLOOR: i64 = 5;

/// A list is used when it is old, and said to be old from this many days on: networks grow new ranges every few months.
pub const LIST_FRESH_DAYS: i64 = 180;

/// The confidence of an indicator whose sender states none, by what it looks for.
pub fn unstated(term: &Term) -> i64 {
    match term {
        // A place on the network: many may stand behind it, and it changes hands.
        Term::Network { first, last } if first == last => 30,
        // Many addresses, of which most have nothing to do with the matter.
        Term::Network { .. } => 20,
        // Registered for a purpose, and taken over or parked later.
        Term::Domain(_) => 50,
        // A page within a site, which may be an innocent site that was broken into.
        Term::Url(_) => 50,
        // Exactly one content: whoever has it has that file.
        Term::Hash(_) => 70,
        // A text that anyone may send, and that libraries share.
        Term::UserAgent(_) => 30,
    }
}

/// How long an indicator without an end is taken at its word, in days; none is for ever.
pub fn lifetime_days(term: &Term) -> Option<i64> {
    match term {
        // Rented addresses go back to the provider within months.
        Term::Network { .. } => Some(90),
        // Names are registered by the year.
        Term::Domain(_) | Term::Url(_) => Some(365),
        // Tools get new versions.
        Term::UserAgent(_) => Some(365),
        // A content stays what it is.
        Term::Hash(_) => None,
    }
}
