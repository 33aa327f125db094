//! `/demo`: the guide through a demonstration, on its hub; anywhere else there is no such page.
//!
//! Nobody signs in to read it: it shows what the invented analyst of the hub may see, and everybody may sign in as they.

use std::path::Path;

use axum::extract::{ConnectInfo, State};
use axum::http::{Extensions, HeaderMap, StatusCode, header};
use axum::response::Response;
use maud::Markup;
use ward_brief::Document;
use ward_directory::{Demonstration, Here, Part, Place, Who, demonstration, invented_people, permit};
use ward_policy::{Resource, Role, Verb};
use ward_share::given::{AnswerKey, Given, given};
use ward_share::situation::{Situation, SituationRow, Standing, situation};

use super::shell::is_own;
use super::sign_in::shown_person;
use super::situation::totals;
use crate::console::error::PageError;
use crate::console::page::page as answer;
use crate::console::session::{Visitor, percent_encoded};
use crate::console::style;
use crate::console::view::demo::{Blind, Breached, Brief, Figure, Guide, TryOut, guide};
use crate::console::view::layout::{Handling, Shell, layout};
use crate::error::ApiError;
use crate::peer::Peer;

/// The page.
pub async fn page(State(here): State<Here>, headers: HeaderMap, extensions: Extensions) -> Result<Response, PageError> {
    let told = demonstration(&here)?.ok_or(ApiError::NotFound)?;
    let visitor = Visitor::of(&headers, &here)?;
    let paths = Paths::of(&headers, &extensions);
    let shown = shown(&here, &told, &visitor.token(), paths).await?;
    let mut response = open_page(&here, "A guide in two minutes", guide(&shown));
    if let Some(cookie) = visitor.cookie(&headers) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    Ok(response)
}

/// How a page for which nobody signs in shows places of this machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paths {
    /// To who sits at this machine: as they can be typed.
    Whole,
    /// To anybody else: where things lie here is not theirs to know.
    NameOnly,
}

/// What a proxy adds to a request that it passes on.
const OF_PROXIES: [&str; 6] =
    ["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

impl Paths {
    /// For who sent this request: a connection from this machine itself that no proxy passed on. What is not known is from elsewhere.
    pub fn of(headers: &HeaderMap, extensions: &Extensions) -> Paths {
        let peer = extensions.get::<ConnectInfo<Peer>>();
        let is_from_here = peer.is_some_and(|ConnectInfo(peer)| peer.address.ip().to_canonical().is_loopback());
        let is_passed_on = OF_PROXIES.iter().any(|name| headers.contains_key(*name));
        if is_from_here && !is_passed_on { Paths::Whole } else { Paths::NameOnly }
    }

    /// A path as a page shows it.
    pub fn shown(self, path: &Path) -> String {
        match self {
            Paths::Whole => path.display().to_string(),
            Paths::NameOnly => path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default(),
        }
    }
}

/// A page of a demonstration for which nobody signs in.
pub fn open_page(here: &Here, title: &str, main: Markup) -> Response {
    let shell = Shell {
        installation: here.installation.name.clone(),
        // All of it is invented, so nothing of it is anybody's information.
        handling: Handling::Nothing,
        is_demonstration: true,
        ..Shell::bare(style::address())
    };
    answer(StatusCode::OK, layout(&shell, title, main))
}

/// The invented person through whose eyes the guide looks: an analyst of the hub.
pub fn reader<'a>(here: &Here, people: &'a [(String, Who)]) -> Result<&'a (String, Who), PageError> {
    let is_analyst = |who: &Who| is_own(here, who) && who.roles.contains(&Role::Analyst);
    Ok(people.iter().find(|(_, who)| is_analyst(who)).ok_or(ApiError::NotFound)?)
}

/// The newest frozen brief.
pub async fn newest_brief(here: &Here, reader: &Who) -> Result<Option<Document>, PageError> {
    let allowed = permit(reader, Verb::See, Resource::Brief, ()).map_err(ApiError::from)?;
    let newest = ward_brief::list(here, &allowed, 0, 1).await?.issues.into_iter().next();
    Ok(match newest {
        Some(issue) => Some(ward_brief::frozen(here, &allowed, issue.number).await?),
        None => None,
    })
}

/// A brief as a step shows it, and who reads it.
fn brief(document: &Document) -> Option<Brief> {
    let figures = document.figures.iter().map(|figure| Figure {
        name: figure.name.clone(),
        value: ward_brief::words::value(figure),
        reporting: figure.reporting,
        of: figure.of,
    });
    Some(Brief { number: document.issue.as_ref()?.number, figures: figures.collect() })
}

