-- Organisations, people, what they may do, and how they sign in.
CREATE TABLE organisation (
  id TEXT PRIMARY KEY,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  state TEXT NOT NULL,
  parent_id TEXT,
  identity_id TEXT NOT NULL UNIQUE,
  is_member BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE TABLE contact (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  duty TEXT NOT NULL,
  name TEXT NOT NULL,
  email TEXT NOT NULL,
  phone TEXT NOT NULL,
  verified_at BIGINT
);
CREATE INDEX contact_organisation ON contact (organisation_id);
CREATE TABLE person (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  name TEXT NOT NULL,
  office TEXT NOT NULL,
  email TEXT NOT NULL UNIQUE,
  clearance TEXT NOT NULL,
  password_hash TEXT,
  created_at BIGINT NOT NULL,
  disabled_at BIGINT
);
CREATE TABLE membership (
  person_id TEXT NOT NULL REFERENCES person (id),
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  role TEXT NOT NULL,
  PRIMARY KEY (person_id, organisation_id, role)
);
CREATE TABLE signer (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  verifier_key TEXT NOT NULL UNIQUE,
  sealed_seed BYTEA NOT NULL,
  enrolled_by TEXT,
  enrolment TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  retired_at BIGINT
);
CREATE TABLE session (
  token_hash TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  created_at BIGINT NOT NULL,
  last_used_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT
);
CREATE TABLE invitation (
  token_hash TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  expires_at BIGINT NOT NULL,
  used_at BIGINT
);
CREATE TABLE api_token (
  id TEXT PRIMARY KEY,
  token_hash TEXT NOT NULL UNIQUE,
  prefix TEXT NOT NULL,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  person_id TEXT,
  scopes TEXT NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  last_used_at BIGINT,
  revoked_at BIGINT
);
