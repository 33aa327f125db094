-- The hub's side: collections of objects, alerts with their signatures, deliveries, acknowledgements, answers and receipts.
CREATE TABLE collection (
  id TEXT PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  -- Bytes of the largest object that was ever in it: how many are read at once depends on it.
  largest_bytes BIGINT NOT NULL DEFAULT 0
);
-- How objects are handled, each way once: the id is the SHA-256 of the content.
CREATE TABLE handling (
  id TEXT PRIMARY KEY,
  content TEXT NOT NULL,
  -- When time alone changes what the content means, next.
  changes_at BIGINT
);
CREATE INDEX handling_changes ON handling (changes_at) WHERE changes_at IS NOT NULL;
CREATE TABLE collection_object (
  id TEXT PRIMARY KEY,
  -- Of a collection, which is never removed: a reference would be looked up for every row.
  collection_id TEXT NOT NULL,
  stix_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  version TEXT NOT NULL,
  version_key TEXT NOT NULL,
  spec_version TEXT NOT NULL,
  created_by_ref TEXT,
  organisation_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  sha256 TEXT NOT NULL,
  handling_id TEXT NOT NULL,
  -- What its place in a walk depends on beside its handling: 1 other versions, 2 that it was offered again, 4 what it mentions.
  attention BIGINT NOT NULL,
  received_at BIGINT NOT NULL,
  -- Its place in the walk, and the first tick of what came with it.
  tick BIGINT NOT NULL,
  moment BIGINT NOT NULL,
  UNIQUE (stix_id, version_key, collection_id)
);
CREATE UNIQUE INDEX collection_object_tick ON collection_object (collection_id, tick);
CREATE INDEX collection_object_handling ON collection_object (handling_id);
CREATE INDEX collection_object_creator ON collection_object (created_by_ref) WHERE created_by_ref IS NOT NULL;
-- What an object mentions beside its creator and its markings: from which moment on, and until before which, when it was erased or came anew.
CREATE TABLE mention (
  object_id TEXT NOT NULL,
  stix_id TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT,
  PRIMARY KEY (object_id, stix_id, since)
);
CREATE INDEX mention_of ON mention (stix_id);
-- When objects were handled in another way from then on, or had to be offered again: readers walk past these as well.
CREATE TABLE handling_change (
  tick BIGINT PRIMARY KEY,
  moment BIGINT NOT NULL,
  object_id TEXT NOT NULL,
  collection_id TEXT NOT NULL,
  before_id TEXT NOT NULL,
  after_id TEXT NOT NULL
);
CREATE INDEX handling_change_tick ON handling_change (collection_id, tick);
CREATE INDEX handling_change_object ON handling_change (object_id);
-- What each reader was entitled to, from which tick on, and what came into its view by that.
CREATE TABLE entitlement (
  reader TEXT NOT NULL,
  tick BIGINT NOT NULL,
  content TEXT NOT NULL,
  PRIMARY KEY (reader, tick)
);
CREATE TABLE appearance (
  reader TEXT NOT NULL,
  collection_id TEXT NOT NULL,
  tick BIGINT NOT NULL UNIQUE,
  object_id TEXT NOT NULL,
  PRIMARY KEY (reader, collection_id, tick)
);
CREATE TABLE quarantine (
  id TEXT PRIMARY KEY,
  stix_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  reason TEXT NOT NULL,
  body BYTEA NOT NULL,
  at BIGINT NOT NULL,
  released_by TEXT
);
CREATE INDEX quarantine_stix ON quarantine (stix_id);
CREATE TABLE taxii_status (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL,
  body TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE alert (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  state TEXT NOT NULL,
  headline TEXT NOT NULL,
  drafted_by TEXT NOT NULL,
  drafted_at BIGINT NOT NULL,
  first_seen_at BIGINT,
  recipients TEXT NOT NULL,
  manifest TEXT NOT NULL,
  note TEXT,
  published_at BIGINT,
  entry_id TEXT,
  relayed_from TEXT,
  PRIMARY KEY (report_id, modified)
);
CREATE TABLE alert_object (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  place BIGINT NOT NULL,
  stix_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  PRIMARY KEY (report_id, modified, place)
);
CREATE TABLE alert_recipient (
  report_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  -- The alert's first publication is round 1; recipients that a correction adds are of its round.
  since_round BIGINT NOT NULL DEFAULT 1,
  PRIMARY KEY (report_id, organisation_id)
);
CREATE TABLE alert_signature (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  signer_id TEXT NOT NULL,
  line TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (report_id, modified, signer_id)
);
CREATE TABLE delivery (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (report_id, modified, organisation_id)
);
CREATE TABLE acknowledgement (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  duty TEXT NOT NULL,
  person TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (report_id, modified, organisation_id, duty)
);
CREATE TABLE answer (
  sighting_id TEXT NOT NULL,
  version_key TEXT NOT NULL,
  modified TEXT NOT NULL,
  of_ref TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  answered_by_id TEXT NOT NULL,
  finding TEXT NOT NULL,
  rung TEXT,
  body TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (sighting_id, version_key)
);
CREATE INDEX answer_of ON answer (of_ref, organisation_id);
CREATE TABLE receipt (
  number BIGINT PRIMARY KEY,
  sighting_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  promised_at BIGINT NOT NULL,
  answered_at BIGINT,
  answer_text TEXT,
  UNIQUE (sighting_id, modified)
);
