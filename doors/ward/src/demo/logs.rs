//! The invented web logs of the reconstruction: who shows what, and the Apache files that show it, hour by hour.
//!
//! Every line is INVENTED and says so in a last column of its own. The shapes follow published observations (Senate
//! Select Committee on Intelligence, Russian Active Measures, volume 1, p. 17-24 and 50; Illinois State Board of
//! Elections, report of 26 August 2016). An hour's lines depend on the seed, the state and the hour only, so a period
//! can be written in any number of steps. All times are UTC.

mod hostile;
mod line;
mod ordinary;
mod rotation;
#[cfg(test)]
mod tests;

use std::{fs, io, ops::Range, path::Path};

use super::facts::{Probe, State, Targeted};
use super::random::Random;
use hostile::Attack;
use line::Lines;
use rotation::WEEK_SECONDS;

/// The last column of every line.
pub const MARK: &str = "RECONSTRUCTION-INVENTED-LOG";

/// The file beside each log folder that says what the logs are.
pub const NOTICE_FILE: &str = "RECONSTRUCTION-INVENTED-LOGS.txt";

/// The address on every line behind a proxy.
pub const PROXY_ADDRESS: &str = "10.20.0.5";

const HOUR_SECONDS: i64 = 3_600;
const DAY_SECONDS: i64 = 86_400;

/// 1 July 2016, in days since 1970: the missing day is one of the 28 that begin with it, before the warning of 18
/// August.
const DAY_1_JULY: i64 = 16_983;

const NOTICE: &str = "\
RECONSTRUCTION, INVENTED LOGS

The log files in the folder beside this note were made by a program, for a demonstration. No line of them was ever
written by a server, no client in them exists, and no address in them is anybody's: all are from ranges kept for
documentation (RFC 5737, RFC 3849), benchmarks (RFC 2544) and private networks (RFC 1918). What the logs show follows
published descriptions of June to November 2016; which state shows what is in part invented. They are evidence of nothing.
";

/// What a state's logs show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Shape {
    /// Slow injection for nineteen days, a spike, then a month of refused requests.
    Breached,
    Probed(Probe),
    /// Ordinary traffic only.
    Quiet,
    /// Ordinary traffic, and one day in July 2016 without a line: see [`missing_day`].
    DayMissing,
    /// Every second line is not in the log format.
    HalfRejected,
    /// Every line has the proxy's private address ([`PROXY_ADDRESS`]).
    BehindProxy,
    /// The current week and the two before it are kept, and nothing older.
    NoLogsKept,
}

/// One state (or county: any code will do) and what its logs show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatePlan {
    pub state: State,
    pub shape: Shape,
}

/// What one call of [`write_hours`] wrote.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    pub lines: u64,
    /// Before compression.
    pub bytes: u64,
    /// Log files made, extended or rotated.
    pub files: u64,
}

/// Gives each state its shape, sorted by code. The targeted get theirs; of each ten of the others, in the order of
/// their codes, one lacks a day, one is behind a proxy and one has a log that is half unreadable or not kept. The
/// seed shifts which.
#[must_use]
pub fn plan(states: &[State], targeted: &[Targeted], seed: u64) -> Vec<StatePlan> {
    let mut states = states.to_vec();
    states.sort_by(|a, b| a.code.cmp(&b.code));
    let mut others = 0;
    let shaped = |state: State| {
        let shape = match targeted.iter().find(|one| one.code == state.code) {
            Some(one) if one.breached => Shape::Breached,
            Some(one) => Shape::Probed(one.shape),
            None => {
                others += 1;
                shape_of_other(others - 1, seed)
            }
        };
        StatePlan { state, shape }
    };
    states.into_iter().map(shaped).collect()
}

/// Writes the hours from `from` to `until` (seconds since 1970, whole hours, `until` not included) into `folder`.
///
/// Like logrotate with `weekly`, `dateext` and `compress`: a week ends on Sunday 00:00 and becomes
/// `access.log-YYYYMMDD.gz`, named by that Sunday; the lines of the week that is not over are in `access.log`. A
/// later call with a later period goes on from there. A note ([`NOTICE_FILE`]) is put beside the folder. A period
/// already written must not be written again.
pub fn write_hours(folder: &Path, plan: &StatePlan, from: i64, until: i64, seed: u64) -> io::Result<Written> {
    if from % HOUR_SECONDS != 0 || until % HOUR_SECONDS != 0 || until < from {
        let wrong = format!("`{from}` to `{until}` is not a period of whole hours");
        return Err(io::Error::new(io::ErrorKind::InvalidInput, wrong));
    }
    fs::create_dir_all(folder)?;
    if let Some(beside) = folder.parent() {
        put_notice(&beside.join(NOTICE_FILE))?;
    }
    let attack = Attack::on(&plan.state.code, plan.shape, seed)?;
    let oldest_kept = match plan.shape {
        Shape::NoLogsKept => rotation::week_of(until) - 2 * WEEK_SECONDS,
        _ => i64::MIN,
    };
    let mut written = Written::default();
    let mut start = from.max(oldest_kept);
    rotation::close_older(folder, start, &mut written)?;
    let mut lines = Lines::default();
    while start < until {
        let end = until.min(rotation::week_of(start) + WEEK_SECONDS);
        lines.clear();
        write_lines(&mut lines, plan, &attack, start..end, seed);
        rotation::store(folder, start, end, lines.text(), &mut written)?;
        written.lines += lines.count();
        written.bytes += lines.text().len() as u64;
        start = end;
    }
    rotation::discard(folder, oldest_kept)?;
    Ok(written)
}

/// The day without a line of a state with [`Shape::DayMissing`]: its first second. It lasts 24 hours.
#[must_use]
pub fn missing_day(code: &str, seed: u64) -> i64 {
    let day = Random::keyed(seed, code, -1).below(28);
    (DAY_1_JULY + i64::from(day)) * DAY_SECONDS
}

fn put_notice(file: &Path) -> io::Result<()> {
    if file.exists() { Ok(()) } else { fs::write(file, NOTICE) }
}

/// The lines of `period`, in the order of their times.
fn write_lines(lines: &mut Lines, plan: &StatePlan, attack: &Attack, period: Range<i64>, seed: u64) {
    let code = plan.state.code.as_str();
    let site = ordinary::Site::of(code);
    let missing = match plan.shape {
        Shape::DayMissing => missing_day(code, seed),
        _ => i64::MIN,
    };
    let mut second = period.start;
    while second < period.end {
        if second.div_euclid(DAY_SECONDS) * DAY_SECONDS != missing {
            lines.begin_hour(second);
            let mut random = Random::keyed(seed, code, second / HOUR_SECONDS);
            let offline = attack.has_taken_the_site_offline(second);
            ordinary::hour(lines, &site, second, offline, &mut random);
            attack.hour(lines, second, &mut random);
            lines.end_hour(plan.shape);
        }
        second += HOUR_SECONDS;
    }
}

fn shape_of_other(ordinal: u64, seed: u64) -> Shape {
    match (ordinal + seed % 10) % 10 {
        2 => Shape::DayMissing,
        5 => Shape::BehindProxy,
        8 if (ordinal / 10).is_multiple_of(2) => Shape::HalfRejected,
        8 => Shape::NoLogsKept,
        _ => Shape::Quiet,
    }
}
