//! The facts that the demonstration stands on: the states, the list of targeted states, the dates and the eight
//! stand-in addresses.
//!
//! Each table is a small CSV file beside this one whose first lines name its source. The list of targeted states can
//! be replaced by the user's own, which is read by the same function as ours.

use anyhow::{Context as _, Result, bail};
use csv::StringRecord;
use jiff::civil::Date;

const STATES: &str = include_str!("facts/states.csv");
const TARGETED: &str = include_str!("facts/targeted.csv");
const TIMELINE: &str = include_str!("facts/timeline.csv");
const INDICATORS: &str = include_str!("facts/indicators.csv");

/// A state or the District of Columbia.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct State {
    /// The postal code, upper case.
    pub code: String,
    pub name: String,
    /// How many jurisdictions ran its elections in 2016.
    pub jurisdictions: u32,
}

/// What the logs of a targeted state show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Probe {
    /// Thirty requests within one second.
    ShortScan,
    /// 1,500 injections from one address and a few from two others, on 5 August 2016.
    LoudInjection,
    /// One request every four hours for twelve days.
    SlowScan,
    /// Paths of a word list, on each of six days.
    CasingTheLot,
    /// One visit to election pages that tries a few odd paths.
    SingleVisit,
    /// Visits to county pages on 28 October 2016, after the warning.
    LateVisit,
}

impl Probe {
    /// All probes, in the order in which lists without shapes get them.
    pub const ALL: [Self; 6] =
        [Self::ShortScan, Self::SlowScan, Self::CasingTheLot, Self::SingleVisit, Self::LateVisit, Self::LoudInjection];

    /// The name in the `shape` column.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ShortScan => "short-scan",
            Self::LoudInjection => "loud-injection",
            Self::SlowScan => "slow-scan",
            Self::CasingTheLot => "casing-the-lot",
            Self::SingleVisit => "single-visit",
            Self::LateVisit => "late-visit",
        }
    }
}

/// A state on the list of the targeted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Targeted {
    /// The postal code, one of those of [`states`].
    pub code: String,
    /// Its system was entered. The logs then show the breach and `shape` is not used.
    pub breached: bool,
    pub shape: Probe,
}

/// One of the dates that the demonstration steps through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Happening {
    pub date: Date,
    pub what: String,
    pub source: String,
}

/// A stand-in for one of the eight addresses of the warning of 18 August 2016.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Indicator {
    /// From a range kept for documentation (RFC 5737).
    pub address: String,
    /// Its part in the invented logs, for example `slow-injection`.
    pub role: String,
    /// What it does, in plain words.
    pub does: String,
}

/// The 50 states and the District of Columbia, sorted by code.
pub fn states() -> Result<Vec<State>> {
    let table = table(STATES)?;
    let (code, name) = (table.column("code")?, table.column("name")?);
    let jurisdictions = table.column("jurisdictions")?;
    let state = |row: &Row| {
        Ok(State {
            code: row.cell(code).to_owned(),
            name: row.cell(name).to_owned(),
            jurisdictions: row.cell(jurisdictions).parse().with_context(|| row.place())?,
        })
    };
    table.rows.iter().map(state).collect()
}

/// The 21 states of the press reports of September 2017.
pub fn targeted_default() -> Result<Vec<Targeted>> {
    parse_targeted(TARGETED)
}

/// The dates that the demonstration steps through, in order.
pub fn timeline() -> Result<Vec<Happening>> {
    let table = table(TIMELINE)?;
    let (date, what) = (table.column("date")?, table.column("what_happened")?);
    let source = table.column("source")?;
    let happening = |row: &Row| {
        Ok(Happening {
            date: row.cell(date).parse().with_context(|| row.place())?,
            what: row.cell(what).to_owned(),
            source: row.cell(source).to_owned(),
        })
    };
    table.rows.iter().map(happening).collect()
}

/// The eight stand-in addresses.
pub fn indicators() -> Result<Vec<Indicator>> {
    let table = table(INDICATORS)?;
    let (address, role) = (table.column("address")?, table.column("role")?);
    let does = table.column("what_it_does")?;
    let indicator = |row: &Row| Indicator {
        address: row.cell(address).to_owned(),
        role: row.cell(role).to_owned(),
        does: row.cell(does).to_owned(),
    };
    Ok(table.rows.iter().map(indicator).collect())
}

