//! Time, as a parameter of everything else: the system's clock, or in a demonstration's folder a clock that the scenario steps.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::StoreError;

/// Microseconds in a second; all times in Ward are microseconds UTC.
pub const MICROS_PER_SECOND: i64 = 1_000_000;

/// The name of the file that makes a folder a demonstration and holds its clock.
pub const DEMO_CLOCK_FILE: &str = "demonstration-clock.json";

/// Where the time comes from.
#[derive(Clone, Debug)]
pub enum Clock {
    System,
    /// The scenario's clock; its file is read at each look, so that all processes of a demonstration step together.
    Demo(PathBuf),
    /// A time given on the command line or by a test.
    Fixed(i64),
}

/// The scenario's clock: at `real` microseconds of the system's clock it was `shown`; from there it runs at the same pace.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct DemoClock {
    pub shown: i64,
    pub real: i64,
}

impl Clock {
    /// Now, in microseconds UTC. A demonstration's clock whose file cannot be read stands at the epoch rather than show real time.
    pub fn now(&self) -> i64 {
        match self {
            Clock::System => system_now(),
            Clock::Fixed(now) => *now,
            Clock::Demo(file) => read_demo(file).map_or(0, |clock| clock.shown + (system_now() - clock.real).max(0)),
        }
    }

    /// Writes the scenario's clock so that it shows `shown` now.
    pub fn step_demo(file: &Path, shown: i64) -> Result<(), StoreError> {
        let text = serde_json::to_string(&DemoClock { shown, real: system_now() })
            .map_err(|e| StoreError::Record(e.to_string()))?;
        let failed = |source| StoreError::File { path: file.display().to_string(), source };
        let new = file.with_extension("new");
        std::fs::write(&new, text).map_err(failed)?;
        std::fs::rename(&new, file).map_err(failed)
    }
}

fn read_demo(file: &Path) -> Option<DemoClock> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

#[expect(clippy::disallowed_methods, reason = "the one place where the system's clock is read")]
fn system_now() -> i64 {
    jiff::Timestamp::now().as_microsecond()
}
