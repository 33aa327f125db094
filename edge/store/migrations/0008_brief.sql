-- Frozen briefs. A row is written once and never changed; the salts behind its pseudonyms stay with the hub, by organisation.
CREATE TABLE brief (
  id TEXT PRIMARY KEY,
  number BIGINT NOT NULL UNIQUE,
  as_of BIGINT NOT NULL,
  content TEXT NOT NULL,
  bundle TEXT NOT NULL,
  program TEXT NOT NULL,
  frozen_by TEXT NOT NULL,
  frozen_at BIGINT NOT NULL,
  supersedes BIGINT,
  entry_id TEXT
);
CREATE TABLE brief_salt (
  brief_id TEXT NOT NULL REFERENCES brief (id),
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  salt BYTEA NOT NULL,
  PRIMARY KEY (brief_id, organisation_id)
);
