//! What a demonstration says of itself: its invented people, whose password is no secret, and where its other installations are.
//!
//! It stands in a file of the installation's folder and counts only where the installation was made as a demonstration, so that no password of a
//! real office is ever shown by a file that somebody put there.

use std::io::ErrorKind;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::Who;
use crate::{DirectoryError, Here, acting_as};

/// The file's name.
const FILE: &str = "demonstration.json";

/// What is told about a demonstration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Demonstration {
    /// Of all the invented people here who can sign in.
    pub password: String,
    /// Their e-mail addresses, in the order in which they are listed.
    pub people: Vec<String>,
    /// The address of the page that guides through it; none until the scenario has been played.
    #[serde(default)]
    pub guide: Option<String>,
    /// The other installations that are running; none until the scenario has been played, and on all but its hub.
    #[serde(default)]
    pub places: Vec<Place>,
    /// What the visitor may try on a command line; on the hub, as `places`.
    #[serde(default)]
    pub try_out: Option<TryOut>,
}

/// Another installation of the demonstration.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    pub part: Part,
    /// Its office, as the hub knows it.
    pub name: String,
    /// `http://127.0.0.1:PORT`.
    pub url: String,
    /// Who should sign in there: an e-mail address.
    pub person: String,
}

/// What an installation is in the scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Part {
    /// Somebody got in.
    Breached,
    /// Somebody tried; it is the hub of a county too.
    Probed,
    /// A county, whose hub is its state.
    County,
}

/// The program and the files of a first try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TryOut {
    pub program: PathBuf,
    /// The scenario's indicators.
    pub indicators: PathBuf,
    /// The invented logs of the breached state.
    pub logs: PathBuf,
}

/// What this demonstration says of itself; none anywhere else.
pub fn demonstration(here: &Here) -> Result<Option<Demonstration>, DirectoryError> {
    if !here.is_demonstration() {
        return Ok(None);
    }
    let path = here.folder.join(FILE);
    let failed = |source| DirectoryError::File { path: path.display().to_string(), source };
    match std::fs::read_to_string(&path) {
        Ok(text) => Ok(Some(serde_json::from_str(&text).map_err(|e| failed(e.into()))?)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
    }
}

/// Keeps what a demonstration says of itself.
pub fn keep_demonstration(here: &Here, told: &Demonstration) -> Result<(), DirectoryError> {
    if !here.is_demonstration() {
        return Err(DirectoryError::invalid("only a demonstration says what its people's password is"));
    }
    let path = here.folder.join(FILE);
    let failed = |source| DirectoryError::File { path: path.display().to_string(), source };
    let text = serde_json::to_string_pretty(told).map_err(|e| failed(e.into()))?;
    // Aside and renamed: it is read while it is written.
    let aside = here.folder.join("demonstration.json.new");
    std::fs::write(&aside, text).map_err(failed)?;
    std::fs::rename(&aside, &path).map_err(failed)
}

/// The invented people of a demonstration who can sign in here, as listed.
pub async fn invented_people(here: &Here, told: &Demonstration) -> Result<Vec<(String, Who)>, DirectoryError> {
    let mut people = Vec::new();
    for email in &told.people {
        if let Some(who) = acting_as(here, email, None).await? {
            people.push((email.clone(), who));
        }
    }
    Ok(people)
}
