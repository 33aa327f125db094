-- Whether this office lets other members of a hub see its name beside its answer to an alert, and what the answer said then (JSON).
CREATE TABLE name_release (
  report_id TEXT PRIMARY KEY,
  is_released BIGINT NOT NULL,
  finding TEXT NOT NULL,
  person TEXT NOT NULL,
  at BIGINT NOT NULL
);
