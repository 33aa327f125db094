-- From when on a "not seen" counts as "partly searched" only: it does not cover what the alert asked then. What came before nobody judged,
-- so it counts for less until its office answers again.
ALTER TABLE answer ADD COLUMN doubted_at BIGINT;
UPDATE answer SET doubted_at = received_at WHERE finding = 'not-seen';
DROP INDEX answer_newest;
CREATE INDEX answer_newest ON answer
  (of_ref, organisation_id, version_key DESC, received_at DESC, sighting_id DESC, finding, rung, answered_by_id, name_released, doubted_at);
