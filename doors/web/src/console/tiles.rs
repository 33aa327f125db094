//! Where each state's tile is; from the table beside this file.

use std::sync::LazyLock;

const TABLE: &str = include_str!("tiles.csv");

/// A state's tile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tile {
    /// Two letters.
    pub code: &'static str,
    pub name: &'static str,
    /// From 0, downwards.
    pub row: u16,
    /// From 0, to the right.
    pub column: u16,
}

static TILES: LazyLock<Vec<Tile>> = LazyLock::new(|| TABLE.lines().filter_map(tile).collect());

/// All tiles, by name.
pub fn tiles() -> &'static [Tile] {
    &TILES
}

/// Comments and the head are no tiles: their row is no number.
fn tile(line: &'static str) -> Option<Tile> {
    let mut cells = line.split(',');
    let (code, name) = (cells.next()?, cells.next()?);
    Some(Tile { code, name, row: cells.next()?.parse().ok()?, column: cells.next()?.parse().ok()? })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_state_has_a_place_of_its_own() {
        let places: BTreeSet<_> = tiles().iter().map(|tile| (tile.row, tile.column)).collect();
        let codes: BTreeSet<_> = tiles().iter().map(|tile| tile.code).collect();
        assert_eq!((tiles().len(), places.len(), codes.len()), (55, 55, 55));
        assert!(tiles().is_sorted_by_key(|tile| tile.name));
    }
}
