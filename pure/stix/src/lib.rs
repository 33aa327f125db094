//! STIX 2.1 (errata 01): objects as the sender wrote them, markings, exact patterns, and Ward's two extensions.
//!
//! Nothing here touches files, sockets, clocks or randomness: bytes come in as arguments, and what is wrong with
//! them goes out as a typed error or a finding with its place.

pub mod alert;
pub mod answer;
pub mod broad;
pub mod bundle;
pub mod extract;
pub mod id;
pub mod marking;
pub mod normal;
pub mod object;
pub mod observable_id;
pub mod pattern;
pub mod problem;
pub mod question;
pub mod tear_line;
pub mod term;
pub mod timestamp;
pub mod validate;
