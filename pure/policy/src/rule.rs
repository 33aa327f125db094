//! The names of the rules, in plain words: people read them as the reason, `policies/share.cedar` carries them as ids, and tests hold both to it.
//!
//! A name never changes once it was given: it stands in records.

macro_rules! rules {
    ($($name:ident = $text:literal,)+) => {
        $(#[doc = $text] pub const $name: &str = $text;)+
        /// Every rule.
        pub const RULES: &[&str] = &[$($text,)+];
    };
}

rules! {
    OWNER = "the owner has its own",
    ONLY_OWNER_DELETES = "only the owner deletes",
    WITHDRAWN = "it was withdrawn",
    NOT_RELEASED = "it is not released yet",
    NO_NEED = "it is in no collection that the recipient has part in",
    GRANT_ENDED = "the grant has ended",
    NOT_UNDERSTOOD = "it has a marking that is not understood",
    PARTS_MARKED = "parts of it are marked on their own",
    CLEARANCE = "it needs a higher clearance",
    COMPARTMENT = "it needs a compartment that the recipient is not read into",
    AUTHORITY = "it needs a legal authority that the recipient does not hold",
    CAVEAT = "it has a caveat that the recipient may not handle",
    SENSITIVITY = "it has a sensitivity that the recipient may not handle",
    NO_FOREIGNERS = "it is for citizens of the United States only",
    NATIONALITY = "it is for other countries",
    ORGANISATION = "it is for other organisations",
    COMMUNITY = "it is for other communities",
    ENTITY = "it is for other kinds of people or machines",
    DISPOSED = "it was to be disposed of by now",
    ACTION_DENIED = "its marking denies this action",
    ACTION_NOT_PERMITTED = "its marking does not permit this action",
    SHARING_DENIED = "its marking denies handing it on to the recipient",
    SHARING_NOT_PERMITTED = "its marking does not permit handing it on to the recipient",
    NO_ANONYMOUS_ACCESS = "its marking denies access without a name",
    NOT_PUBLIC = "it is for the community only, as long as it is not released to the public",
    NO_MARKING = "it has no marking",
    MENTIONS_HIDDEN = "it mentions what the recipient may not see",
    CLEAR = "TLP:CLEAR is for everyone",
    GREEN = "TLP:GREEN is for the community",
    NOT_GREEN = "TLP:GREEN is for the community only",
    AMBER = "TLP:AMBER is for the organisations addressed",
    AMBER_CLIENT = "TLP:AMBER is for the clients of the organisations addressed",
    NOT_AMBER = "TLP:AMBER is for the organisations addressed and their clients only",
    AMBER_STRICT = "TLP:AMBER+STRICT is for the organisations addressed",
    NOT_AMBER_STRICT = "TLP:AMBER+STRICT is for the organisations addressed only",
    RED = "TLP:RED is for the recipients named",
    NOT_RED = "TLP:RED is for the recipients named only",
    PUBLIC = "it is released to the public",
    ACS = "the recipient is all that its ACS marking asks for",
}
