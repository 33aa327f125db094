//! Tiles: names, widths, contents, and proofs read back from published files.
#![cfg(test)]

use std::collections::BTreeMap;

use proptest::prelude::*;
use ward_tlog::tile::new_tiles;
use ward_tlog::{
    MemoryNodes, Tile, TileError, TileKind, TileNodes, build_bundle, consistency_proof, hash_tile_bytes,
    inclusion_proof, leaf_hash, node_hash, parse_bundle, parse_hash_tile, root_at,
};

const LEAVES: TileKind = TileKind::Hashes { level: 0 };

#[test]
fn paths() {
    for (tile, path) in [
        (Tile::hashes(0, 0, 256), "tile/0/000"),
        (Tile::hashes(0, 0, 1), "tile/0/000.p/1"),
        (Tile::hashes(1, 5, 255), "tile/1/005.p/255"),
        (Tile::hashes(0, 1_234_067, 256), "tile/0/x001/x234/067"),
        (Tile::hashes(63, 1000, 8), "tile/63/x001/000.p/8"),
        (Tile::entries(1_234_067, 256), "tile/entries/x001/x234/067"),
        (Tile::entries(7, 5), "tile/entries/007.p/5"),
        (Tile::entries(u64::MAX, 256), "tile/entries/x018/x446/x744/x073/x709/x551/615"),
    ] {
        let tile = tile.unwrap();
        assert_eq!(tile.to_string(), path);
        assert_eq!(Tile::parse(path), Ok(tile));
    }
}

#[test]
fn other_paths_are_refused() {
    for path in [
        "",
        "tile",
        "tile/0",
        "tile/0/",
        "/tile/0/000",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/x000/000",
        "tile/0/x001",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "tile/0/+01",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/000.p/1/",
        "tile/0/000.p/1.p/1",
        "tile/data/000",
        "tile/entries/x018/x446/x744/x073/x709/x551/616",
    ] {
        assert!(Tile::parse(path).is_err(), "{path:?}");
    }
    assert_eq!(Tile::hashes(64, 0, 1), Err(TileError::Level { level: 64 }));
    assert_eq!(Tile::entries(0, 0), Err(TileError::Width { width: 0 }));
    assert_eq!(Tile::entries(0, 257), Err(TileError::Width { width: 257 }));
}

/// Full and partial tiles of each level, as the standard's examples count them.
fn widths(size: u64) -> BTreeMap<TileKind, (usize, Vec<u16>)> {
    let mut widths: BTreeMap<_, (usize, Vec<u16>)> = BTreeMap::new();
    for tile in new_tiles(0, size) {
        let of_kind = widths.entry(tile.kind()).or_default();
        if tile.is_partial() {
            of_kind.1.push(tile.width());
        } else {
            of_kind.0 += 1;
        }
    }
    widths
}

#[test]
fn tiles_of_a_size() {
    let level = |level| TileKind::Hashes { level };
    let expected = [
        (level(0), (273, vec![112])),
        (level(1), (1, vec![17])),
        (level(2), (0, vec![1])),
        (TileKind::Entries, (273, vec![112])),
    ];
    assert_eq!(widths(70_000), expected.into());
    let expected = [(level(0), (1, vec![])), (level(1), (0, vec![1])), (TileKind::Entries, (1, vec![]))];
    assert_eq!(widths(256), expected.into());
    assert_eq!(widths(0), [].into());
    assert_eq!(Tile::at_size(LEAVES, 274, 70_000), None);
    let (tile, place) = Tile::of_leaf(TileKind::Entries, 69_999, 70_000).unwrap();
    assert_eq!((tile.to_string().as_str(), place), ("tile/entries/273.p/112", 111));
    assert_eq!(Tile::of_leaf(LEAVES, 70_000, 70_000), None);
    assert_eq!(Tile::of_leaf(level(1), 0, 70_000), None);
    let grown: Vec<_> = new_tiles(255, 257).map(|tile| tile.to_string()).collect();
    let expected = ["tile/0/000", "tile/0/001.p/1", "tile/1/000.p/1", "tile/entries/000", "tile/entries/001.p/1"];
    assert_eq!(grown, expected);
    assert_eq!(new_tiles(300, 300).count(), 0);
}

