//! What is done with a person's record, read from its forms.

use ward_directory::clearance::{
    ChangeClearance, Details, NewClearance, NewReadIn, SponsorWord, add_read_in, add_training, change_clearance,
    debrief_read_in, decide_proposal, leave_office, of_word, open_clearance, set_details,
};
use ward_directory::{DirectoryError, Here, Permit, Person, Who, permit, person};
use ward_policy::{Resource, Verb};

use crate::console::form::{Wrong, day};
use crate::console::session::Fields;

/// Does what the field `do` says. What cannot be read is said in `wrong`, and then nothing is done.
pub async fn done(
    here: &Here,
    who: &Who,
    person_id: &str,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let unknown = || DirectoryError::Unknown { what: "person", id: person_id.to_owned() };
    let of = person(here, person_id).await?.ok_or_else(unknown)?;
    let allowed = |verb: Verb| {
        permit(who, verb, Resource::Clearance, of.clone())
            .map_err(|refused| refused.into_error(who, "person", person_id))
    };
    match fields.text("do") {
        "open" => open(here, &allowed(Verb::Create)?, fields, wrong).await,
        "change" => change(here, &allowed(Verb::Change)?, fields, wrong).await,
        "confirm" => decide_proposal(here, &allowed(Verb::Confirm)?, fields.text("proposal"), true).await,
        "refuse" => decide_proposal(here, &allowed(Verb::Confirm)?, fields.text("proposal"), false).await,
        "details" => details(here, &allowed(Verb::Change)?, fields, wrong).await,
        "training" => training(here, &allowed(Verb::Change)?, fields, wrong).await,
        "read-in" => read_in(here, &allowed(Verb::Change)?, fields, wrong).await,
        "debrief" => match on(fields, "debriefed_on", wrong) {
            Some(at) => debrief_read_in(here, &allowed(Verb::Change)?, fields.text("read_in"), at).await,
            None => Ok(()),
        },
        "leave" => match on(fields, "left_on", wrong) {
            Some(at) => leave_office(here, &allowed(Verb::Change)?, at).await,
            None => Ok(()),
        },
        _ => {
            wrong.push(Wrong::new("", "Choose one of the forms on this page."));
            Ok(())
        }
    }
}

async fn open(
    here: &Here,
    permit: &Permit<Person>,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let grade = chosen(fields, "open_level", "Say which level.", wrong);
    let basis = chosen(fields, "open_kind", "Say which kind.", wrong);
    let stage = chosen(fields, "open_stage", "Say how far it has come.", wrong);
    let since = on(fields, "open_on", wrong);
    let (Some(grade), Some(basis), Some(stage), Some(since)) = (grade, basis, stage, since) else { return Ok(()) };
    let new = NewClearance { sponsor: fields.text("open_sponsor").to_owned(), grade, basis, stage, since };
    open_clearance(here, permit, &new).await.map(|_| ())
}

async fn change(
    here: &Here,
    permit: &Permit<Person>,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let given = |name: &str| !fields.text(name).is_empty();
    let stage = if given("stage") {
        let stage = chosen(fields, "stage", "Say which stage.", wrong);
        stage.zip(on(fields, "stage_on", wrong))
    } else {
        None
    };
    let verified = if given("verified_on") {
        let at = on(fields, "verified_on", wrong);
        at.zip(chosen(fields, "verified_how", "Say how the sponsor was asked.", wrong))
    } else {
        None
    };
    let change = ChangeClearance {
        stage,
        grade: if given("level") { chosen(fields, "level", "Say which level.", wrong) } else { None },
        nda_signed_at: if given("nda_on") { on(fields, "nda_on", wrong) } else { None },
        verified,
    };
    let word = if ["sponsor_person", "sponsor_on", "sponsor_reference"].into_iter().any(given) {
        let at = on(fields, "sponsor_on", wrong);
        let way = chosen(fields, "sponsor_way", "Say by which way the sponsor said so.", wrong);
        at.zip(way).map(|(at, way)| SponsorWord {
            person: fields.text("sponsor_person").to_owned(),
            at,
            way,
            reference: fields.text("sponsor_reference").to_owned(),
        })
    } else {
        None
    };
    if !wrong.is_empty() {
        return Ok(());
    }
    change_clearance(here, permit, fields.text("record"), &change, word.as_ref()).await.map(|_| ())
}

async fn details(
    here: &Here,
    permit: &Permit<Person>,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let travel_minutes = minutes(fields, "travel_minutes", wrong);
    let contact = chosen(fields, "secure_contact", "Say which kind of contact.", wrong);
    let Some(secure_contact) = contact.filter(|_| wrong.is_empty()) else { return Ok(()) };
    let topics = fields.text("topics").lines().map(str::trim).filter(|line| !line.is_empty());
    let new = Details {
        is_chief_official: fields.has("chief", "yes"),
        topics: topics.map(str::to_owned).collect(),
        room: fields.text("room").to_owned(),
        travel_minutes,
        secure_contact,
    };
    set_details(here, permit, &new).await
}

async fn training(
    here: &Here,
    permit: &Permit<Person>,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let kind = chosen(fields, "trained_in", "Say in what.", wrong);
    let Some((kind, at)) = kind.zip(on(fields, "trained_on", wrong)) else { return Ok(()) };
    add_training(here, permit, kind, at).await
}

async fn read_in(
    here: &Here,
    permit: &Permit<Person>,
    fields: &Fields,
    wrong: &mut Vec<Wrong>,
) -> Result<(), DirectoryError> {
    let Some(at) = on(fields, "read_in_on", wrong) else { return Ok(()) };
    let text = |name: &str| fields.text(name).to_owned();
    let new =
        NewReadIn { at, place: text("read_in_place"), topic: text("read_in_topic"), briefer: text("read_in_briefer") };
    add_read_in(here, permit, &new).await.map(|_| ())
}

/// What was chosen among words.
pub fn chosen<T: for<'d> serde::Deserialize<'d>>(
    fields: &Fields,
    name: &str,
    missing: &str,
    wrong: &mut Vec<Wrong>,
) -> Option<T> {
    let found = of_word(fields.text(name));
    if found.is_none() {
        wrong.push(Wrong::new(name, missing));
    }
    found
}

/// A number of minutes, when one was given.
pub fn minutes(fields: &Fields, name: &str, wrong: &mut Vec<Wrong>) -> Option<i64> {
    let text = fields.text(name);
    let found = text.parse().ok().filter(|minutes| *minutes >= 0);
    if found.is_none() && !text.is_empty() {
        wrong.push(Wrong::new(name, "Write the minutes as a number, such as 45."));
    }
    found
}

fn on(fields: &Fields, name: &str, wrong: &mut Vec<Wrong>) -> Option<i64> {
    let found = day(fields.text(name));
    if found.is_none() {
        wrong.push(Wrong::new(name, "Write the day, such as 2018-05-03."));
    }
    found
}
