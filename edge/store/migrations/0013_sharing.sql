-- What organisations ask for, and what is granted to them for a time by two people.
CREATE TABLE information_request (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  asked_by TEXT NOT NULL,
  covers TEXT NOT NULL,
  purpose TEXT NOT NULL,
  days BIGINT NOT NULL,
  at BIGINT NOT NULL,
  state TEXT NOT NULL,
  reason TEXT NOT NULL,
  closed_at BIGINT
);
CREATE INDEX information_request_state ON information_request (state, at);
CREATE INDEX information_request_organisation ON information_request (organisation_id, at);
CREATE TABLE information_approval (
  request_id TEXT NOT NULL REFERENCES information_request (id),
  person_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  PRIMARY KEY (request_id, person_id)
);
CREATE TABLE information_grant (
  id TEXT PRIMARY KEY,
  request_id TEXT NOT NULL UNIQUE REFERENCES information_request (id),
  organisation_id TEXT NOT NULL REFERENCES organisation (id),
  covers TEXT NOT NULL,
  since BIGINT NOT NULL,
  until BIGINT NOT NULL,
  ended_at BIGINT
);
CREATE INDEX information_grant_organisation ON information_grant (organisation_id, until);
-- Who received what: one row for each page that went out, with the rows of collection_object that were on it.
CREATE TABLE delivered_page (
  id TEXT PRIMARY KEY,
  organisation_id TEXT NOT NULL,
  reader TEXT NOT NULL,
  collection_id TEXT NOT NULL,
  at BIGINT NOT NULL,
  first_tick BIGINT NOT NULL,
  last_tick BIGINT NOT NULL,
  objects BYTEA NOT NULL,
  decisions TEXT NOT NULL,
  sha256 TEXT NOT NULL,
  entry_id TEXT NOT NULL
);
CREATE INDEX delivered_page_organisation ON delivered_page (organisation_id, at);
CREATE INDEX delivered_page_same ON delivered_page (reader, sha256);
CREATE INDEX delivered_page_ticks ON delivered_page (collection_id, first_tick, last_tick);
-- What was called back, and from whom. `pages` are the ids of the delivered pages that it was on, as JSON.
CREATE TABLE recall (
  id TEXT PRIMARY KEY,
  reason TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE TABLE recall_party (
  recall_id TEXT NOT NULL REFERENCES recall (id),
  organisation_id TEXT NOT NULL,
  object_id TEXT NOT NULL,
  stix_id TEXT NOT NULL,
  version TEXT NOT NULL,
  delivered_at BIGINT NOT NULL,
  pages TEXT NOT NULL,
  confirmed_at BIGINT,
  confirmed_by TEXT,
  PRIMARY KEY (organisation_id, object_id, recall_id)
);
CREATE INDEX recall_party_recall ON recall_party (recall_id);
CREATE INDEX recall_party_open ON recall_party (organisation_id, confirmed_at);
-- Where a reader who asks this query is shown nothing: after one tick, up to and with another. A tick that was passed over once stays so, since what
-- comes into view later is offered at a later one.
CREATE TABLE passed (
  reader TEXT NOT NULL,
  query TEXT NOT NULL,
  from_tick BIGINT NOT NULL,
  to_tick BIGINT NOT NULL,
  PRIMARY KEY (reader, query)
);
