-- The hub's side: collections of objects, alerts with their signatures, deliveries, acknowledgements, answers and receipts.
CREATE TABLE collection (
  id TEXT PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  kind TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE collection_object (
  id TEXT PRIMARY KEY,
  collection_id TEXT NOT NULL REFERENCES collection (id),
  stix_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  version TEXT NOT NULL,
  version_key TEXT NOT NULL,
  spec_version TEXT NOT NULL,
  created_by_ref TEXT,
  organisation_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  sha256 TEXT NOT NULL,
  handling TEXT NOT NULL,
  received_at BIGINT NOT NULL,
  tick BIGINT UNIQUE,
  UNIQUE (collection_id, stix_id, version_key)
);
CREATE INDEX collection_object_tick ON collection_object (collection_id, tick);
CREATE INDEX collection_object_stix ON collection_object (stix_id);
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
