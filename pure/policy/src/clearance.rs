//! Clearances: what a record of one is worth today, and who can be briefed.
//!
//! From Executive Order 13549 and the practice around it: an interim clearance reaches SECRET at most, a read-in for one briefing is no clearance, a
//! governor needs no investigation but signs like everyone, and nobody has access before the non-disclosure agreement is signed. A clearance
//! has no end date; it counts for a year after somebody last asked the sponsor. It is never access by itself: a briefing asks for the level, the
//! need to know, the signature and an approved place.

use serde::{Deserialize, Serialize};

use crate::decide::Level;

/// How long a verification holds, in microseconds.
pub const VERIFIED_FOR: i64 = 365 * 86_400 * 1_000_000;

/// What is written of a level: as [`Level`], with access to compartments told apart. Which compartments is nowhere kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Grade {
    Confidential,
    Secret,
    TopSecret,
    TopSecretSci,
}

/// What it rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Basis {
    /// An investigation that was decided, or that is to be.
    Final,
    /// An investigation that is not decided yet.
    Interim,
    /// A paper signed for one briefing.
    ReadIn,
    /// The office of governor.
    Governor,
}

/// How far it has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Stage {
    Identified,
    Nominated,
    FormSent,
    Investigating,
    Interim,
    Granted,
    ContinuousVetting,
    Suspended,
    Withdrawn,
    Debriefed,
}

/// A record of a clearance, as far as it decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub grade: Grade,
    pub basis: Basis,
    pub stage: Stage,
    /// Microseconds UTC, as the next.
    pub nda_signed_at: Option<i64>,
    pub verified_at: Option<i64>,
}

/// What somebody can hear, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Holder<'a> {
    /// What they need to know.
    pub topics: &'a [String],
    /// The nearest accredited room; empty: none is known.
    pub room: &'a str,
    pub travel_minutes: Option<i64>,
}

/// A briefing that is to be held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Briefing<'a> {
    pub grade: Grade,
    /// Unclassified words.
    pub topic: &'a str,
    /// How far people can travel; none: any way is short enough.
    pub within_minutes: Option<i64>,
}

/// Why somebody cannot be briefed.
pub mod lacks {
    pub const GRADE: &str = "is not cleared to this level";
    pub const INTERIM: &str = "has an interim clearance, which reaches SECRET at most";
    pub const READ_IN: &str = "was read in for one briefing, which is no clearance";
    pub const NOT_GRANTED: &str = "the clearance is not granted yet";
    pub const SUSPENDED: &str = "the clearance is suspended";
    pub const ENDED: &str = "the clearance has ended";
    pub const SIGNATURE: &str = "no non-disclosure agreement is on record";
    pub const VERIFICATION: &str = "nobody asked the sponsor within a year";
    pub const TOPIC: &str = "no need to know this topic is on record";
    pub const ROOM: &str = "no accredited room is on record";
    pub const TOO_FAR: &str = "the nearest accredited room is too far";
    pub const TRAVEL: &str = "how far the accredited room is, is not known";
}

impl Grade {
    /// All, from the lowest.
    pub const ALL: [Self; 4] = [Self::Confidential, Self::Secret, Self::TopSecret, Self::TopSecretSci];

    /// As the one decision knows it, which asks about compartments apart.
    pub const fn level(self) -> Level {
        match self {
            Self::Confidential => Level::Confidential,
            Self::Secret => Level::Secret,
            Self::TopSecret | Self::TopSecretSci => Level::TopSecret,
        }
    }
}

impl Basis {
    /// All.
    pub const ALL: [Self; 4] = [Self::Final, Self::Interim, Self::ReadIn, Self::Governor];
}

impl Stage {
    /// All, in the order in which they are gone through.
    pub const ALL: [Self; 10] = [
        Self::Identified,
        Self::Nominated,
        Self::FormSent,
        Self::Investigating,
        Self::Interim,
        Self::Granted,
        Self::ContinuousVetting,
        Self::Suspended,
        Self::Withdrawn,
        Self::Debriefed,
    ];

    /// Whether somebody in this stage may have access.
    pub const fn is_cleared(self) -> bool {
        matches!(self, Self::Interim | Self::Granted | Self::ContinuousVetting)
    }

