//! The speed of `ward watch`, as ratios in one run: matching against `ripgrep -F -f`, and the look-back over the archive.
//!
//! `cargo bench -p ward --bench watch` makes a combined log of 1,000,000,000 bytes (seven days, 60,000 clients) and
//! 100,000 indicators with a fixed seed in a temporary folder, runs each program as a child on one core, and prints the
//! CPU seconds (user and system) that the child took. `WARD_BENCH_BYTES` makes the log smaller.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

const DEFAULT_BYTES: u64 = 1_000_000_000;
const SECONDS: u64 = 7 * 86_400;
/// The log begins on 26 April 2018.
const FIRST_DAY: u64 = 26;
const CLIENTS: u64 = 60_000;
/// One line in so many holds an indicator.
const PLANTED_ONE_IN: u64 = 1_300;
/// So many of each kind of indicator are planted, again and again.
const PLANTED_OF_A_KIND: usize = 1_000;
const PAGES: [&str; 8] = [
    "/",
    "/register",
    "/status",
    "/polling-place",
    "/results/2018/primary",
    "/absentee",
    "/css/site.css",
    "/img/seal.png",
];
const AGENTS: [&str; 5] = [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/66.0.3359.139 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_13_4) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/11.1 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 11_3 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E216",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (X11; Linux x86_64; rv:59.0) Gecko/20100101 Firefox/59.0",
];

fn main() -> Result<()> {
    let bytes = match std::env::var("WARD_BENCH_BYTES") {
        Ok(text) => text.parse()?,
        Err(_) => DEFAULT_BYTES,
    };
    let folder = tempfile::tempdir()?;
    let bench = Bench { folder: folder.path().to_owned(), ward: env!("CARGO_BIN_EXE_ward").to_owned() };
    let mut out = io::stdout().lock();
    writeln!(out, "making a log of {bytes} bytes and 100,000 indicators in {}", folder.path().display())?;
    let indicators = Indicators::make(&mut Random(0x5eed_0001));
    indicators.write(&bench.path("indicators"), true)?;
    indicators.write(&bench.path("literals"), false)?;
    indicators.new_ones().write(&bench.path("new"), true)?;
    let log = bench.path("access.log");
    let lines = write_log(&log, bytes, &indicators)?;
    let size = fs::metadata(&log)?.len();
    writeln!(out, "{lines} lines\n")?;
    run_all(&bench, size, &mut out)
}

fn run_all(bench: &Bench, size: u64, out: &mut impl Write) -> Result<()> {
    let [log, archive] = ["access.log", "archive"].map(|name| bench.path(name).display().to_string());
    let [indicators, literals, new] =
        ["indicators", "literals", "new"].map(|name| bench.path(name).display().to_string());
    let ward = bench.ward.as_str();
    writeln!(out, "{:<52} {:>9} {:>9}", "one core", "CPU s", "MB/s")?;
    let mut report = |name: &str, run: &Run| -> Result<()> {
        let rate = size as f64 / 1e6 / run.cpu_seconds;
        writeln!(out, "{name:<52} {:>9.3} {rate:>9.0}  {}", run.cpu_seconds, run.last_line)?;
        Ok(())
    };
    let nothing = bench.run(&[ward, "--version"])?;
    report("start of the program", &nothing)?;
    let matched = bench.run(&[ward, "watch", "match", "--json", "--indicators", &indicators, &log])?;
    report("ward watch match, 100,000 indicators", &matched)?;
    let searched = if Command::new("rg").arg("--version").output().is_ok() {
        let searched = bench.run(&["rg", "-j1", "-a", "-F", "-c", "-f", &literals, &log])?;
        report("rg -F -f, the 95,000 that are literals", &searched)?;
        Some(searched)
    } else {
        None
    };
    let archived = bench.run(&[ward, "watch", "archive", "--json", "--to", &archive, &log])?;
    report("ward watch archive", &archived)?;
    let lookback = [ward, "watch", "lookback", "--archive", &archive, "--indicators"];
    let counted = bench.run(&[&lookback[..], &[&new, "--counts", "--json"]].concat())?;
    report("ward watch lookback --counts, 1,000 new indicators", &counted)?;
    let listed = bench.run(&[&lookback[..], &[&new, "--json"]].concat())?;
    report("ward watch lookback, the same, listing hits", &listed)?;
    let again = bench.run(&[ward, "watch", "match", "--json", "--indicators", &new, &log])?;
    report("ward watch match, the same", &again)?;
    let same = again.last_line == listed.last_line;
    match searched {
        Some(searched) => {
            writeln!(
                out,
                "\nmatching is {:.1} times as fast as rg (target: 10)",
                searched.cpu_seconds / matched.cpu_seconds
            )?;
        }
        None => writeln!(out, "\n`rg` is not installed: no ratio; install ripgrep to have one")?,
    }
    let on_disk = folder_bytes(&bench.path("archive").join("segments"))?;
    writeln!(out, "look-back of 1,000: {:.0} ms CPU (target at 1 GB: under 100)", counted.cpu_seconds * 1000.0)?;
    writeln!(out, "look-back and match print the same summary: {same}")?;
    for (kind, bytes) in on_disk {
        writeln!(out, "archive, {kind}: {bytes} bytes, {:.1} % of the log", bytes as f64 * 100.0 / size as f64)?;
    }
    Ok(())
}

