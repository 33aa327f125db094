//! Tiles: which file of a published log holds which hashes and entries, and how it is named.
//!
//! C2SP tlog-tiles. Hashes are published 256 to a file, every eighth level of the tree; entries are bundled 256 to a file
//! alike. The last file of a level is partial and named with its width, so no file ever changes.

use std::fmt;
use std::str::FromStr;

use crate::text::decimal;

/// Tree levels a tile spans.
pub const HEIGHT: u32 = 8;
/// Hashes, or entries, in a full tile.
pub const WIDTH: u16 = 256;
/// The highest tile level a path may name.
pub const MAX_LEVEL: u8 = 63;

/// What a tile holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TileKind {
    /// Hashes of complete subtrees: leaf hashes at level 0, roots of full tiles of the level below above it.
    Hashes {
        /// Tile level, 0 to 63.
        level: u8,
    },
    /// Log entries.
    Entries,
}

/// One published file: its kind, its index and how many of its 256 places are filled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tile {
    kind: TileKind,
    index: u64,
    width: u16,
}

/// Why a tile cannot be, be read, or be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TileError {
    /// Not a tile's path.
    #[error("`{path}` is not a tile's path")]
    Path {
        /// The path as given.
        path: String,
    },
    /// The width is not 1 to 256.
    #[error("a tile is 1 to 256 wide, not {width}")]
    Width {
        /// The width given.
        width: u64,
    },
    /// The level is above 63.
    #[error("the tile level {level} is above 63")]
    Level {
        /// The level given.
        level: u8,
    },
    /// The tile is not of the kind that the function reads or makes.
    #[error("the tile `{path}` is of the other kind")]
    Kind {
        /// Its path.
        path: String,
    },
    /// The file has another number of bytes than its width demands.
    #[error("the tile has {found} bytes, not {expected}")]
    Length {
        /// Bytes expected.
        expected: usize,
        /// Bytes found.
        found: usize,
    },
    /// A node is missing.
    #[error("node {index} at level {level} is missing")]
    MissingNode {
        /// Tree level, 0 for leaves.
        level: u32,
        /// Position in the level.
        index: u64,
    },
    /// An entry is above 65,535 bytes.
    #[error("entry {at} of the bundle has {len} bytes, above 65535")]
    EntryTooLong {
        /// Position in the bundle, from 0.
        at: usize,
        /// Its size in bytes.
        len: usize,
    },
    /// The bundle ends inside an entry.
    #[error("the bundle ends inside entry {at}")]
    Truncated {
        /// Position in the bundle, from 0.
        at: usize,
    },
    /// Bytes follow the last entry.
    #[error("{len} bytes follow the last entry of the bundle")]
    Trailing {
        /// How many.
        len: usize,
    },
}

impl Tile {
    /// The hash tile `index` of a tile level, `width` hashes wide.
    ///
    /// # Errors
    /// [`TileError::Level`] or [`TileError::Width`].
    pub fn hashes(level: u8, index: u64, width: u16) -> Result<Self, TileError> {
        if level > MAX_LEVEL {
            return Err(TileError::Level { level });
        }
        Self::new(TileKind::Hashes { level }, index, width)
    }

    /// The entry bundle `index`, `width` entries wide.
    ///
    /// # Errors
    /// [`TileError::Width`].
    pub fn entries(index: u64, width: u16) -> Result<Self, TileError> {
        Self::new(TileKind::Entries, index, width)
    }

    /// The tile of this kind and index as it is in a log of `size` leaves; none when it is still empty.
    #[must_use]
    pub fn at_size(kind: TileKind, index: u64, size: u64) -> Option<Self> {
        let filled = places(kind, size).checked_sub(index.checked_mul(u64::from(WIDTH))?)?;
        let width = u16::try_from(filled.min(u64::from(WIDTH))).ok()?;
        Self::new(kind, index, width).ok()
    }