    /// Whether it is on its way and nothing is decided.
    pub const fn is_pending(self) -> bool {
        matches!(self, Self::Identified | Self::Nominated | Self::FormSent | Self::Investigating)
    }

    /// Whether it has ended.
    pub const fn is_over(self) -> bool {
        matches!(self, Self::Withdrawn | Self::Debriefed)
    }

    /// Whether the next stage may be this one. Stages may be skipped, not gone back; what has ended begins anew as another record.
    pub fn goes_to(self, next: Self) -> bool {
        match next {
            Self::Suspended => self.is_cleared(),
            Self::Withdrawn => !self.is_over(),
            Self::Debriefed => self.is_cleared() || matches!(self, Self::Suspended | Self::Withdrawn),
            _ if self == Self::Suspended => next.is_cleared(),
            _ => !self.is_over() && self < next,
        }
    }
}

impl Held {
    /// What it would reach by its stage alone, were it signed and verified.
    pub fn nominal(&self) -> Option<Grade> {
        if !self.stage.is_cleared() || self.basis == Basis::ReadIn {
            return None;
        }
        let is_interim = self.stage == Stage::Interim || self.basis == Basis::Interim;
        Some(if is_interim { self.grade.min(Grade::Secret) } else { self.grade })
    }

    /// What it reaches now, and until when that holds.
    pub fn reaches(&self, now: i64) -> Option<(Grade, i64)> {
        let grade = self.nominal().filter(|_| self.nda_signed_at.is_some_and(|at| at <= now))?;
        let verified_at = self.verified_at.filter(|at| *at <= now)?;
        let until = verified_at.saturating_add(VERIFIED_FOR);
        (now < until).then_some((grade, until))
    }

    /// Whether this takes two people and the sponsor's word, coming from `before`: it reaches further, now or once it is signed and verified, or
    /// rests on more.
    pub fn is_more_than(&self, before: &Self, now: i64) -> bool {
        let grade = |held: &Self| held.reaches(now).map(|(grade, _)| grade);
        let decided = |held: &Self| held.stage.is_cleared() && held.stage != Stage::Interim;
        self.nominal() > before.nominal()
            || grade(self) > grade(before)
            || self.stage.is_cleared() && !before.stage.is_cleared()
            || decided(self) && !decided(before)
            || !self.stage.is_pending() && self.grade > before.grade
    }

    /// Why its holder cannot be briefed; nothing when they can.
    pub fn lacks(&self, holder: &Holder<'_>, briefing: &Briefing<'_>, now: i64) -> Vec<&'static str> {
        let mut lacks = Vec::new();
        let mut say = |is_so: bool, what: &'static str| lacks.extend(is_so.then_some(what));
        let is_interim = self.stage == Stage::Interim || self.basis == Basis::Interim;
        say(self.stage.is_pending(), lacks::NOT_GRANTED);
        say(self.stage == Stage::Suspended, lacks::SUSPENDED);
        say(self.stage.is_over(), lacks::ENDED);
        say(self.basis == Basis::ReadIn, lacks::READ_IN);
        say(self.grade < briefing.grade, lacks::GRADE);
        say(self.grade >= briefing.grade && is_interim && briefing.grade > Grade::Secret, lacks::INTERIM);
        say(self.nda_signed_at.is_none_or(|at| at > now), lacks::SIGNATURE);
        let verified = self.verified_at.is_some_and(|at| at <= now && now < at.saturating_add(VERIFIED_FOR));
        say(!verified, lacks::VERIFICATION);
        let topic = briefing.topic.trim().to_lowercase();
        say(topic.is_empty() || !holder.topics.iter().any(|own| own.trim().to_lowercase() == topic), lacks::TOPIC);
        say(holder.room.trim().is_empty(), lacks::ROOM);
        if let Some(limit) = briefing.within_minutes.filter(|_| !holder.room.trim().is_empty()) {
            say(holder.travel_minutes.is_none(), lacks::TRAVEL);
            say(holder.travel_minutes.is_some_and(|minutes| minutes > limit), lacks::TOO_FAR);
        }
        lacks
    }
}

/// What somebody's records together reach now, and until when that holds; after it, nothing.
pub fn effective(held: &[Held], now: i64) -> (Level, Option<i64>) {
    let best = held.iter().filter_map(|one| one.reaches(now)).max();
    best.map_or((Level::Unclassified, None), |(grade, until)| (grade.level(), Some(until)))
}
