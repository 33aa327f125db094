//! Which of many networks hold an address: all of them, nested and repeated ones too.
//!
//! Ranges are cut into blocks whose size is a power of two, as CIDR notation has them. Two such blocks are either
//! disjoint or one holds the other, so they form a forest: the last block that begins at or before an address, and
//! the blocks around that one, are the only ones that can hold it. In front stands a filter of an eighth of a megabyte, so
//! that it stays in the processor's cache: it answers nearly every address of an ordinary log with one look.

use crate::address::mapped;

const NO_PARENT: u32 = u32::MAX;

/// The networks of all indicators.
#[derive(Debug, Default)]
pub(crate) struct Networks {
    v4: Forest<u32>,
    /// For each /16, how many blocks of `v4` begin before it; one more entry at the end.
    v4_before: Vec<u32>,
    v4_filter: Filter,
    v6: Forest<u128>,
}

impl Networks {
    /// From first and last address, inclusive, and the indicator; a range that ends before it begins holds nothing.
    pub(crate) fn new(ranges: Vec<(u128, u128, u32)>) -> Self {
        let (lowest_v4, highest_v4) = (mapped(0), mapped(u32::MAX));
        let mut v4 = Vec::new();
        let mut v6 = Vec::new();
        for (first, last, indicator) in ranges {
            let (first_v4, last_v4) = (first.max(lowest_v4), last.min(highest_v4));
            if first_v4 <= last_v4 {
                v4.push((low_half(first_v4), low_half(last_v4), indicator));
            }
            if first <= last && (first < lowest_v4 || last > highest_v4) {
                v6.push((first, last, indicator));
            }
        }
        let v4_filter = Filter::new(&v4);
        let v6_blocks = v6.into_iter().flat_map(|(first, last, indicator)| blocks_of(first, last, indicator));
        let v4_blocks = v4.into_iter().flat_map(|(first, last, indicator)| {
            blocks_of(u128::from(first), u128::from(last), indicator)
                .into_iter()
                .map(|(first, last, indicator)| (low_half(first), low_half(last), indicator))
        });
        let v4 = Forest::new(v4_blocks.collect());
        let v4_before = count_before_each_16(&v4.firsts);
        Self { v4, v4_before, v4_filter, v6: Forest::new(v6_blocks.collect()) }
    }

    /// Hands each indicator with a network that holds the address to `each`, in no order, perhaps repeatedly.
    pub(crate) fn each_holding(&self, address: u128, each: &mut impl FnMut(u32)) {
        if address >> 32 != 0xffff {
            return self.v6.each_holding(address, 0..self.v6.firsts.len(), each);
        }
        let v4 = low_half(address);
        if self.v4_filter.may_hold(v4) {
            let block = (v4 >> 16) as usize;
            let [from, until] =
                [block, block + 1].map(|block| self.v4_before.get(block).map_or(0, |count| *count as usize));
            self.v4.each_holding(v4, from..until, each);
        }
    }
}

/// Says of most IPv4 addresses that no network holds them, and never says so wrongly.
#[derive(Debug, Default)]
struct Filter {
    /// A bit for each /16 that a wide range touches.
    wide: Vec<u64>,
    /// Bits by a hash of each /24 that any other range touches.
    narrow: Vec<u64>,
}

impl Filter {
    const NARROW_BITS: u32 = 20;
    /// Ranges that touch more networks of 256 addresses than this are wide.
    const WIDE: u32 = 16;

    /// Stays empty, and so holds nothing, when there are no ranges.
    fn new(ranges: &[(u32, u32, u32)]) -> Self {
        if ranges.is_empty() {
            return Self::default();
        }
        let mut filter = Self { wide: vec![0; 1 << 10], narrow: vec![0; 1 << (Self::NARROW_BITS - 6)] };
        for (first, last, _) in ranges {
            if (last >> 8) - (first >> 8) > Self::WIDE {
                (first >> 16..=last >> 16).for_each(|bit| set_bit(&mut filter.wide, bit));
            } else {
                (first >> 8..=last >> 8).for_each(|block| set_bit(&mut filter.narrow, Self::hash(block)));
            }
        }
        filter
    }

    fn may_hold(&self, v4: u32) -> bool {
        has_bit(&self.narrow, Self::hash(v4 >> 8)) || has_bit(&self.wide, v4 >> 16)
    }

    /// Multiplicative hashing (Knuth, The Art of Computer Programming, volume 3, section 6.4).
    fn hash(block: u32) -> u32 {
        block.wrapping_mul(0x9e37_79b1) >> (32 - Self::NARROW_BITS)
    }
}

fn set_bit(words: &mut [u64], bit: u32) {
    if let Some(word) = words.get_mut((bit >> 6) as usize) {
        *word |= 1 << (bit & 63);
    }
}

fn has_bit(words: &[u64], bit: u32) -> bool {
    words.get((bit >> 6) as usize).is_some_and(|word| word >> (bit & 63) & 1 == 1)
}

