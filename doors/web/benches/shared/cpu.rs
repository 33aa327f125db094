//! CPU time and memory of processes, as Linux counts them in `/proc` (proc(5)).

use std::collections::HashSet;

/// User and system time of this process so far, in milliseconds.
pub fn own_millis() -> u64 {
    of("self").map_or(0, |stat| stat.own_ticks * 10)
}

/// User and system time of a process and all below it, those included that have ended and were waited for, in milliseconds.
pub fn tree_millis(pid: u32) -> u64 {
    tree(pid)
        .into_iter()
        .filter_map(|pid| of(&pid.to_string()))
        .map(|stat| stat.own_ticks + stat.waited_ticks)
        .sum::<u64>()
        * 10
}

/// The most memory that a process and those below it had resident, in MiB: the sum of each one's own peak.
pub fn tree_peak_mib(pid: u32) -> u64 {
    let peak = |pid: u32| -> Option<u64> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
        text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().strip_suffix(" kB")?.parse().ok()
    };
    tree(pid).into_iter().filter_map(peak).sum::<u64>() / 1024
}

/// What `/proc/PID/stat` says, in hundredths of a second.
struct Stat {
    parent: u32,
    own_ticks: u64,
    waited_ticks: u64,
}

fn of(pid: &str) -> Option<Stat> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let fields: Vec<u64> =
        text.rsplit(')').next()?.split_whitespace().skip(1).map(|field| field.parse().unwrap_or(0)).collect();
    let ticks = |from: usize| Some(fields.get(from)? + fields.get(from + 1)?);
    Some(Stat { parent: u32::try_from(*fields.first()?).ok()?, own_ticks: ticks(10)?, waited_ticks: ticks(12)? })
}

fn tree(root: u32) -> HashSet<u32> {
    let numbers = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids: Vec<u32> = numbers.filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    let parents: Vec<(u32, u32)> = pids.iter().filter_map(|pid| Some((*pid, of(&pid.to_string())?.parent))).collect();
    let mut found = HashSet::from([root]);
    while let Some((pid, _)) = parents.iter().find(|(pid, parent)| found.contains(parent) && !found.contains(pid)) {
        found.insert(*pid);
    }
    found
}
