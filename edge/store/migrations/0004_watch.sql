-- The node's side: the hubs it listens to, what came, its own sources, what it found and what it sent.
CREATE TABLE hub (
  id TEXT PRIMARY KEY,
  url TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  identity_id TEXT NOT NULL,
  verifier_key TEXT NOT NULL,
  own_organisation_id TEXT NOT NULL,
  own_identity_id TEXT NOT NULL,
  alerts_collection TEXT NOT NULL,
  answers_collection TEXT NOT NULL,
  token_file TEXT NOT NULL,
  witness_key TEXT NOT NULL,
  signers TEXT NOT NULL,
  refused_signers TEXT NOT NULL,
  added_after TEXT,
  cosigned_size BIGINT NOT NULL,
  submitted_size BIGINT NOT NULL,
  log_problem TEXT,
  joined_at BIGINT NOT NULL,
  last_polled_at BIGINT,
  last_error TEXT
);
CREATE TABLE received_object (
  hub_id TEXT NOT NULL REFERENCES hub (id),
  stix_id TEXT NOT NULL,
  version_key TEXT NOT NULL,
  version TEXT NOT NULL,
  kind TEXT NOT NULL,
  body BYTEA NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (hub_id, stix_id, version_key)
);
CREATE INDEX received_object_stix ON received_object (stix_id);
CREATE TABLE received_alert (
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  version_key TEXT NOT NULL,
  hub_id TEXT NOT NULL REFERENCES hub (id),
  headline TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  evidence TEXT,
  made_by TEXT,
  received_at BIGINT NOT NULL,
  verified_at BIGINT,
  PRIMARY KEY (hub_id, report_id, modified)
);
CREATE INDEX received_alert_report ON received_alert (report_id);
CREATE TABLE sent_acknowledgement (
  hub_id TEXT NOT NULL REFERENCES hub (id),
  report_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  duty TEXT NOT NULL,
  person TEXT NOT NULL,
  at BIGINT NOT NULL,
  arrived_at BIGINT,
  PRIMARY KEY (hub_id, report_id, modified, duty)
);
CREATE TABLE indicator (
  id TEXT NOT NULL,
  version_key TEXT NOT NULL,
  report_id TEXT NOT NULL,
  pattern TEXT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  valid_from BIGINT,
  valid_until BIGINT,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (report_id, id)
);
CREATE INDEX indicator_id ON indicator (id);
CREATE TABLE allow_entry (
  id TEXT PRIMARY KEY,
  value TEXT NOT NULL UNIQUE,
  reason TEXT NOT NULL,
  added_by TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE source (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  path TEXT NOT NULL,
  options TEXT NOT NULL,
  declared_at BIGINT NOT NULL,
  removed_at BIGINT
);
CREATE TABLE source_file (
  source_id TEXT NOT NULL REFERENCES source (id),
  file_id BIGINT NOT NULL,
  checkpoint TEXT NOT NULL,
  PRIMARY KEY (source_id, file_id)
);
CREATE TABLE source_reading (
  source_id TEXT PRIMARY KEY REFERENCES source (id),
  facts TEXT NOT NULL,
  read_at BIGINT NOT NULL
);
CREATE TABLE segment (
  id TEXT PRIMARY KEY,
  source_id TEXT NOT NULL REFERENCES source (id),
  meta TEXT NOT NULL,
  committed_at BIGINT NOT NULL
);
CREATE INDEX segment_source ON segment (source_id);
CREATE TABLE lookback (
  report_id TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  modified TEXT NOT NULL,
  finding TEXT NOT NULL,
  result TEXT NOT NULL,
  finished_at BIGINT NOT NULL,
  PRIMARY KEY (report_id, jurisdiction)
);
CREATE TABLE confirmation (
  id TEXT PRIMARY KEY,
  report_id TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  rung TEXT NOT NULL,
  counts TEXT NOT NULL,
  person TEXT NOT NULL,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX confirmation_report ON confirmation (report_id, jurisdiction);
CREATE TABLE sent_answer (
  sighting_id TEXT NOT NULL,
  modified TEXT NOT NULL,
  hub_id TEXT NOT NULL REFERENCES hub (id),
  report_id TEXT NOT NULL,
  of_ref TEXT NOT NULL,
  jurisdiction TEXT NOT NULL,
  finding TEXT NOT NULL,
  body BYTEA NOT NULL,
  state TEXT NOT NULL,
  held_because TEXT NOT NULL,
  released_by TEXT,
  made_at BIGINT NOT NULL,
  sent_at BIGINT,
  receipt_number BIGINT,
  promised_at BIGINT,
  hub_message TEXT,
  PRIMARY KEY (sighting_id, modified)
);
CREATE INDEX sent_answer_state ON sent_answer (state);