/// Reads a list of targeted states: a CSV table with the columns `code` and, if it likes, `outcome` and `shape`, or
/// plain codes or names, one a line. Blank lines and lines that begin with `#` say nothing.
///
/// An outcome that speaks of a breach, and not of "no breach", means breached. Without a shape the probes are given
/// in turn. An unknown state, a state named twice, an unknown shape and a list that names no state are errors that
/// say where.
pub fn parse_targeted(text: &str) -> Result<Vec<Targeted>> {
    let table = table_or_list(text);
    let code = table.column("code")?;
    let (outcome, shape) = (table.column("outcome").ok(), table.column("shape").ok());
    let states = states()?;
    let mut targeted: Vec<Targeted> = Vec::new();
    let mut lines: Vec<usize> = Vec::new();
    let mut given = 0;
    for row in &table.rows {
        let code = known_state(&states, row, code, table.is_list)?;
        if let Some(first) = targeted.iter().position(|earlier| earlier.code == code) {
            let first = lines.get(first).copied().unwrap_or_default();
            bail!("{}: `{code}` was already named on line {first}", row.place());
        }
        let breached = outcome.is_some_and(|column| speaks_of_a_breach(row.cell(column)));
        let named = shape.map(|column| row.cell(column)).unwrap_or_default();
        let shape = match named {
            "" => in_turn(&mut given, breached),
            _ => probe_named(named).with_context(|| row.place())?,
        };
        targeted.push(Targeted { code, breached, shape });
        lines.push(row.line);
    }
    if targeted.is_empty() {
        bail!("the list of targeted states names no state");
    }
    Ok(targeted)
}

fn known_state(states: &[State], row: &Row, column: usize, is_list: bool) -> Result<String> {
    let text = row.cell(column);
    let is_meant = |state: &&State| state.code.eq_ignore_ascii_case(text) || state.name.eq_ignore_ascii_case(text);
    match states.iter().find(is_meant) {
        Some(state) => Ok(state.code.clone()),
        None if is_list && text.contains(',') => {
            bail!("{}: `{text}` is not a state; a table needs a header with a column `code`", row.place())
        }
        None => bail!("{}: `{text}` is not the code or name of a state or of the District of Columbia", row.place()),
    }
}

/// "scanned or attempted; no breach of election systems found" speaks of none.
fn speaks_of_a_breach(outcome: &str) -> bool {
    let outcome = outcome.to_ascii_lowercase();
    let outcome = outcome.replace("no breach", "").replace("not breached", "");
    outcome.contains("breach")
}

fn in_turn(given: &mut usize, breached: bool) -> Probe {
    let probe = Probe::ALL.into_iter().cycle().nth(*given);
    if !breached {
        *given += 1;
    }
    probe.unwrap_or(Probe::ShortScan)
}

fn probe_named(name: &str) -> Result<Probe> {
    let found = Probe::ALL.into_iter().find(|probe| probe.name() == name);
    found.with_context(|| {
        let names = Probe::ALL.map(Probe::name).join(", ");
        format!("`{name}` is not a shape; the shapes are {names}")
    })
}

struct Row {
    /// Counted from 1, comments included.
    line: usize,
    cells: StringRecord,
}

impl Row {
    fn cell(&self, column: usize) -> &str {
        self.cells.get(column).unwrap_or_default()
    }

    fn place(&self) -> String {
        format!("line {}", self.line)
    }
}

struct Table {
    header: Vec<String>,
    rows: Vec<Row>,
    /// There was no header: each line is one cell.
    is_list: bool,
}

impl Table {
    fn column(&self, name: &str) -> Result<usize> {
        let found = self.header.iter().position(|column| column == name);
        found.with_context(|| format!("the table has no column `{name}`"))
    }
}

/// A table with a header.
fn table(text: &str) -> Result<Table> {
    let mut rows = rows(text);
    if rows.is_empty() {
        bail!("the table is empty");
    }
    let header = rows.remove(0).cells;
    let header = header.iter().map(str::to_ascii_lowercase).collect();
    Ok(Table { header, rows, is_list: false })
}

/// A table when its first line has a column `code`, else a list with a whole line as its only cell.
fn table_or_list(text: &str) -> Table {
    match table(text) {
        Ok(table) if table.column("code").is_ok() => table,
        _ => {
            let whole = |(line, text): (usize, &str)| Row { line, cells: StringRecord::from(vec![text]) };
            let rows = said(text).map(whole).collect();
            Table { header: vec!["code".to_owned()], rows, is_list: true }
        }
    }
}

/// Each line read on its own: the csv reader's positions do not count the comments before a record, and no table of
/// ours has a line break in a cell.
fn rows(text: &str) -> Vec<Row> {
    let row = |(line, text): (usize, &str)| {
        let mut reader = csv::ReaderBuilder::new();
        let mut reader = reader.has_headers(false).trim(csv::Trim::All).from_reader(text.as_bytes());
        // A line that cannot be read (there is none: the text is UTF-8) is a row without cells, which names no state.
        let cells = reader.records().next().and_then(Result::ok).unwrap_or_default();
        Row { line, cells }
    };
    said(text).map(row).collect()
}

