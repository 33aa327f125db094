//! What is posted: indicators that are the same in each run, of about 762 bytes, with four kinds of pattern and one TLP 2.0 marking each.

use ward_stix::marking::Tlp;

const WORDS: [&str; 12] = [
    "credential",
    "phishing",
    "against",
    "registration",
    "portal",
    "election",
    "office",
    "scanner",
    "from",
    "hosting",
    "provider",
    "observed",
];

/// The indicator with this number.
pub fn indicator(number: u64) -> String {
    let mut random = Random(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ 0x5eed);
    let id = random.uuid();
    let pattern = match number % 4 {
        0 => {
            let [.., a, b, c, d] = number.to_be_bytes();
            format!("[ipv4-addr:value = '{}.{b}.{c}.{d}']", 11 + a % 80)
        }
        1 => format!("[domain-name:value = 'login-{number:x}.vote-{:x}.example.net']", random.next() % 4096),
        2 => format!("[url:value = 'https://portal-{number:x}.example.org/index.php?id={}']", random.next() % 100_000),
        _ => format!(
            "[file:hashes.'SHA-256' = '{:016x}{:016x}{:016x}{number:016x}']",
            random.next(),
            random.next(),
            random.next()
        ),
    };
    let second = number % 86_400;
    let time = format!(
        "2018-05-03T{:02}:{:02}:{:02}.{:03}Z",
        second / 3600,
        second / 60 % 60,
        second % 60,
        number / 86_400 % 1000
    );
    // Of 100: 45 for everyone, 45 for the community, 10 narrower.
    let tlp = match number.wrapping_mul(37) % 100 {
        0..45 => Tlp::Clear,
        45..90 => Tlp::Green,
        90..95 => Tlp::Amber,
        95..98 => Tlp::AmberStrict,
        _ => Tlp::Red,
    };
    let text: Vec<&str> = (0..24).map(|_| random.word()).collect();
    format!(
        r#"{{"type":"indicator","spec_version":"2.1","id":"indicator--{id}","created":"{time}","modified":"{time}","name":"Sighted {number}: {} {}","description":"{}","indicator_types":["malicious-activity"],"pattern":"{pattern}","pattern_type":"stix","pattern_version":"2.1","valid_from":"{time}","labels":["election","{}"],"confidence":{},"object_marking_refs":["{}"]}}"#,
        random.word(),
        random.word(),
        text.join(" "),
        random.word(),
        random.next() % 101,
        tlp.official_id()
    )
}

/// The body of a request that posts the indicators with these numbers.
pub fn envelope(numbers: std::ops::Range<u64>) -> String {
    let objects: Vec<String> = numbers.map(indicator).collect();
    format!("{{\"objects\":[{}]}}", objects.join(","))
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn word(&mut self) -> &'static str {
        WORDS[usize::try_from(self.next() % WORDS.len() as u64).unwrap_or(0)]
    }

    fn uuid(&mut self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-8{:03x}-{:012x}",
            high >> 32,
            high >> 16 & 0xffff,
            high & 0xfff,
            low >> 48 & 0xfff,
            low & 0xffff_ffff_ffff
        )
    }
}
