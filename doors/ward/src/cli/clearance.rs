//! `ward clearance`: who is being cleared, who can be briefed, and what two people say together.
//!
//! Lists of the cleared are printed for a reason only. Nothing here takes a social security number, a birth date or a birth place.

use anyhow::{Context, bail};
use serde_json::json;
use ward_directory::clearance::{
    self, Asked, ChangeClearance, Changed, Details, NewClearance, NewReadIn, PersonRecord, SponsorWord, of_word,
    word_of,
};
use ward_directory::{Here, NOT_HERE, Permit, Person, Who};
use ward_policy::{Resource, Verb};

use super::directory::{allowed, find};
use super::output::{self, parse_time};
use super::{AsPerson, DONE};

#[derive(Debug, clap::Subcommand)]
pub enum Command {
    /// Seats of each state, and who is stuck, longest first.
    Status {
        #[command(flatten)]
        by: AsPerson,
    },
    /// Say how many seats a state has.
    Seats {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        state: String,
        #[arg(long)]
        seats: i64,
    },
    /// All that is on record of one person; your own without an address.
    Show {
        #[command(flatten)]
        by: AsPerson,
        /// The person's e-mail address.
        person: Option<String>,
    },
    /// Begin a record. Do not enter a social security number, a date of birth or a place of birth.
    Open(Open),
    /// Change a record: what raises it needs the sponsor's word and waits for a second person, all else holds at once.
    Change(Change),
    /// Confirm what somebody else proposed.
    Confirm {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long)]
        proposal: String,
    },
    /// Refuse what somebody proposed.
    Refuse {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long)]
        proposal: String,
    },
    /// What somebody needs to know and where they can hear it, in place of what was written before.
    Details(BriefingDetails),
    /// Note that somebody was trained in handling what is sensitive.
    Trained {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        /// pcii, les or cui
        #[arg(long = "in")]
        kind: String,
        #[arg(long, value_parser = parse_time)]
        on: i64,
    },
    /// Note a read-in for one briefing. Unclassified titles only.
    ReadIn {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long, value_parser = parse_time)]
        on: i64,
        #[arg(long)]
        place: String,
        #[arg(long)]
        topic: String,
        #[arg(long)]
        briefer: String,
    },
    /// Note that somebody was debriefed after a read-in.
    DebriefReadIn {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long)]
        read_in: String,
        #[arg(long, value_parser = parse_time)]
        on: i64,
    },
    /// Somebody left office: what they were cleared to ends at once.
    Leave {
        #[command(flatten)]
        by: AsPerson,
        person: String,
        #[arg(long, value_parser = parse_time)]
        on: i64,
    },
    /// Who here can be briefed at this level today, and why others cannot. The reason goes on the record.
    Briefing {
        #[command(flatten)]
        by: AsPerson,
        /// confidential, secret, top-secret or top-secret-sci
        #[arg(long)]
        level: String,
        /// The topic's unclassified title.
        #[arg(long)]
        topic: String,
        /// How far people can travel, in minutes.
        #[arg(long)]
        within: Option<i64>,
        #[arg(long)]
        reason: String,
    },
    /// The roster, as JSON lines or CSV. The reason goes on the record.
    Roster {
        #[command(flatten)]
        by: AsPerson,
        #[arg(long)]
        reason: String,
    },
}

#[derive(Debug, clap::Args)]
pub struct Open {
    #[command(flatten)]
    by: AsPerson,
    /// The person's e-mail address.
    person: String,
    #[arg(long, default_value = clearance::DHS)]
    sponsor: String,
    /// confidential, secret, top-secret or top-secret-sci
    #[arg(long, default_value = "secret")]
    level: String,
    /// final, read-in or governor
    #[arg(long, default_value = "final")]
    kind: String,
    /// identified, nominated, form-sent or investigating
    #[arg(long, default_value = "identified")]
    stage: String,
    #[arg(long, value_parser = parse_time)]
    on: i64,
}

#[derive(Debug, clap::Args)]
pub struct Change {
    #[command(flatten)]
    by: AsPerson,
    /// The person's e-mail address.
    person: String,
    /// The record's id.
    #[arg(long)]
    record: String,
    /// The next stage: nominated, form-sent, investigating, interim, granted, continuous-vetting, suspended, withdrawn or debriefed.
    #[arg(long, requires = "on")]
    stage: Option<String>,
    /// Since when it is in this stage.
    #[arg(long, value_parser = parse_time)]
    on: Option<i64>,
    #[arg(long)]
    level: Option<String>,
    /// When the non-disclosure agreement was signed.
    #[arg(long, value_parser = parse_time)]
    nda: Option<i64>,
    /// When the sponsor was asked whether the record is right.
    #[arg(long, value_parser = parse_time, requires = "how")]
    verified: Option<i64>,
    /// in-person, telephone, letter, secure-mail or sponsors-system
    #[arg(long)]
    how: Option<String>,
    /// Who at the sponsor confirmed what raises the clearance.
    #[arg(long, requires_all = ["sponsor_on", "sponsor_way", "sponsor_reference"])]
    sponsor_person: Option<String>,
    #[arg(long, value_parser = parse_time)]
    sponsor_on: Option<i64>,
    /// in-person, telephone, letter, secure-mail or sponsors-system
    #[arg(long)]
    sponsor_way: Option<String>,
    /// Where the sponsor's word can be found again.
    #[arg(long)]
    sponsor_reference: Option<String>,
}

