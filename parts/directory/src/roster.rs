//! What a hub says of itself to those who join: its log's key, its signers and who vouched for each, signed by the log's key.

use serde::{Deserialize, Serialize};

use crate::{DirectoryError, Here, enrolment_text, own_organisation, person, roster_text, signers, witness_key};

/// A signer as others know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerFact {
    /// C2SP vkey text.
    pub verifier_key: String,
    pub name: String,
    pub office: String,
    /// The verifier key of the signer who vouched; none: the installation's log key.
    pub enrolled_by: Option<String>,
    /// The signed note that vouches.
    pub enrolment: String,
}

/// A hub's facts, as its members see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HubFacts {
    pub name: String,
    pub identity_id: String,
    /// The verifier key of its log.
    pub verifier_key: String,
    /// The key with which it vouches for other logs' checkpoints.
    pub witness_verifier_key: String,
    pub signers: Vec<SignerFact>,
    /// Signed by the log's key over `roster_text` of the signers' keys.
    pub roster: String,
    /// Path of the TAXII API root.
    pub api_root: String,
    pub alerts_collection: String,
    pub answers_collection: String,
}

/// This hub's facts. `relayed` are the signers of hubs whose alerts it passes on; for its own members this hub's log key vouches for them.
pub async fn hub_facts(here: &Here, relayed: Vec<SignerFact>) -> Result<HubFacts, DirectoryError> {
    let mut facts = Vec::new();
    for signer in signers(here).await?.into_iter().filter(|signer| signer.retired_at.is_none()) {
        let person = person(here, &signer.person_id).await?;
        let (name, office) = person.map(|person| (person.name, person.office)).unwrap_or_default();
        let (verifier_key, enrolled_by, enrolment) = (signer.verifier_key, signer.enrolled_by, signer.enrolment);
        facts.push(SignerFact { verifier_key, name, office, enrolled_by, enrolment });
    }
    for signer in relayed {
        facts.push(vouched_for(here, signer)?);
    }
    let keys: Vec<String> = facts.iter().map(|signer| signer.verifier_key.clone()).collect();
    let text = roster_text(here.log_key.verifier_key().name(), &keys);
    let roster = here.log_key.signing_key().sign(&text).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok(HubFacts {
        name: here.installation.name.clone(),
        identity_id: own_organisation(here).await?.identity_id,
        verifier_key: here.log_key.verifier_key().to_string(),
        witness_verifier_key: witness_key(here)?.verifier_key().to_string(),
        signers: facts,
        roster: roster.to_string(),
        api_root: "/share/".to_owned(),
        alerts_collection: "alerts".to_owned(),
        answers_collection: "answers".to_owned(),
    })
}

fn vouched_for(here: &Here, signer: SignerFact) -> Result<SignerFact, DirectoryError> {
    let text = enrolment_text(here.log_key.verifier_key().name(), &signer.verifier_key);
    let note = here.log_key.signing_key().sign(&text).map_err(|e| DirectoryError::Cryptography(e.to_string()))?;
    Ok(SignerFact { enrolled_by: None, enrolment: note.to_string(), ..signer })
}