fn count_before_each_16(firsts: &[u32]) -> Vec<u32> {
    let mut counts = vec![0_u32; (1 << 16) + 1];
    for first in firsts {
        if let Some(count) = counts.get_mut((first >> 16) as usize + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for count in &mut counts {
        sum += *count;
        *count = sum;
    }
    counts
}

/// Blocks that are pairwise disjoint or nested, by their first address and then by size, largest first.
#[derive(Debug, Default)]
struct Forest<T> {
    /// First addresses alone, for the search.
    firsts: Vec<T>,
    blocks: Vec<Block<T>>,
    /// The indicators of all blocks, one block's after the other's.
    indicators: Vec<u32>,
}

#[derive(Debug)]
struct Block<T> {
    last: T,
    /// The smallest block around this one.
    parent: u32,
    indicators_from: u32,
    indicators_until: u32,
}

impl<T: Ord + Copy> Forest<T> {
    fn new(mut ranges: Vec<(T, T, u32)>) -> Self {
        ranges.sort_unstable_by(|left, right| (left.0, right.1, left.2).cmp(&(right.0, left.1, right.2)));
        ranges.dedup();
        let mut forest = Self { firsts: Vec::new(), blocks: Vec::new(), indicators: Vec::new() };
        let mut around: Vec<u32> = Vec::new();
        for (first, last, indicator) in ranges {
            let position = forest.indicators.len() as u32;
            forest.indicators.push(indicator);
            if let (Some(same_first), Some(block)) = (forest.firsts.last(), forest.blocks.last_mut())
                && *same_first == first
                && block.last == last
            {
                block.indicators_until = position + 1;
                continue;
            }
            while let Some(open) = around.last().and_then(|index| forest.blocks.get(*index as usize)) {
                if open.last >= last {
                    break;
                }
                around.pop();
            }
            let parent = around.last().copied().unwrap_or(NO_PARENT);
            around.push(forest.blocks.len() as u32);
            forest.firsts.push(first);
            forest.blocks.push(Block { last, parent, indicators_from: position, indicators_until: position + 1 });
        }
        forest
    }

    /// `range` is where the blocks lie that begin near the address: every block before it begins at or before the
    /// address, every block after it does not.
    fn each_holding(&self, address: T, range: std::ops::Range<usize>, each: &mut impl FnMut(u32)) {
        let begins_before =
            self.firsts.get(range.clone()).unwrap_or_default().partition_point(|first| *first <= address);
        let mut index = (range.start + begins_before).wrapping_sub(1);
        while let Some(block) = self.blocks.get(index) {
            if block.last >= address {
                let range = block.indicators_from as usize..block.indicators_until as usize;
                self.indicators.get(range).unwrap_or_default().iter().for_each(|indicator| each(*indicator));
            }
            index = block.parent as usize;
        }
    }
}

/// The range as the fewest blocks of a power of two addresses.
fn blocks_of(first: u128, last: u128, indicator: u32) -> Vec<(u128, u128, u32)> {
    let mut blocks = Vec::new();
    let mut from = first;
    loop {
        let aligned = low_bits(from.trailing_zeros());
        // The largest power of two that fits in what is left.
        let fitting = match (last - from).checked_add(1) {
            Some(count) => low_bits(127 - count.leading_zeros()),
            None => u128::MAX,
        };
        let until = from | aligned.min(fitting);
        blocks.push((from, until, indicator));
        if until >= last {
            return blocks;
        }
        from = until + 1;
    }
}

/// A number with that many low bits set.
fn low_bits(count: u32) -> u128 {
    u128::MAX.checked_shr(128 - count.min(128)).unwrap_or(0)
}

fn low_half(address: u128) -> u32 {
    (address & u128::from(u32::MAX)) as u32
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn holding(networks: &Networks, address: u128) -> Vec<u32> {
        let mut found = Vec::new();
        networks.each_holding(address, &mut |indicator| found.push(indicator));
        found.sort_unstable();
        found.dedup();
        found
    }

    fn by_looking_at_each(ranges: &[(u128, u128, u32)], address: u128) -> Vec<u32> {
        let mut found: Vec<u32> =
            ranges.iter().filter(|(first, last, _)| (*first..=*last).contains(&address)).map(|range| range.2).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    /// Addresses close to each other, to the ends of both families and to the border between them.
    fn an_address() -> impl Strategy<Value = u128> {
        let near = |base: u128| (0_u128..2000).prop_map(move |offset| base.wrapping_add(offset));
        prop_oneof![
            near(mapped(0x0a00_0000)),
            near(mapped(0)),
            near(mapped(u32::MAX).wrapping_sub(1000)),
            near(0),
            near(u128::MAX - 1000),
            near(0x2001_0db8 << 96),
            any::<u128>(),
            any::<u32>().prop_map(mapped),
        ]
    }

    fn some_ranges() -> impl Strategy<Value = Vec<(u128, u128, u32)>> {
        let one = (an_address(), an_address()).prop_map(|(one, other)| (one.min(other), one.max(other)));
        let network =
            (an_address(), 0_u32..=128).prop_map(|(base, bits)| (base & !low_bits(bits), base | low_bits(bits)));
        let ranges = proptest::collection::vec((prop_oneof![one, network], 0_u32..20), 0..30);
        ranges
            .prop_map(|ranges| ranges.into_iter().map(|((first, last), indicator)| (first, last, indicator)).collect())
    }

    proptest! {
        #[test]
        fn finds_what_looking_at_each_finds(ranges in some_ranges(), addresses in proptest::collection::vec(an_address(), 1..40)) {
            let networks = Networks::new(ranges.clone());
            let ends = ranges.iter().flat_map(|range| [range.0, range.1, range.0.wrapping_sub(1), range.1.wrapping_add(1)]);
            for address in addresses.into_iter().chain(ends) {
                prop_assert_eq!(holding(&networks, address), by_looking_at_each(&ranges, address), "{:x}", address);
            }
        }
    }
}
