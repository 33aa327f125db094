-- Clearances that others granted: who holds them, how far they have come, who said so. No number, birth date, answer or finding of an
-- investigation has a column, and neither has a reason.
CREATE TABLE clearance_holder (
  person_id TEXT PRIMARY KEY REFERENCES person (id),
  is_chief_official BIGINT NOT NULL,
  topics TEXT NOT NULL,
  training TEXT NOT NULL,
  room TEXT NOT NULL,
  travel_minutes BIGINT,
  secure_contact TEXT NOT NULL,
  effective TEXT NOT NULL,
  effective_until BIGINT,
  left_at BIGINT
);
CREATE TABLE clearance (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  sponsor TEXT NOT NULL,
  level TEXT NOT NULL,
  kind TEXT NOT NULL,
  stage TEXT NOT NULL,
  nda_signed_at BIGINT,
  verified_at BIGINT,
  verified_by TEXT NOT NULL,
  verified_how TEXT NOT NULL,
  version BIGINT NOT NULL,
  opened_at BIGINT NOT NULL
);
CREATE INDEX clearance_person ON clearance (person_id);
CREATE TABLE clearance_stage (
  id TEXT PRIMARY KEY,
  clearance_id TEXT NOT NULL REFERENCES clearance (id),
  stage TEXT NOT NULL,
  since BIGINT NOT NULL,
  by_id TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX clearance_stage_of ON clearance_stage (clearance_id, at);
CREATE TABLE clearance_proposal (
  id TEXT PRIMARY KEY,
  clearance_id TEXT NOT NULL REFERENCES clearance (id),
  version BIGINT NOT NULL,
  change TEXT NOT NULL,
  sponsor_person TEXT NOT NULL,
  sponsor_at BIGINT NOT NULL,
  sponsor_way TEXT NOT NULL,
  sponsor_reference TEXT NOT NULL,
  proposed_by TEXT NOT NULL,
  proposed_at BIGINT NOT NULL,
  state TEXT NOT NULL,
  decided_by TEXT,
  decided_at BIGINT
);
CREATE INDEX clearance_proposal_of ON clearance_proposal (clearance_id, state);
CREATE TABLE read_in (
  id TEXT PRIMARY KEY,
  person_id TEXT NOT NULL REFERENCES person (id),
  at BIGINT NOT NULL,
  place TEXT NOT NULL,
  topic TEXT NOT NULL,
  briefer TEXT NOT NULL,
  debriefed_at BIGINT,
  by_id TEXT NOT NULL
);
CREATE INDEX read_in_person ON read_in (person_id, at);
CREATE TABLE clearance_seat (
  state TEXT PRIMARY KEY,
  seats BIGINT NOT NULL
);
CREATE TABLE organisation_attributes (
  organisation_id TEXT PRIMARY KEY REFERENCES organisation (id),
  codes TEXT NOT NULL,
  by_id TEXT NOT NULL,
  at BIGINT NOT NULL
);
