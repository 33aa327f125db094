//! The vocabularies of STIX 2.1 (section 10): open ones, whose words should be used, and closed ones, whose words must.

use super::form::Vocabulary;

pub(super) static ACCOUNT_TYPE: Vocabulary = Vocabulary {
    check: "account-type",
    words: "facebook ldap nis openid radius skype tacacs twitter unix windows-local windows-domain",
};

pub(super) static ATTACK_MOTIVATION: Vocabulary = Vocabulary {
    check: "attack-motivation",
    words: "accidental coercion dominance ideology notoriety organizational-gain personal-gain personal-satisfaction \
        revenge unpredictable",
};

pub(super) static ATTACK_RESOURCE_LEVEL: Vocabulary =
    Vocabulary { check: "attack-resource-level", words: "individual club contest team organization government" };

pub(super) static GROUPING_CONTEXT: Vocabulary =
    Vocabulary { check: "grouping-context", words: "suspicious-activity malware-analysis unspecified" };

pub(super) static IDENTITY_CLASS: Vocabulary =
    Vocabulary { check: "identity-class", words: "individual group system organization class unknown" };

pub(super) static IMPLEMENTATION_LANGUAGE: Vocabulary = Vocabulary {
    check: "implementation-languages",
    words: "applescript bash c c++ c# go java javascript lua objective-c perl php powershell python ruby scala swift \
        typescript visual-basic x86-32 x86-64",
};

pub(super) static INDICATOR_TYPE: Vocabulary = Vocabulary {
    check: "indicator-types",
    words: "anomalous-activity anonymization benign compromised malicious-activity attribution unknown",
};

pub(super) static INDUSTRY_SECTOR: Vocabulary = Vocabulary {
    check: "industry-sector",
    words: "agriculture aerospace automotive chemical commercial communications construction defense education energy \
        entertainment financial-services government emergency-services government-emergency-services \
        government-government-services government-local government-national government-public-services \
        government-regional healthcare hospitality-leisure infrastructure dams nuclear water infrastructure-dams \
        infrastructure-nuclear infrastructure-water insurance manufacturing mining non-profit pharmaceuticals retail \
        technology telecommunications transportation utilities",
};

pub(super) static INFRASTRUCTURE_TYPE: Vocabulary = Vocabulary {
    check: "infrastructure-types",
    words: "amplification anonymization botnet command-and-control control-system exfiltration firewall hosting-malware \
        hosting-target-lists phishing reconnaissance routers-switches staging workstation unknown",
};

pub(super) static MALWARE_CAPABILITY: Vocabulary = Vocabulary {
    check: "malware-capabilities",
    words: "accesses-remote-machines anti-debugging anti-disassembly anti-emulation anti-memory-forensics anti-sandbox \
        anti-vm captures-input-peripherals captures-output-peripherals captures-system-state-data \
        cleans-traces-of-infection commits-fraud communicates-with-c2 compromises-data-availability \
        compromises-data-integrity compromises-system-availability controls-local-machine degrades-security-software \
        degrades-system-updates determines-c2-server emails-spam escalates-privileges evades-av exfiltrates-data \
        fingerprints-host hides-artifacts hides-executing-code infects-files infects-remote-machines \
        installs-other-components persists-after-system-reboot prevents-artifact-access prevents-artifact-deletion \
        probes-network-environment self-modifies steals-authentication-credentials \
        violates-system-operational-integrity",
};

pub(super) static MALWARE_RESULT: Vocabulary =
    Vocabulary { check: "malware-result", words: "malicious suspicious benign unknown" };

pub(super) static MALWARE_TYPE: Vocabulary = Vocabulary {
    check: "malware-types",
    words: "adware backdoor bot bootkit ddos downloader dropper exploit-kit keylogger ransomware remote-access-trojan \
        resource-exploitation rogue-security-software rootkit screen-capture spyware trojan unknown virus webshell \
        wiper worm",
};

pub(super) static PATTERN_TYPE: Vocabulary =
    Vocabulary { check: "indicator-pattern-types", words: "pcre sigma snort stix suricata yara" };

pub(super) static PROCESSOR_ARCHITECTURE: Vocabulary =
    Vocabulary { check: "processor-architecture", words: "alpha arm ia-64 mips powerpc sparc x86 x86-64" };