fn folder_bytes(folder: &Path) -> Result<Vec<(&'static str, u64)>> {
    let (mut events, mut index) = (0, 0);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let length = entry.metadata()?.len();
        if entry.path().extension().is_some_and(|end| end == "index") { index += length } else { events += length }
    }
    Ok(vec![("events", events), ("index", index)])
}

/// Where files are, and the program.
struct Bench {
    folder: PathBuf,
    ward: String,
}

/// What a child took.
struct Run {
    cpu_seconds: f64,
    last_line: String,
}

impl Bench {
    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs a child on one core. The shell's own clock gives the CPU time of the child alone.
    fn run(&self, command: &[&str]) -> Result<Run> {
        let (stdout, stderr) = (self.path("out"), self.path("err"));
        let script = r#"TIMEFORMAT="%3U %3S"; out=$1; err=$2; shift 2; time "$@" >"$out" 2>"$err""#;
        let pinned: &[&str] =
            if Command::new("taskset").arg("--version").output().is_ok() { &["taskset", "-c", "0"] } else { &[] };
        let output = Command::new("bash")
            .args(["-c", script, "bench"])
            .arg(&stdout)
            .arg(&stderr)
            .args(pinned)
            .args(command)
            .output()?;
        let times = String::from_utf8(output.stderr)?;
        let cpu_seconds = times.split_whitespace().filter_map(|number| number.parse::<f64>().ok()).sum::<f64>();
        if !output.status.success() {
            return Err(format!("{command:?} ended with {}: {}", output.status, fs::read_to_string(stderr)?).into());
        }
        let printed = fs::read(stdout)?;
        let last_line = printed.trim_ascii_end().rsplit(|byte| *byte == b'\n').next().unwrap_or_default();
        let last_line = String::from_utf8_lossy(last_line).chars().take(90).collect();
        Ok(Run { cpu_seconds, last_line })
    }
}

/// Marsaglia's xorshift with 64 bits: the same numbers everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit
    }

    /// One of the indicators that are planted.
    fn planted<'a>(&mut self, items: &'a [String]) -> &'a str {
        self.pick(items.get(..PLANTED_OF_A_KIND).unwrap_or(items)).map_or("-", String::as_str)
    }

    fn pick<'a, T>(&mut self, items: &'a [T]) -> Option<&'a T> {
        items.get(usize::try_from(self.below(items.len() as u64)).ok()?)
    }
}

/// Indicators by kind, as text.
struct Indicators {
    addresses: Vec<String>,
    addresses6: Vec<String>,
    networks: Vec<String>,
    domains: Vec<String>,
    urls: Vec<String>,
}

impl Indicators {
    fn make(random: &mut Random) -> Self {
        // Networks lie apart from single addresses and clients, so that nothing but what is planted is a hit.
        let network = |random: &mut Random| format!("{}/{}", address(random, 191, 32), 17 + random.below(12));
        let word = |random: &mut Random| format!("{:x}", random.below(1 << 40));
        Self {
            addresses: (0..70_000).map(|_| address(random, 11, 180)).collect(),
            addresses6: (0..5_000)
                .map(|_| {
                    format!(
                        "2001:db8:{:x}:{:x}::{:x}",
                        random.below(65_536),
                        random.below(65_536),
                        1 + random.below(65_535)
                    )
                })
                .collect(),
            networks: (0..5_000).map(|_| network(random)).collect(),
            domains: (0..15_000).map(|_| format!("{}.{}.example", word(random), word(random))).collect(),
            urls: (0..5_000)
                .map(|_| format!("http://{}.example/{}?id={}", word(random), word(random), word(random)))
                .collect(),
        }
    }

