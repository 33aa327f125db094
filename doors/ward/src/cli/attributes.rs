//! `ward organisation attributes`: what ACS markings ask about an organisation.

use anyhow::Context;
use ward_policy::{Attributes, Resource, Verb};
use ward_stix::marking::acs::{Caveat, Community, Entity, Sensitivity};

use super::directory::on_organisation;
use super::{AsPerson, output};

#[derive(Debug, clap::Args)]
pub struct Asked {
    #[command(flatten)]
    by: AsPerson,
    /// The organisation's id.
    #[arg(long)]
    organisation: String,
    /// The GENC code of its country, such as USA.
    #[arg(long)]
    nationality: Option<String>,
    /// Codes of the organisations and groups that it belongs to, such as USA.SLTT.
    #[arg(long, value_delimiter = ',')]
    code: Vec<String>,
    /// NCC, EM, LE or IC
    #[arg(long, value_delimiter = ',')]
    community: Vec<String>,
    /// MIL, GOV, CTR, SVR, SVC, DEV or NET
    #[arg(long, value_delimiter = ',')]
    entity: Vec<String>,
    /// FISA, POSSIBLEPII or CISAPROPRIETARY
    #[arg(long, value_delimiter = ',')]
    caveat: Vec<String>,
    /// PCII, LES, INT, PII, PR, TEI or NTOC_DHS_ECYBER_SVC_SHARE.NSA.NSA; PCII and LES count for its programs, its people need training
    #[arg(long, value_delimiter = ',')]
    sensitivity: Vec<String>,
    /// Categories of legal authority that it holds.
    #[arg(long, value_delimiter = ',')]
    authority: Vec<String>,
    /// Forget everything that was entered.
    #[arg(long)]
    none: bool,
}

/// Enters the codes, or shows what is known.
pub async fn run(asked: Asked) -> anyhow::Result<()> {
    let (here, who) = asked.by.open().await?;
    let codes = Attributes {
        sci_controls: Vec::new(),
        authority_categories: asked.authority,
        caveats: values(&asked.caveat, Caveat::of_text)?,
        sensitivities: values(&asked.sensitivity, Sensitivity::of_text)?,
        nationality: asked.nationality,
        organisations: asked.code,
        communities: values(&asked.community, Community::of_text)?,
        entities: values(&asked.entity, Entity::of_text)?,
    };
    let known = if codes == Attributes::default() && !asked.none {
        let on = on_organisation(&here, &who, Verb::See, Resource::Organisation, &asked.organisation).await?;
        ward_directory::known_attributes(&here, on.on()).await?
    } else {
        let on = on_organisation(&here, &who, Verb::Change, Resource::Organisation, &asked.organisation).await?;
        ward_directory::enter_attributes(&here, &on, &codes).await?
    };
    output::json(&known)
}

fn values<T>(words: &[String], of_text: impl Fn(&str) -> Option<T>) -> anyhow::Result<Vec<T>> {
    let value = |word: &String| of_text(word).with_context(|| format!("`{word}` is not in the vocabulary of ACS 3.0"));
    words.iter().map(value).collect()
}