#[derive(Debug, clap::Args)]
pub struct BriefingDetails {
    #[command(flatten)]
    by: AsPerson,
    person: String,
    #[arg(long)]
    chief_official: bool,
    /// The unclassified title of a topic; may be given several times.
    #[arg(long)]
    topic: Vec<String>,
    /// The nearest accredited room.
    #[arg(long, default_value = "")]
    room: String,
    #[arg(long)]
    travel_minutes: Option<i64>,
    /// none, secure-telephone, secure-mobile, secure-network, fusion-center or federal-office: never a number or a key
    #[arg(long, default_value = "none")]
    secure_contact: String,
}

/// Runs a command.
pub async fn run(command: Command) -> anyhow::Result<u8> {
    match command {
        Command::Status { by } => status(by).await?,
        Command::Seats { by, state, seats } => {
            let (here, who) = by.open().await?;
            clearance::set_seats(&here, &allowed(&who, Verb::Change, Resource::Clearance, state)?, seats).await?;
        }
        Command::Show { by, person } => show(by, person).await?,
        Command::Open(open) => begin(open).await?,
        Command::Change(asked) => change(asked).await?,
        Command::Confirm { by, person, proposal } => decide(by, &person, &proposal, true).await?,
        Command::Refuse { by, person, proposal } => decide(by, &person, &proposal, false).await?,
        Command::Details(asked) => details(asked).await?,
        Command::Trained { by, person, kind, on } => {
            let (here, permit) = on_person(&by, &person, Verb::Change).await?;
            clearance::add_training(&here, &permit, parse("training", &kind)?, on).await?;
        }
        Command::ReadIn { by, person, on, place, topic, briefer } => {
            let (here, permit) = on_person(&by, &person, Verb::Change).await?;
            let new = NewReadIn { at: on, place, topic, briefer };
            let id = clearance::add_read_in(&here, &permit, &new).await?;
            output::result(by.at.json, &json!({"read_in": id}), || id.clone())?;
        }
        Command::DebriefReadIn { by, person, read_in, on } => {
            let (here, permit) = on_person(&by, &person, Verb::Change).await?;
            clearance::debrief_read_in(&here, &permit, &read_in, on).await?;
        }
        Command::Leave { by, person, on } => {
            let (here, who) = by.open().await?;
            let person = find(&here, &person).await?;
            let permit = ward_directory::permit(&who, Verb::Change, Resource::Clearance, person.clone())
                .or_else(|_| allowed(&who, Verb::Change, Resource::Person, person))?;
            clearance::leave_office(&here, &permit, on).await?;
        }
        Command::Briefing { by, level, topic, within, reason } => {
            let asked = Asked { grade: parse("level", &level)?, topic, within_minutes: within, reason };
            briefing(by, asked).await?;
        }
        Command::Roster { by, reason } => roster(by, reason).await?,
    }
    Ok(DONE)
}

async fn status(by: AsPerson) -> anyhow::Result<()> {
    let (here, who) = by.open().await?;
    let shown = clearance::overview(&here, &allowed(&who, Verb::See, Resource::Clearance, ())?).await?;
    if by.at.json {
        return output::json(&shown);
    }
    for row in &shown.seats {
        let nobody = if row.used == 0 { ", nobody" } else { "" };
        output::line(&format!("{}  {} of {} used, {} waiting{nobody}", row.state, row.used, row.seats, row.waiting))?;
    }
    for one in &shown.pending {
        let stages: Vec<String> =
            one.stages.iter().map(|(stage, days)| format!("{} {days} d", word_of(stage))).collect();
        output::line(&format!("{:>5} d  {:<24} {:<3} {}", one.days, one.person, one.state, stages.join(", ")))?;
    }
    for task in &shown.tasks {
        output::line(&format!("to do: {} {} since {}", word_of(&task.kind), task.person, output::time(task.since)))?;
    }
    Ok(())
}

async fn show(by: AsPerson, person: Option<String>) -> anyhow::Result<()> {
    let (here, who) = by.open().await?;
    let record = match person {
        Some(email) => {
            let id = find(&here, &email).await?.id;
            clearance::record_of(&here, &who, &id).await?
        }
        None => clearance::own_record(&here, &who).await?,
    };
    output::result(by.at.json, &record, || told(&record))
}