async fn shown(here: &Here, told: &Demonstration, token: &str, paths: Paths) -> Result<Guide, PageError> {
    let files = told.try_out.as_ref().ok_or(ApiError::NotFound)?;
    let people = invented_people(here, told).await?;
    let (email, reader) = reader(here, &people)?;
    let alerts = ward_share::alert::list(here, reader).await?;
    let newest = alerts.into_iter().filter(|alert| alert.published_at.is_some()).max_by_key(|alert| alert.published_at);
    let report_id = newest.ok_or(ApiError::NotFound)?.report_id;
    let alert = ward_share::alert::read(here, reader, &report_id, None).await?;
    let found = situation(here, reader, &report_id).await?;
    let blind = blind(here, reader, &found, &people).await?;
    // The clerk of a blind office has not said yet that they have read it: there is something to do for them.
    let is_clerk = |who: &Who| who.roles.contains(&Role::Clerk);
    let of_blind = |who: &Who| blind.as_ref().is_some_and(|blind| blind.organisation_id == who.organisation.id);
    let clerk = people.iter().find(|(_, who)| is_clerk(who) && of_blind(who));
    let clerk = clerk.or_else(|| people.iter().find(|(_, who)| is_clerk(who)));
    let director = people.iter().find(|(_, who)| is_own(here, who) && who.roles.contains(&Role::Director));
    Ok(Guide {
        hub: here.installation.name.clone(),
        report_id,
        headline: found.headline.clone(),
        published_at: found.published_at,
        indicators: alert.indicators.len(),
        steps: alert.alert.steps,
        asked: found.asked,
        delivered: found.rows.iter().filter(|row| row.delivered_at.is_some()).count(),
        answered: found.answered,
        totals: totals(&found.totals),
        offices: found.rows.len(),
        breached: breached(here, reader, told, &found).await?,
        blind,
        brief: newest_brief(here, reader).await?.as_ref().and_then(brief),
        analyst: shown_person(told, email, reader, token),
        director: director.map(|(email, who)| shown_person(told, email, who, token)),
        clerk: clerk.map(|(email, who)| shown_person(told, email, who, token)),
        places: told.places.iter().map(around).collect(),
        try_out: TryOut {
            program: paths.shown(&files.program),
            indicators: paths.shown(&files.indicators),
            logs: paths.shown(&files.logs),
        },
    })
}

fn around(place: &Place) -> (String, String) {
    let what = match place.part {
        Part::Breached => "where somebody got in",
        Part::Probed => "where somebody tried; the hub of a county too",
        Part::County => "a county, whose hub is its state",
    };
    (format!("{}: {what}", place.name), sign_in_there(place))
}

/// Another installation's page to sign in, for the person who should look there.
fn sign_in_there(place: &Place) -> String {
    format!("{}/sign-in?person={}", place.url, percent_encoded(&place.person))
}

async fn breached(
    here: &Here,
    reader: &Who,
    told: &Demonstration,
    found: &Situation,
) -> Result<Option<Breached>, PageError> {
    let place = told.places.iter().find(|place| place.part == Part::Breached);
    let row = place.and_then(|place| found.rows.iter().find(|row| row.organisation == place.name));
    let (Some(place), Some(row)) = (place, row) else { return Ok(None) };
    let (answers, versions) = answer_of(here, reader, found, row)
        .await?
        .map_or((0, 0), |given| (1 + given.also.len(), given.versions().count()));
    Ok(Some(Breached {
        name: row.organisation.clone(),
        organisation_id: row.organisation_id.clone(),
        standing: row.standing,
        answers,
        versions,
        url: sign_in_there(place),
    }))
}

/// A blind office, one whose people can sign in if there is one.
async fn blind(
    here: &Here,
    reader: &Who,
    found: &Situation,
    people: &[(String, Who)],
) -> Result<Option<Blind>, PageError> {
    let all: Vec<&SituationRow> = found.rows.iter().filter(|row| row.standing == Standing::Blind).collect();
    let has_people = |row: &&&SituationRow| people.iter().any(|(_, who)| who.organisation.id == row.organisation_id);
    let Some(row) = all.iter().find(has_people).or(all.first()) else { return Ok(None) };
    let answer = answer_of(here, reader, found, row).await?;
    let sources = answer.map(|given| given.counts.answer.sources);
    let because = sources.into_iter().flatten().find_map(|source| source.blind_because);
    Ok(Some(Blind {
        name: row.organisation.clone(),
        organisation_id: row.organisation_id.clone(),
        because: because.unwrap_or_else(|| "nothing could have been seen".to_owned()),
        offices: all.len(),
    }))
}

/// The answer behind a row; none while there is none.
async fn answer_of(
    here: &Here,
    reader: &Who,
    found: &Situation,
    row: &SituationRow,
) -> Result<Option<Given>, PageError> {
    if row.answered_at.is_none() {
        return Ok(None);
    }
    let key = AnswerKey { report_id: found.report_id.clone(), organisation_id: row.organisation_id.clone() };
    let allowed = permit(reader, Verb::See, Resource::Answer, key).map_err(ApiError::from)?;
    Ok(Some(given(here, &allowed).await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_who_sits_at_the_machine_is_shown_where_things_lie() {
        let of = |peer: Option<&str>, header: Option<&'static str>| {
            let (mut extensions, mut headers) = (Extensions::new(), HeaderMap::new());
            if let Some(peer) = peer {
                extensions.insert(ConnectInfo(Peer {
                    address: peer.parse().unwrap(),
                    speaks_tls: false,
                    certificate: None,
                }));
            }
            if let Some(header) = header {
                headers.insert(header, "192.0.2.7".parse().unwrap());
            }
            Paths::of(&headers, &extensions)
        };
        for peer in ["127.0.0.1:9", "127.8.0.1:9", "[::1]:9", "[::ffff:127.0.0.1]:9"] {
            assert_eq!(of(Some(peer), None), Paths::Whole, "{peer}");
            for header in OF_PROXIES {
                assert_eq!(of(Some(peer), Some(header)), Paths::NameOnly, "{peer} {header}");
            }
        }
        for peer in
            [None, Some("192.0.2.7:9"), Some("10.0.0.1:9"), Some("[2001:db8::1]:9"), Some("[::ffff:10.0.0.1]:9")]
        {
            assert_eq!(of(peer, None), Paths::NameOnly, "{peer:?}");
        }
        let path = Path::new("/home/somebody/demo/logs");
        assert_eq!(
            (Paths::Whole.shown(path).as_str(), Paths::NameOnly.shown(path).as_str()),
            ("/home/somebody/demo/logs", "logs")
        );
    }
}
