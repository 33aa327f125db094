//! The closed vocabularies of the Access Control Specification 3.0, each value by the exact text that a marking carries.
//!
//! From the JSON schema `isa-acs-3-0.json` of the OASIS common object repository. A value that is not in its vocabulary makes the marking
//! unknown, so nothing here has a catch-all.

use serde::{Deserialize, Serialize};

/// An enumeration whose values are texts of the schema.
macro_rules! vocabulary {
    ($(#[$head:meta])* $name:ident { $($(#[$note:meta])* $value:ident = $text:literal,)+ }) => {
        $(#[$head])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$note])* #[serde(rename = $text)] $value,)+
        }

        impl $name {
            /// Every value, in the schema's order.
            pub const ALL: &'static [Self] = &[$(Self::$value,)+];

            /// The text that a marking carries.
            pub const fn text(self) -> &'static str {
                match self { $(Self::$value => $text,)+ }
            }

            /// The value of a text; none when the vocabulary does not have it.
            pub fn of_text(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.text() == text)
            }
        }
    };
}

vocabulary! {
    /// Classification (CLS), from the lowest to the highest.
    Classification {
        /// Unclassified.
        Unclassified = "U",
        /// Confidential.
        Confidential = "C",
        /// Secret.
        Secret = "S",
        /// Top secret.
        TopSecret = "TS",
    }
}

vocabulary! {
    /// Formal determination (FD).
    Determination {
        /// Approved for release to the public.
        PublicRelease = "PUBREL",
        /// For citizens of the United States only.
        NoForeigners = "NF",
        /// Fit for Automated Indicator Sharing.
        Ais = "AIS",
        /// Holds what is known of persons, as far as the threat cannot be understood without it.
        NecessaryPersonalData = "PII-NECESSARY-TO-UNDERSTAND-THREAT",
        /// Holds nothing about persons.
        NoPersonalData = "NO-PII-PRESENT",
        /// For official use only.
        OfficialUseOnly = "FOUO",
        /// Directly about a threat to cybersecurity.
        DirectlyAboutThreat = "INFORMATION-DIRECTLY-RELATED-TO-CYBERSECURITY-THREAT",
    }
}

vocabulary! {
    /// Caveat (CVT).
    Caveat {
        /// From surveillance under the Foreign Intelligence Surveillance Act.
        Fisa = "FISA",
        /// May hold what is known of persons.
        PossiblePersonalData = "POSSIBLEPII",
        /// Restricted as its originator asked under the Cybersecurity Information Sharing Act of 2015.
        CisaProprietary = "CISAPROPRIETARY",
    }
}

vocabulary! {
    /// Sensitivity (SENS).
    Sensitivity {
        /// Enhanced Cybersecurity Services.
        EnhancedServices = "NTOC_DHS_ECYBER_SVC_SHARE.NSA.NSA",
        /// Protected critical infrastructure information.
        ProtectedInfrastructure = "PCII",
        /// Law enforcement sensitive.
        LawEnforcement = "LES",
        /// Intelligence.
        Intelligence = "INT",
        /// What is known of persons.
        PersonalData = "PII",
        /// The vocabulary's `PR`.
        Pr = "PR",
        /// The vocabulary's `TEI`.
        Tei = "TEI",
    }
}

vocabulary! {
    /// A community that a marking may name (SHAR).
    Community {
        /// National cyber centres.
        CyberCenters = "NCC",
        /// Emergency management.
        EmergencyManagement = "EM",
        /// Law enforcement.
        LawEnforcement = "LE",
        /// The intelligence community.
        Intelligence = "IC",
    }
}

vocabulary! {
    /// What kind of person or machine asks (ENTITY).
    Entity {
        /// A member of the armed forces.
        Military = "MIL",
        /// A civilian employee of the government.
        Government = "GOV",
        /// A contractor.
        Contractor = "CTR",
        /// A server.
        Server = "SVR",
        /// A service or program.
        Service = "SVC",
        /// An end-point device.
        Device = "DEV",
        /// A network device.
        Network = "NET",
    }
}

vocabulary! {
    /// What a privilege is about.
    PrivilegeAction {
        /// Showing the resource to somebody.
        Display = "DSPLY",
        /// Naming its source.
        IdentifySource = "IDSRC",
        /// Telling who was targeted.
        NotifyTarget = "TENOT",
        /// Defending networks with it.
        NetworkDefence = "NETDEF",
        /// Using it in court.
        Legal = "LEGAL",
        /// Analysing it further as intelligence.
        Intelligence = "INTEL",
        /// Taking out portions that are less restricted.
        Tearline = "TEARLINE",
        /// Operating against an adversary with it.
        Operation = "OPACTION",
        /// Asking for a waiver.
        Request = "REQUEST",
        /// Access without a name.
        AnonymousAccess = "ANONYMOUSACCESS",
        /// The purposes of the Cybersecurity Information Sharing Act of 2015.
        CisaUses = "CISAUSES",
        /// Every action.
        All = "ALL",
    }
}

vocabulary! {
    /// What a rule or a default says.
    Effect {
        /// Yes.
        Permit = "permit",
        /// No.
        Deny = "deny",
    }
}
