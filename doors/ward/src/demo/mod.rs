//! The scenario of 3 May 2018, through the same doors as anyone: a hub, nodes, real processes and real HTTP between them.
//!
//! A RECONSTRUCTION with INVENTED LOGS. One hub, the state that was breached, one that was probed and is the hub of a county of its own, and
//! that county run as processes; the other states are the same nodes inside this process, each with its folder, its token and its logs. People
//! are invented; what they confirm follows from what their node shows them, not from the list of states.

mod act;
mod community;
mod facts;
mod guide;
mod logs;
mod member;
mod people;
mod process;
mod random;
mod report;
mod sharing;

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use ward_store::{Clock, DEMO_CLOCK_FILE};

pub use facts::parse_targeted;
pub use report::situation_text;
pub use ward_directory::NOTICE;

use community::Community;

/// The seed of everything that is invented.
const SEED: u64 = 20_180_503;

/// What the scenario is given.
pub struct Scenario {
    /// A new or empty folder.
    pub folder: PathBuf,
    pub listen: SocketAddr,
    pub targeted: Vec<facts::Targeted>,
}

/// The scenario at its end: still running until dropped.
pub struct Ready {
    pub community: Community,
    pub report_id: String,
    /// The address of the page that guides through it.
    pub guide: String,
}

/// The list of states that the press named.
pub fn targeted_default() -> anyhow::Result<Vec<facts::Targeted>> {
    facts::targeted_default()
}

/// Plays the scenario to 3 May 2018, telling `say` what happens.
pub async fn play(scenario: Scenario, http: &reqwest::Client, say: &mut dyn FnMut(&str)) -> anyhow::Result<Ready> {
    refuse_used_folder(&scenario.folder)?;
    let clock = scenario.folder.join(DEMO_CLOCK_FILE);
    step(&clock, "2016-06-01T00:00:00Z")?;
    say(&format!("{NOTICE}: June 2016 to 3 May 2018, in {}", scenario.folder.display()));
    let plans = logs::plan(&facts::states()?, &scenario.targeted, SEED);
    let mut community = Community::found(&scenario.folder, scenario.listen, plans, http).await?;
    say(&format!(
        "2016-06-01  the hub {} is open on {}; {} states are its members",
        community.hub_name(),
        community.hub_url(),
        community.members.len()
    ));

    step(&clock, "2016-08-18T12:00:00Z")?;
    history("2016-06-01", "2016-08-18", say)?;
    let lines = act::logs_until(&community, "2016-06-01T00:00:00Z", "2016-08-18T12:00:00Z").await?;
    say(&format!("2016-08-18  each state has kept its web logs since June: {lines} lines invented"));
    community.join_all(http).await?;
    act::read_all(&community).await?;
    say("2016-08-18  every state's node has joined the hub and read its own logs; no line has left");
    let report_id = act::publish_alert(&community).await?;
    say(
        "2016-08-18  the hub publishes: eight addresses, signed by two people (in 2016, states waited 400 days to hear)",
    );
    let published = Instant::now();
    act::until_all_answered(&community, &report_id, http).await?;
    let seconds = published.elapsed().as_secs_f64();
    say(&format!("2016-08-18  {}, {seconds:.0} s after publication", report::totals(&community, &report_id).await?));
    let read = act::people_acknowledge(&community, &report_id, http).await?;
    say(&format!("2016-08-18  the election official and the IT person of {read} states say that they have read it"));
    let confirmed = act::people_review(&community, &report_id, http).await?;
    say(&format!(
        "2016-08-18  a named person in each of {confirmed} states looks at the lines and confirms what they are"
    ));

    step(&clock, "2016-09-01T09:00:00Z")?;
    if let Some(county) = community.open_county(http, &report_id).await? {
        say(&format!(
            "2016-09-01  {county} joins its own state, which is its hub: the alert is passed on, the county answers its state"
        ));
    }
    step(&clock, "2016-12-01T00:20:00Z")?;
    history("2016-08-19", "2016-12-01", say)?;
    act::logs_until(&community, "2016-08-18T12:00:00Z", "2016-12-01T00:00:00Z").await?;
    act::read_all(&community).await?;
    act::settle(&community, http).await?;
    let late = act::people_review(&community, &report_id, http).await?;
    say(&format!(
        "2016-12-01  the season's logs are read as they come: {late} more states find an address that came after the alert"
    ));
    step(&clock, "2016-12-01T06:00:00Z")?;
    act::until_season_covered(&community, &report_id, http).await?;

    step(&clock, "2018-05-03T13:00:00Z")?;
    history("2016-12-02", "2018-05-03", say)?;
    sharing::share(&community, &report_id).await?;
    say(
        "2018-05-03  the hub shares what few may see: asked for, granted for a time, passed on as a new version, called back",
    );
    say("2018-05-03  what the leaders could have been shown:");
    let number = act::freeze_brief(&community).await?;
    say(&format!("2018-05-03  the brief is frozen as number {number}, with its entry in the hub's record"));
    let guide = guide::tell(&community)?;
    Ok(Ready { community, report_id, guide })
}

/// Tells what history has between two dates, both included.
fn history(from: &str, until: &str, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    for happening in facts::timeline()? {
        let date = happening.date.to_string();
        if (from..=until).contains(&date.as_str()) {
            say(&format!("{date}  history: {} [{}]", happening.what, happening.source));
        }
    }
    Ok(())
}

/// Prints the situation: one line a state, n of N, and where to look further.
pub async fn print(ready: &Ready, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    report::print(ready, say).await
}

/// Steps the scenario's clock.
fn step(clock: &Path, shown: &str) -> anyhow::Result<()> {
    let shown: jiff::Timestamp = shown.parse().context("a date of the scenario")?;
    Ok(Clock::step_demo(clock, shown.as_microsecond())?)
}

fn refuse_used_folder(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", folder.display()))?;
    let mut entries =
        std::fs::read_dir(folder).with_context(|| format!("cannot read the folder `{}`", folder.display()))?;
    if entries.next().is_some() {
        bail!(
            "`{}` is not empty; the demonstration makes everything anew: name a new folder with --dir, or remove this one",
            folder.display()
        );
    }
    Ok(())
}