#[test]
fn published_tiles_prove_what_the_log_proves() {
    let size = 70_000;
    let nodes: MemoryNodes = (0..size).map(|i: u64| leaf_hash(&i.to_be_bytes())).collect();
    let mut published = TileNodes::new();
    for tile in new_tiles(0, size).filter(|tile| tile.kind() != TileKind::Entries) {
        let bytes = hash_tile_bytes(&nodes, &tile).unwrap();
        published.add(&tile, &bytes).unwrap();
    }
    for size in [1, 2, 255, 256, 257, 511, 65_535, 65_536, 65_537, size] {
        assert_eq!(root_at(&published, size), root_at(&nodes, size));
        for index in [0, size / 3, size / 2, size - 1] {
            assert_eq!(inclusion_proof(&published, index, size), inclusion_proof(&nodes, index, size));
            assert_eq!(consistency_proof(&published, index + 1, size), consistency_proof(&nodes, index + 1, size));
        }
    }
}

#[test]
fn contents_fit_their_tile() {
    let (a, b) = (leaf_hash(b"a"), leaf_hash(b"b"));
    let nodes: MemoryNodes = [a, b].into_iter().collect();
    let tile = Tile::hashes(0, 0, 2).unwrap();
    let bytes = hash_tile_bytes(&nodes, &tile).unwrap();
    assert_eq!(bytes, [a.0, b.0].concat());
    assert_eq!(parse_hash_tile(&tile, &bytes), Ok(vec![a, b]));
    let length = TileError::Length { expected: 64, found: 63 };
    assert_eq!(parse_hash_tile(&tile, &bytes[1..]), Err(length));
    let missing = TileError::MissingNode { level: 0, index: 2 };
    assert_eq!(hash_tile_bytes(&nodes, &Tile::hashes(0, 0, 3).unwrap()), Err(missing));
    let mut published = TileNodes::new();
    published.add(&tile, &bytes).unwrap();
    published.add(&Tile::hashes(0, 0, 1).unwrap(), &a.0).unwrap();
    assert_eq!(root_at(&published, 2), Ok(node_hash(&a, &b)));
    let bundle = Tile::entries(0, 2).unwrap();
    assert!(matches!(hash_tile_bytes(&nodes, &bundle), Err(TileError::Kind { .. })));
    assert!(matches!(parse_hash_tile(&bundle, &bytes), Err(TileError::Kind { .. })));
    assert!(matches!(parse_bundle(&tile, &bytes), Err(TileError::Kind { .. })));
}

#[test]
fn bundles() {
    let tile = Tile::entries(0, 3).unwrap();
    let bytes = build_bundle(&[b"a".as_slice(), b"", b"bcd"]).unwrap();
    assert_eq!(bytes, b"\x00\x01a\x00\x00\x00\x03bcd");
    assert_eq!(parse_bundle(&tile, &bytes), Ok(vec![b"a".as_slice(), b"", b"bcd"]));
    for end in 0..bytes.len() {
        let cut = parse_bundle(&tile, &bytes[..end]);
        assert!(matches!(cut, Err(TileError::Truncated { .. })), "{end}");
    }
    let trailing = parse_bundle(&Tile::entries(0, 2).unwrap(), &bytes);
    assert_eq!(trailing, Err(TileError::Trailing { len: 5 }));
    assert!(build_bundle(&[vec![0; 65_535]]).is_ok());
    let too_long = TileError::EntryTooLong { at: 1, len: 65_536 };
    assert_eq!(build_bundle(&[vec![], vec![0; 65_536]]), Err(too_long));
    assert!(build_bundle(&[[0_u8; 1]; 0]).is_err());
    assert!(build_bundle(&vec![b"x"; 257]).is_err());
}

proptest! {
    #[test]
    fn paths_round_trip(level in 0..=63u8, index: u64, width in 1..=256u16) {
        for tile in [Tile::hashes(level, index, width), Tile::entries(index, width)] {
            let tile = tile.unwrap();
            prop_assert_eq!(Tile::parse(&tile.to_string()), Ok(tile));
        }
    }

    #[test]
    fn growing_in_steps_writes_the_tiles_of_the_whole(sizes in proptest::collection::vec(0..3000u64, 1..6)) {
        let mut written = BTreeMap::new();
        let mut old = 0;
        let mut sizes = sizes;
        sizes.sort_unstable();
        for size in sizes {
            for tile in new_tiles(old, size) {
                written.insert((tile.kind(), tile.index()), tile.width());
            }
            old = size;
        }
        let whole: BTreeMap<_, _> = new_tiles(0, old).map(|t| ((t.kind(), t.index()), t.width())).collect();
        prop_assert_eq!(written, whole);
    }

    #[test]
    fn bundles_round_trip(entries: Vec<Vec<u8>>) {
        if let Ok(bytes) = build_bundle(&entries) {
            let tile = Tile::entries(0, entries.len() as u16).unwrap();
            prop_assert_eq!(parse_bundle(&tile, &bytes).unwrap(), entries);
        } else {
            prop_assert!(entries.is_empty());
        }
    }
}
