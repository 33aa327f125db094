//! What the scenario prints: one line a state, n of N, and where to look further.

use ward_share::situation::{Situation, Standing, situation};

use super::community::Community;
use super::{NOTICE, Ready};

/// The totals in one sentence.
pub async fn totals(community: &Community, report_id: &str) -> anyhow::Result<String> {
    let now = situation(&community.hub, &community.analyst, report_id).await?;
    Ok(sentence(&now))
}

/// The situation, one line a state or other organisation, and the totals.
pub fn situation_text(now: &Situation) -> String {
    let mut text = String::new();
    for row in &now.rows {
        let coverage = row.coverage.as_ref().map_or_else(String::new, |coverage| {
            let rejected = coverage
                .rejected_share
                .map_or_else(|| "nothing read".to_owned(), |share| format!("{:.1}% rejected", share * 100.0));
            format!("{:>5} of {:>5} hours, {rejected}", coverage.hours_with_data, coverage.hours_asked)
        });
        let counts: Vec<String> =
            row.counts.iter().map(|count| format!("{} {}", count.value, count.definition)).collect();
        let standing = row.standing.plain();
        let line =
            format!("{:<3} {:<22} {standing:<24} {coverage:<36} {}", row.state, row.organisation, counts.join("; "));
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text + &sentence(now)
}

/// Prints the situation, n of N, and where to look further: the guide first, then three commands.
pub async fn print(ready: &Ready, say: &mut dyn FnMut(&str)) -> anyhow::Result<()> {
    let Ready { community, report_id, guide } = ready;
    let now = situation(&community.hub, &community.analyst, report_id).await?;
    say(&format!("\nSITUATION as of 3 May 2018. {NOTICE}.\n{}\n\nLook further:", situation_text(&now)));
    say(&format!("  {guide}   in a browser: the scenario in eight steps"));
    let hub = community.hub.folder.display();
    say(&format!("  ward brief --dir {hub} --format text"));
    if let Some(member) = community.members.iter().find(|member| member.process.is_some()) {
        say(&format!("  ward watch review --dir {} {report_id}", member.here.folder.display()));
    }
    say(&format!("  ward log verify --dir {hub}"));
    Ok(())
}

fn sentence(now: &Situation) -> String {
    // The totals, not the rows: who sees few rows is told of all offices.
    let is_confirmed = |standing: &&String| {
        Standing::ALL.iter().any(|one| matches!(one, Standing::Confirmed(_)) && one.plain() == **standing)
    };
    let confirmed: usize =
        now.totals.iter().filter(|(standing, _)| is_confirmed(standing)).map(|(_, offices)| offices).sum();
    let parts: Vec<String> = now.totals.iter().map(|(standing, count)| format!("{count} {standing}")).collect();
    format!("{} of {} states have answered; {confirmed} confirmed: {}", now.answered, now.asked, parts.join(", "))
}