/// The lines that are neither blank nor comments, with their numbers.
fn said(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let lines = text.lines().enumerate().map(|(before, line)| (before + 1, line.trim()));
    lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Code, breached, shape.
    type Expected = &'static [(&'static str, bool, Probe)];

    #[test]
    fn tables_hold_what_they_promise() {
        let states = states().unwrap();
        assert_eq!(states.len(), 51);
        assert!(states.is_sorted_by(|a, b| a.code < b.code));
        let jurisdictions: u32 = states.iter().map(|state| state.jurisdictions).sum();
        // 6,467 rows in the survey less one each of Guam, Puerto Rico and the Virgin Islands.
        assert_eq!(jurisdictions, 6_464);

        let targeted = targeted_default().unwrap();
        assert_eq!(targeted.len(), 21);
        let breached: Vec<&str> = targeted.iter().filter(|t| t.breached).map(|t| t.code.as_str()).collect();
        assert_eq!(breached, ["IL"]);
        let held: u32 = states
            .iter()
            .filter(|state| targeted.iter().any(|t| t.code == state.code))
            .map(|state| state.jurisdictions)
            .sum();
        assert_eq!(held, 3_365, "jurisdictions of the 21");
        for probe in Probe::ALL {
            assert!(targeted.iter().any(|t| t.shape == probe), "{probe:?} is never shown");
        }

        let timeline = timeline().unwrap();
        assert_eq!(timeline.len(), 12);
        assert!(timeline.is_sorted_by(|a, b| a.date < b.date));
        assert_eq!(timeline.last().unwrap().date, jiff::civil::date(2018, 5, 3));
        assert!(timeline.iter().all(|h| !h.what.is_empty() && !h.source.is_empty()));
    }

    #[test]
    fn indicators_are_eight_and_for_documentation_only() {
        let indicators = indicators().unwrap();
        assert_eq!(indicators.len(), 8);
        for indicator in &indicators {
            let address: std::net::Ipv4Addr = indicator.address.parse().unwrap();
            let [a, b, c, _] = address.octets();
            assert!([[192, 0, 2], [198, 51, 100], [203, 0, 113]].contains(&[a, b, c]), "{address}");
            assert!(!indicator.role.is_empty() && !indicator.does.is_empty());
        }
    }

    #[test]
    fn lists_are_read_in_every_form() {
        let table: &[(&str, Expected)] = &[
            ("IL\n", &[("IL", false, Probe::ShortScan)]),
            (
                "# ours\n\nil\n  New York \r\ndistrict of columbia",
                &[("IL", false, Probe::ShortScan), ("NY", false, Probe::SlowScan), ("DC", false, Probe::CasingTheLot)],
            ),
            ("code\nWY\n", &[("WY", false, Probe::ShortScan)]),
            (
                "\u{feff}name,Code,Outcome\n\"Wyoming, the state\",WY,breach\nx,NV,\"scanned or attempted; no breach, they say\"\n",
                &[("WY", true, Probe::ShortScan), ("NV", false, Probe::ShortScan)],
            ),
            (
                "code,outcome\nMT,Scanned; no breach\nID,breached: rolls\n",
                &[("MT", false, Probe::ShortScan), ("ID", true, Probe::SlowScan)],
            ),
            ("code,shape\nMT,late-visit\nID,\n", &[("MT", false, Probe::LateVisit), ("ID", false, Probe::ShortScan)]),
        ];
        for (text, expected) in table {
            let got = parse_targeted(text).unwrap();
            let got: Vec<_> = got.iter().map(|t| (t.code.as_str(), t.breached, t.shape)).collect();
            assert_eq!(got, *expected, "{text:?}");
        }
    }

    #[test]
    fn errors_name_the_line() {
        let table = [
            ("", "names no state"),
            ("# nobody\n\n", "names no state"),
            ("code,outcome\n", "names no state"),
            ("IL\n\n# no\nPR\n", "line 4: `PR`"),
            ("# a\ncode,outcome\n# b\n\nZZ,breach\n", "line 5: `ZZ`"),
            ("code\nIL\nIllinois\n", "line 3: `IL` was already named on line 2"),
            ("state,outcome\nIL,breach\n", "line 1: `state,outcome` is not a state; a table needs"),
            ("code,shape\nIL,loud\n", "line 2: `loud` is not a shape"),
            ("name,code\nIllinois\n", "line 2: ``"),
        ];
        for (text, expected) in table {
            let error = format!("{:#}", parse_targeted(text).unwrap_err());
            assert!(error.contains(expected), "{text:?}: {error}");
        }
    }
}
