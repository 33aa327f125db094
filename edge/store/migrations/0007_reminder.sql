-- That the hub asked an office again which had not answered an alert, or spoke with it.
CREATE TABLE reminder (
  id TEXT PRIMARY KEY,
  report_id TEXT NOT NULL,
  organisation_id TEXT NOT NULL,
  kind TEXT NOT NULL,
  by_id TEXT NOT NULL,
  note TEXT NOT NULL,
  at BIGINT NOT NULL
);
CREATE INDEX reminder_report ON reminder (report_id, organisation_id);
