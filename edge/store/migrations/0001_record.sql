-- The record: entries, the tree over them, checkpoints, witnesses, jobs. Types BIGINT, TEXT and BYTEA read the same on SQLite and PostgreSQL.
CREATE TABLE installation (
  id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  is_hub BIGINT NOT NULL,
  is_node BIGINT NOT NULL,
  organisation_id TEXT NOT NULL,
  log_key TEXT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE setting (
  name TEXT PRIMARY KEY,
  value TEXT NOT NULL
);
CREATE TABLE sequencer (
  id BIGINT PRIMARY KEY,
  beats BIGINT NOT NULL,
  size BIGINT NOT NULL,
  last_tick BIGINT NOT NULL
);
INSERT INTO sequencer (id, beats, size, last_tick) VALUES (1, 0, 0, 0);
CREATE TABLE entry (
  id TEXT PRIMARY KEY,
  number BIGINT UNIQUE,
  act TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  subject TEXT NOT NULL,
  at BIGINT NOT NULL,
  body TEXT NOT NULL,
  salt BYTEA NOT NULL,
  digest BYTEA NOT NULL
);
CREATE INDEX entry_subject ON entry (subject, act);
CREATE TABLE log_node (
  level BIGINT NOT NULL,
  node_index BIGINT NOT NULL,
  hash BYTEA NOT NULL,
  PRIMARY KEY (level, node_index)
);
CREATE TABLE checkpoint (
  size BIGINT PRIMARY KEY,
  at BIGINT NOT NULL,
  root BYTEA NOT NULL,
  note TEXT NOT NULL
);
CREATE TABLE cosignature (
  size BIGINT NOT NULL,
  witness TEXT NOT NULL,
  line TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (size, witness)
);
CREATE TABLE witnessed_log (
  origin TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL,
  verifier_key TEXT NOT NULL,
  size BIGINT NOT NULL,
  root BYTEA NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE job (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  data TEXT NOT NULL,
  run_at BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  claimed_by TEXT,
  claimed_until BIGINT,
  error TEXT,
  created_at BIGINT NOT NULL
);
CREATE INDEX job_run_at ON job (run_at);
