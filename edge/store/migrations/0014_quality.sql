-- The quality gate: lists of what many share, what is known of each indicator, and where a hub gets threat information from.
CREATE TABLE warning_list (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL,
  as_of BIGINT,
  list_values BIGINT NOT NULL,
  form TEXT NOT NULL,
  body BYTEA NOT NULL,
  sha256 TEXT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL
);
-- The judgement of an indicator, made anew when what it rests on changes; what it rests on is on the record, so it is not.
CREATE TABLE indicator_quality (
  stix_id TEXT PRIMARY KEY,
  version_key TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  terms_key TEXT NOT NULL,
  act TEXT NOT NULL,
  confidence BIGINT NOT NULL,
  reasons TEXT NOT NULL,
  judged_at BIGINT NOT NULL
);
CREATE INDEX indicator_quality_terms ON indicator_quality (terms_key);
CREATE INDEX indicator_quality_judged ON indicator_quality (judged_at);
CREATE INDEX indicator_quality_organisation ON indicator_quality (organisation_id, act);
-- What an office said last of an indicator in its answer to an alert; taken from answers, which are on the record.
CREATE TABLE indicator_word (
  stix_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  report_id TEXT NOT NULL,
  said TEXT NOT NULL,
  version_key TEXT NOT NULL,
  PRIMARY KEY (stix_id, organisation_id, report_id)
);
CREATE INDEX indicator_word_said ON indicator_word (said);
CREATE INDEX indicator_word_answer ON indicator_word (report_id, organisation_id);
CREATE TABLE subscription (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  kind TEXT NOT NULL,
  url TEXT NOT NULL,
  collection TEXT NOT NULL,
  credentials TEXT NOT NULL,
  secret_file TEXT NOT NULL,
  assigned_tlp TEXT,
  interval_seconds BIGINT NOT NULL,
  added_by TEXT NOT NULL,
  added_at BIGINT NOT NULL,
  removed_at BIGINT,
  place TEXT,
  next_at BIGINT NOT NULL,
  failures BIGINT NOT NULL,
  last_polled_at BIGINT,
  last_good_at BIGINT,
  last_error TEXT,
  taken BIGINT NOT NULL,
  refused BIGINT NOT NULL
);
-- Which version of each event of a MISP feed was taken.
CREATE TABLE subscription_event (
  subscription_id TEXT NOT NULL REFERENCES subscription (id),
  event_id TEXT NOT NULL,
  stamp TEXT NOT NULL,
  PRIMARY KEY (subscription_id, event_id)
);