fn told(record: &PersonRecord) -> String {
    let mut lines = vec![format!("{}: cleared now to {}", record.person, ward_directory::level_name(record.level))];
    for one in &record.clearances {
        let (level, kind, stage) = (word_of(&one.grade), word_of(&one.basis), word_of(&one.stage));
        let verified = one.verified_at.map_or("never".to_owned(), output::time);
        lines.push(format!(
            "record {}  {level} {kind}, {stage}, sponsor {}, last verified {verified}",
            one.id, one.sponsor
        ));
    }
    for one in record.proposals.iter().filter(|one| one.is_open()) {
        lines.push(format!("proposal {} on record {} waits for a second person", one.id, one.clearance_id));
    }
    lines.extend(record.to_debrief.iter().map(|id| format!("record {id} waits for a debriefing")));
    lines.extend(
        record.read_ins.iter().map(|one| format!("read-in {}  {} on {}", one.id, one.topic, output::time(one.at))),
    );
    lines.join("\n")
}

async fn begin(open: Open) -> anyhow::Result<()> {
    let (here, permit) = on_person(&open.by, &open.person, Verb::Create).await?;
    let new = NewClearance {
        sponsor: open.sponsor,
        grade: parse("level", &open.level)?,
        basis: parse("kind", &open.kind)?,
        stage: parse("stage", &open.stage)?,
        since: open.on,
    };
    let id = clearance::open_clearance(&here, &permit, &new).await?;
    output::result(open.by.at.json, &json!({"record": id}), || id.clone())
}

async fn change(asked: Change) -> anyhow::Result<()> {
    let (here, permit) = on_person(&asked.by, &asked.person, Verb::Change).await?;
    let change = ChangeClearance {
        stage: asked.stage.as_deref().map(|word| parse("stage", word)).transpose()?.zip(asked.on),
        grade: asked.level.as_deref().map(|word| parse("level", word)).transpose()?,
        nda_signed_at: asked.nda,
        verified: asked.verified.zip(asked.how.as_deref().map(|word| parse("way", word)).transpose()?),
    };
    let word = match (asked.sponsor_person, asked.sponsor_on, asked.sponsor_way, asked.sponsor_reference) {
        (Some(person), Some(at), Some(way), Some(reference)) => {
            Some(SponsorWord { person, at, way: parse("way", &way)?, reference })
        }
        (None, _, _, _) => None,
        _ => bail!("the sponsor's word is who, when, by which way, and a reference"),
    };
    match clearance::change_clearance(&here, &permit, &asked.record, &change, word.as_ref()).await? {
        Changed::Now => output::result(asked.by.at.json, &json!({"changed": true}), || "changed".to_owned()),
        Changed::Proposed(id) => output::result(asked.by.at.json, &json!({"changed": false, "proposal": id}), || {
            format!(
                "proposal {id}: somebody else confirms it with `ward clearance confirm`; until then nothing changes"
            )
        }),
    }
}

async fn decide(by: AsPerson, person: &str, proposal: &str, is_confirmed: bool) -> anyhow::Result<()> {
    let (here, permit) = on_person(&by, person, Verb::Confirm).await?;
    Ok(clearance::decide_proposal(&here, &permit, proposal, is_confirmed).await?)
}

async fn details(asked: BriefingDetails) -> anyhow::Result<()> {
    let (here, permit) = on_person(&asked.by, &asked.person, Verb::Change).await?;
    let new = Details {
        is_chief_official: asked.chief_official,
        topics: asked.topic,
        room: asked.room,
        travel_minutes: asked.travel_minutes,
        secure_contact: parse("contact", &asked.secure_contact)?,
    };
    Ok(clearance::set_details(&here, &permit, &new).await?)
}

async fn briefing(by: AsPerson, asked: Asked) -> anyhow::Result<()> {
    let (here, who) = by.open().await?;
    for one in clearance::who_can_be_briefed(&here, &allowed(&who, Verb::See, Resource::Roster, asked)?).await? {
        output::result(by.at.json, &one, || {
            let lacks = if one.lacks.is_empty() {
                format!("yes, {}", one.room)
            } else {
                format!("no: {}", one.lacks.join("; "))
            };
            format!("{:<24} {:<3} {lacks}", one.person, one.state)
        })?;
    }
    Ok(())
}

async fn roster(by: AsPerson, reason: String) -> anyhow::Result<()> {
    let (here, who) = by.open().await?;
    let rows = clearance::roster(&here, &allowed(&who, Verb::Release, Resource::Roster, reason)?).await?;
    for row in rows {
        output::result(by.at.json, &row, || {
            let (level, kind, stage) = (word_of(&row.grade), word_of(&row.basis), word_of(&row.stage));
            let now = ward_directory::level_name(row.effective);
            format!("{:<24} {:<3} {} {level} {kind} {stage}, now {now}", row.person, row.state, row.sponsor)
        })?;
    }
    Ok(())
}

async fn on_person(by: &AsPerson, email: &str, verb: Verb) -> anyhow::Result<(Here, Permit<Person>)> {
    let (here, who): (Here, Who) = by.open().await?;
    let person = find(&here, email).await?;
    let permit = allowed(&who, verb, Resource::Clearance, person)?;
    Ok((here, permit))
}

fn parse<T: for<'d> serde::Deserialize<'d>>(what: &str, word: &str) -> anyhow::Result<T> {
    of_word(word).with_context(|| format!("`{word}` is no {what} that is known here. {NOT_HERE}"))
}
