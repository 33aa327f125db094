//! A transaction's turn to write what is walked by time, and the ticks that it gives.
//!
//! A tick is a place in a walk and a moment in microseconds UTC. Whoever takes the turn holds the row lock of the one `sequencer` row (on SQLite,
//! the write lock) until the transaction ends, so that the order of ticks is the order of commits, and a reader who walked up to a tick has missed
//! nothing before it. The ticks of one transaction stand in a row, and the first is its moment: what it wrote came about all at once. Ticks are unique
//! and increasing over the whole installation. They begin at the clock, and go on behind the last one when the clock has gone back.

use crate::{StoreError, Tx, values};

/// What a transaction holds from its turn on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Turn {
    /// The clock when the turn was taken.
    began_at: i64,
    last_tick: i64,
    /// The first tick that was given, once there is one.
    moment: Option<i64>,
}

/// A place in the walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tick {
    pub at: i64,
    /// The first tick of the transaction that gave it.
    pub moment: i64,
}

impl Tx {
    /// Waits for the turn; held until the transaction ends. Taking it again changes nothing.
    ///
    /// # Errors
    /// As any statement.
    pub async fn take_turn(&mut self, now: i64) -> Result<(), StoreError> {
        if self.turn.is_some() {
            return Ok(());
        }
        let sql = "UPDATE sequencer SET beats = beats + 1 WHERE id = 1 RETURNING last_tick";
        let row = self.fetch_optional(sql, &[]).await?;
        let row = row.ok_or_else(|| StoreError::Record("the sequencer has no row".to_owned()))?;
        self.turn = Some(Turn { began_at: now, last_tick: row.get("last_tick")?, moment: None });
        Ok(())
    }

    /// The next tick.
    ///
    /// # Errors
    /// When the transaction did not take its turn.
    pub fn tick(&mut self) -> Result<Tick, StoreError> {
        self.ticks(1)
    }

    /// So many ticks in a row, of which this is the first.
    ///
    /// # Errors
    /// As [`Tx::tick`].
    pub fn ticks(&mut self, count: i64) -> Result<Tick, StoreError> {
        let no_turn = || StoreError::Record("ticks are given to who has the turn".to_owned());
        let turn = self.turn.as_mut().ok_or_else(no_turn)?;
        let at = turn.last_tick.saturating_add(1);
        let at = if turn.moment.is_some() { at } else { at.max(turn.began_at) };
        turn.last_tick = at.saturating_add(count.max(1) - 1);
        Ok(Tick { at, moment: *turn.moment.get_or_insert(at) })
    }

    /// The first tick that it gave; none when it gave none.
    pub fn moment(&self) -> Option<i64> {
        self.turn.and_then(|turn| turn.moment)
    }

    /// Makes the ticks that were given last.
    pub(crate) async fn end_turn(&mut self) -> Result<(), StoreError> {
        if let Some(Turn { last_tick, moment: Some(_), .. }) = self.turn {
            self.execute("UPDATE sequencer SET last_tick = $1 WHERE id = 1", values![last_tick]).await?;
        }
        Ok(())
    }
}
