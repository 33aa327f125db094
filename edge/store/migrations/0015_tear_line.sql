-- Versions of restricted objects that can be passed on: who asked for one, what was drafted, and who approved it.
CREATE TABLE tear_line (
  id TEXT PRIMARY KEY,
  stix_id TEXT NOT NULL,
  state TEXT NOT NULL,
  asked_at BIGINT NOT NULL,
  draft_id TEXT,
  reason TEXT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX tear_line_object ON tear_line (stix_id, id);
CREATE INDEX tear_line_state ON tear_line (state, asked_at);
CREATE TABLE tear_line_ask (
  tear_line_id TEXT NOT NULL REFERENCES tear_line (id),
  organisation_id TEXT NOT NULL,
  asked_by TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (tear_line_id, organisation_id)
);
CREATE TABLE tear_line_draft (
  id TEXT PRIMARY KEY,
  tear_line_id TEXT NOT NULL REFERENCES tear_line (id),
  of_version TEXT NOT NULL,
  choice TEXT NOT NULL,
  removed TEXT NOT NULL,
  new_id TEXT NOT NULL,
  body BYTEA NOT NULL,
  drafted_by TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX tear_line_draft_of ON tear_line_draft (tear_line_id);
CREATE TABLE tear_line_approval (
  draft_id TEXT NOT NULL REFERENCES tear_line_draft (id),
  person_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (draft_id, person_id)
);