    /// The tile that holds the entry (or its leaf hash) `leaf`, and the place in it, in a log of `size` leaves; none when
    /// the leaf is not in it.
    #[must_use]
    pub fn of_leaf(kind: TileKind, leaf: u64, size: u64) -> Option<(Self, u16)> {
        let tile = Self::at_size(kind, leaf / u64::from(WIDTH), size)?;
        let place = u16::try_from(leaf % u64::from(WIDTH)).ok()?;
        let holds_leaves = matches!(kind, TileKind::Entries | TileKind::Hashes { level: 0 });
        (holds_leaves && place < tile.width).then_some((tile, place))
    }

    /// Reads a path: `tile/<level>/<index>` or `tile/entries/<index>`, with `.p/<width>` when partial.
    ///
    /// # Errors
    /// [`TileError::Path`] for every other spelling.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let parsed = parse_path(path).filter(|tile| tile.to_string() == path);
        parsed.ok_or_else(|| TileError::Path { path: path.to_owned() })
    }

    /// What it holds.
    #[must_use]
    pub fn kind(&self) -> TileKind {
        self.kind
    }

    /// Its position in its level, from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// How many hashes or entries it holds, 1 to 256.
    #[must_use]
    pub fn width(&self) -> u16 {
        self.width
    }

    /// Whether fewer than 256 places are filled.
    #[must_use]
    pub fn is_partial(&self) -> bool {
        self.width < WIDTH
    }

    fn new(kind: TileKind, index: u64, width: u16) -> Result<Self, TileError> {
        if !(1..=WIDTH).contains(&width) {
            return Err(TileError::Width { width: u64::from(width) });
        }
        Ok(Self { kind, index, width })
    }
}

/// The tiles to write when a log grows from `old_size` to `new_size` leaves: those that filled up, and the partial ones
/// of the new size. From 0, they are all tiles of the log.
pub fn new_tiles(old_size: u64, new_size: u64) -> impl Iterator<Item = Tile> {
    let kinds = (0..=7).map(|level| TileKind::Hashes { level }).chain([TileKind::Entries]);
    kinds.flat_map(move |kind| {
        let (old, new) = (places(kind, old_size), places(kind, new_size));
        let first = old / u64::from(WIDTH);
        let end = if old < new { new.div_ceil(u64::from(WIDTH)) } else { first };
        (first..end).filter_map(move |index| Tile::at_size(kind, index, new_size))
    })
}

impl FromStr for Tile {
    type Err = TileError;

    fn from_str(path: &str) -> Result<Self, TileError> {
        Self::parse(path)
    }
}

/// The path, without a leading slash.
impl fmt::Display for Tile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Hashes { level } => write!(f, "tile/{level}/")?,
            TileKind::Entries => f.write_str("tile/entries/")?,
        }
        let mut groups = vec![self.index % 1000];
        let mut rest = self.index / 1000;
        while rest > 0 {
            groups.push(rest % 1000);
            rest /= 1000;
        }
        while let Some(group) = groups.pop() {
            if groups.is_empty() {
                write!(f, "{group:03}")?;
            } else {
                write!(f, "x{group:03}/")?;
            }
        }
        if self.is_partial() {
            write!(f, ".p/{}", self.width)?;
        }
        Ok(())
    }
}

/// How many places of a kind's level a log of `size` leaves fills, over all its tiles.
fn places(kind: TileKind, size: u64) -> u64 {
    match kind {
        TileKind::Entries => size,
        TileKind::Hashes { level } => size.checked_shr(HEIGHT * u32::from(level)).unwrap_or_default(),
    }
}

/// Reads the parts; the caller refuses what does not format back to the same path.
fn parse_path(path: &str) -> Option<Tile> {
    let (kind, rest) = path.strip_prefix("tile/")?.split_once('/')?;
    let (groups, width) = match rest.split_once(".p/") {
        Some((groups, width)) => (groups, decimal(width)?),
        None => (rest, u64::from(WIDTH)),
    };
    let mut index: u64 = 0;
    for group in groups.split('/') {
        let digits = group.strip_prefix('x').unwrap_or(group);
        if digits.len() != 3 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        index = index.checked_mul(1000)?.checked_add(digits.parse().ok()?)?;
    }
    let width = u16::try_from(width).ok()?;
    match kind {
        "entries" => Tile::entries(index, width).ok(),
        level => Tile::hashes(u8::try_from(decimal(level)?).ok()?, index, width).ok(),
    }
}
