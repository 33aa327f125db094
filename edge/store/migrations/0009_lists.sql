-- What lists show, without reading what they do not: how many an alert asks, who is silent, the answers of each office, entries by number.
ALTER TABLE alert ADD COLUMN recipient_count BIGINT;
UPDATE alert SET recipient_count =
  CASE WHEN recipients = '[]' THEN 0 ELSE (LENGTH(recipients) - LENGTH(REPLACE(recipients, '","', ''))) / 3 + 1 END;
CREATE INDEX alert_recipient_organisation ON alert_recipient (organisation_id, report_id);
CREATE INDEX acknowledgement_organisation ON acknowledgement (organisation_id, duty, report_id, modified);
ALTER TABLE answer ADD COLUMN name_released BIGINT;
UPDATE answer SET name_released = CASE WHEN body LIKE '%name_released%true%' THEN 1 ELSE 0 END;
CREATE INDEX answer_newest ON answer
  (of_ref, organisation_id, version_key DESC, received_at DESC, sighting_id DESC, finding, rung, answered_by_id, name_released);
DROP INDEX answer_of;
CREATE INDEX entry_list ON entry (number, act, subject, at);
CREATE INDEX sent_answer_report ON sent_answer (report_id);
ALTER TABLE alert_recipient ADD COLUMN answered BIGINT NOT NULL DEFAULT 0;
UPDATE alert_recipient SET answered = 1 WHERE EXISTS (
  SELECT 1 FROM answer a WHERE a.of_ref = alert_recipient.report_id AND a.organisation_id = alert_recipient.organisation_id);
CREATE INDEX alert_recipient_silent ON alert_recipient (answered, report_id, organisation_id);
CREATE INDEX receipt_open ON receipt (answered_at, promised_at, number);
CREATE INDEX receipt_organisation ON receipt (organisation_id, answered_at, promised_at, number);
CREATE INDEX reminder_organisation ON reminder (organisation_id);
