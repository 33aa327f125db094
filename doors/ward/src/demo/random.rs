//! A small deterministic generator for the invented logs: the same seed, state and hour give the same numbers on
//! every machine.
//!
//! SplitMix64 as published by Steele, Lea and Flood, "Fast splittable pseudorandom number generators" (OOPSLA 2014).
//! Each hour has a generator of its own, so that an hour's lines do not depend on where the period that was asked for
//! begins. Not for secrets.

/// The odd constant nearest to 2^64 divided by the golden ratio: SplitMix64's step.
const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

/// A SplitMix64 generator.
#[derive(Debug, Clone)]
pub struct Random {
    state: u64,
}

impl Random {
    /// The generator that begins at `state`.
    #[must_use]
    pub fn new(state: u64) -> Self {
        Self { state }
    }

    /// The generator of one hour (`hour`: hours or any other number that tells the uses apart) of one state's logs.
    #[must_use]
    pub fn keyed(seed: u64, code: &str, hour: i64) -> Self {
        let mut state = mix(seed.wrapping_add(STEP));
        for byte in code.bytes() {
            state = mix((state ^ u64::from(byte)).wrapping_add(STEP));
        }
        // Never a byte's value, so that no code can be mistaken for a shorter one with another hour.
        state = mix((state ^ 0x100).wrapping_add(STEP));
        Self::new(mix((state ^ hour.cast_unsigned()).wrapping_add(STEP)))
    }

    /// The next 64 bits.
    pub fn draw(&mut self) -> u64 {
        self.state = self.state.wrapping_add(STEP);
        mix(self.state)
    }

    /// A number from 0 to `bound - 1`; 0 when `bound` is 0. The bias of the multiplication is below 2^-32, which is
    /// nothing here.
    pub fn below(&mut self, bound: u32) -> u32 {
        let upper = self.draw() >> 32;
        ((upper * u64::from(bound)) >> 32) as u32
    }

    /// One of `choices`, or the empty text when there are none.
    pub fn pick<'a>(&mut self, choices: &[&'a str]) -> &'a str {
        let at = self.below(choices.len() as u32) as usize;
        choices.get(at).copied().unwrap_or_default()
    }
}

/// SplitMix64's output function.
fn mix(state: u64) -> u64 {
    let first = (state ^ (state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let second = (first ^ (first >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    second ^ (second >> 31)
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn numbers_are_those_of_the_published_algorithm() {
        // Known outputs of SplitMix64 for the seed 1234567, as published on Rosetta Code ("Pseudo-random
        // numbers/Splitmix64").
        let mut random = Random::new(1_234_567);
        let expected = [
            6_457_827_717_110_365_317,
            3_203_168_211_198_807_973,
            9_817_491_932_198_370_423,
            4_593_380_528_125_082_431,
            16_408_922_859_458_223_821,
        ];
        for number in expected {
            assert_eq!(random.draw(), number);
        }
    }

    #[test]
    fn each_part_of_the_key_changes_the_numbers() {
        let first = Random::keyed(1, "IL", 7).draw();
        assert_eq!(first, Random::keyed(1, "IL", 7).draw());
        for (seed, code, hour) in [(2, "IL", 7), (1, "IA", 7), (1, "LI", 7), (1, "I", 7), (1, "IL", 8), (1, "IL", -7)] {
            assert_ne!(first, Random::keyed(seed, code, hour).draw(), "{seed} {code} {hour}");
        }
    }

    #[test]
    fn below_reaches_every_number_and_no_other() {
        let mut random = Random::new(1);
        let mut seen = [0u32; 6];
        for _ in 0..6_000 {
            seen[random.below(6) as usize] += 1;
        }
        assert!(seen.iter().all(|&count| (800..1_200).contains(&count)), "{seen:?}");
        assert_eq!(random.below(0), 0);
        assert_eq!(random.pick(&[]), "");
    }
}
