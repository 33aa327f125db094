-- Frozen briefs. A row is written once and never changed; the secret that the salts behind its pseudonyms are made of stays with the
-- hub. The draft is the one that was looked at last: it can be made again at any time, and no record vouches for it.
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
CREATE TABLE brief_secret (
  brief_id TEXT PRIMARY KEY REFERENCES brief (id),
  secret BYTEA NOT NULL
);
CREATE TABLE brief_draft (
  id TEXT PRIMARY KEY,
  as_of BIGINT NOT NULL,
  content TEXT NOT NULL,
  program TEXT NOT NULL,
  drafted_by TEXT NOT NULL
);