pub(super) static REGION: Vocabulary = Vocabulary {
    check: "region",
    words: "africa eastern-africa middle-africa northern-africa southern-africa western-africa americas caribbean \
        central-america latin-america-caribbean northern-america south-america asia central-asia eastern-asia \
        southern-asia south-eastern-asia western-asia europe eastern-europe northern-europe southern-europe \
        western-europe oceania antarctica australia-new-zealand melanesia micronesia polynesia",
};

pub(super) static REPORT_TYPE: Vocabulary = Vocabulary {
    check: "report-types",
    words: "attack-pattern campaign identity indicator intrusion-set malware observed-data threat-actor threat-report \
        tool vulnerability",
};

pub(super) static THREAT_ACTOR_TYPE: Vocabulary = Vocabulary {
    check: "threat-actor-types",
    words: "activist competitor crime-syndicate criminal hacker insider-accidental insider-disgruntled nation-state \
        sensationalist spy terrorist unknown",
};

pub(super) static THREAT_ACTOR_ROLE: Vocabulary = Vocabulary {
    check: "threat-actor-role",
    words: "agent director independent infrastructure-architect infrastructure-operator malware-author sponsor",
};

pub(super) static THREAT_ACTOR_SOPHISTICATION: Vocabulary = Vocabulary {
    check: "threat-actor-sophistication",
    words: "none minimal intermediate advanced expert innovator strategic",
};

pub(super) static TOOL_TYPE: Vocabulary = Vocabulary {
    check: "tool-types",
    words: "denial-of-service exploitation information-gathering network-capture credential-exploitation remote-access \
        vulnerability-scanning unknown",
};

pub(super) static WINDOWS_PEBINARY_TYPE: Vocabulary =
    Vocabulary { check: "windows-pebinary-type", words: "dll exe sys" };

pub(super) const ENCRYPTION_ALGORITHM: &str = "AES-256-GCM ChaCha20-Poly1305 mime-type-indicated";

pub(super) const EXTENSION_TYPE: &str = "new-sdo new-sco new-sro property-extension toplevel-property-extension";

pub(super) const OPINION: &str = "strongly-disagree disagree neutral agree strongly-agree";

pub(super) const ADDRESS_FAMILY: &str = "AF_UNSPEC AF_INET AF_IPX AF_APPLETALK AF_NETBIOS AF_INET6 AF_IRDA AF_BTH";

pub(super) const SOCKET_TYPE: &str = "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET";

pub(super) const INTEGRITY_LEVEL: &str = "low medium high system";

pub(super) const REGISTRY_DATATYPE: &str = "\
        REG_NONE REG_SZ REG_EXPAND_SZ REG_BINARY REG_DWORD REG_DWORD_BIG_ENDIAN REG_DWORD_LITTLE_ENDIAN REG_LINK \
        REG_MULTI_SZ REG_RESOURCE_LIST REG_FULL_RESOURCE_DESCRIPTION REG_RESOURCE_REQUIREMENTS_LIST REG_QWORD \
        REG_INVALID_TYPE";

pub(super) const SERVICE_START_TYPE: &str =
    "SERVICE_AUTO_START SERVICE_BOOT_START SERVICE_DEMAND_START SERVICE_DISABLED SERVICE_SYSTEM_ALERT";

pub(super) const SERVICE_TYPE: &str =
    "SERVICE_KERNEL_DRIVER SERVICE_FILE_SYSTEM_DRIVER SERVICE_WIN32_OWN_PROCESS SERVICE_WIN32_SHARE_PROCESS";

pub(super) const SERVICE_STATUS: &str = "\
        SERVICE_CONTINUE_PENDING SERVICE_PAUSE_PENDING SERVICE_PAUSED SERVICE_RUNNING SERVICE_START_PENDING \
        SERVICE_STOP_PENDING SERVICE_STOPPED";

pub(super) const TLP: &str = "white green amber red";

/// The hash algorithms of `hash-algorithm-ov`.
pub(super) const HASH_ALGORITHM: &str = "MD5 SHA-1 SHA-256 SHA-512 SHA3-256 SHA3-512 SSDEEP TLSH";