    /// A thousand, a fifth of them among those that are planted.
    fn new_ones(&self) -> Self {
        let mut fresh = Self::make(&mut Random(0x5eed_0002));
        let parts = |own: &[String], fresh: &mut Vec<String>, count: usize| {
            fresh.truncate(count - count / 5);
            fresh.extend(own.iter().take(count / 5).cloned());
        };
        parts(&self.addresses, &mut fresh.addresses, 600);
        parts(&self.addresses6, &mut fresh.addresses6, 50);
        parts(&self.networks, &mut fresh.networks, 100);
        parts(&self.domains, &mut fresh.domains, 200);
        parts(&self.urls, &mut fresh.urls, 50);
        fresh
    }

    /// One a line; networks only where they are wanted, since they are no literals.
    fn write(&self, path: &Path, with_networks: bool) -> Result<()> {
        let mut file = BufWriter::new(File::create(path)?);
        let networks = if with_networks { self.networks.as_slice() } else { &[] };
        for list in [&self.addresses, &self.addresses6, networks, &self.domains, &self.urls] {
            for text in list {
                writeln!(file, "{text}")?;
            }
        }
        Ok(file.flush()?)
    }
}

/// An IPv4 address whose first number is one of `count` from `first` on.
fn address(random: &mut Random, first: u64, count: u64) -> String {
    let number = random.next();
    let first = first + (number >> 8) % count;
    format!("{first}.{}.{}.{}", (number >> 16) & 255, (number >> 24) & 255, (number >> 32) & 255)
}

/// Writes whole lines up to about that many bytes; gives their number.
fn write_log(path: &Path, bytes: u64, indicators: &Indicators) -> Result<u64> {
    let mut random = Random(0x5eed_0003);
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let (mut line, mut lines, mut written) = (Vec::new(), 0_u64, 0_u64);
    while written < bytes {
        let second = (u128::from(written) * u128::from(SECONDS) / u128::from(bytes)) as u64;
        line.clear();
        write_line(&mut line, second, &mut random, indicators)?;
        file.write_all(&line)?;
        written += line.len() as u64;
        lines += 1;
    }
    file.flush()?;
    Ok(lines)
}

fn write_line(line: &mut Vec<u8>, second: u64, random: &mut Random, indicators: &Indicators) -> Result<()> {
    let planted = random.below(PLANTED_ONE_IN) == 0;
    let kind = random.below(10);
    let client = random.below(CLIENTS);
    match (planted, kind) {
        (true, 0..=4) => line.extend(random.planted(&indicators.addresses).as_bytes()),
        (true, 6) => line.extend(random.planted(&indicators.addresses6).as_bytes()),
        (true, 5) => line.extend(random.planted(&indicators.networks).split('/').next().unwrap_or("-").as_bytes()),
        _ => line.extend(address(&mut Random((client + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15)), 11, 180).as_bytes()),
    }
    let (day, rest) = (second / 86_400, second % 86_400);
    let (day, month) = if day < 5 { (FIRST_DAY + day, "Apr") } else { (day - 4, "May") };
    let clock = (rest / 3600, rest / 60 % 60, rest % 60);
    write!(line, " - - [{day:02}/{month}/2018:{:02}:{:02}:{:02} +0000] \"GET ", clock.0, clock.1, clock.2)?;
    line.extend(random.pick(&PAGES).map(|page| page.as_bytes()).unwrap_or_default());
    if random.below(3) == 0 {
        write!(line, "?id={}", random.below(1_000_000))?;
    }
    let status = if random.below(20) == 0 { 404 } else { 200 };
    write!(line, " HTTP/1.1\" {status} {} \"", random.below(60_000))?;
    match (planted, kind) {
        (true, 7..=8) => write!(line, "https://{}/", random.planted(&indicators.domains))?,
        (true, 9) => write!(line, "{}", random.planted(&indicators.urls))?,
        _ if random.below(2) == 0 => {
            write!(line, "https://www.vote.example.gov{}", random.pick(&PAGES).unwrap_or(&"/"))?
        }
        _ => line.push(b'-'),
    }
    writeln!(line, "\" \"{}\"", random.pick(&AGENTS).unwrap_or(&"-"))?;
    Ok(())
}
