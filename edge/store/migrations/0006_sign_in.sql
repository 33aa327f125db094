-- Wrong passwords of the last minutes: whose tries are counted together is a digest.
CREATE TABLE wrong_sign_in (
  id TEXT PRIMARY KEY,
  counted TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX wrong_sign_in_counted ON wrong_sign_in (counted, at);
-- Addresses are looked up however they are written.
CREATE INDEX person_email_lower ON person (lower(email));
