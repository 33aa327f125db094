-- Whether this office lets other members of a hub see its name beside its answer to an alert.
CREATE TABLE name_release (
  report_id TEXT PRIMARY KEY,
  is_released BIGINT NOT NULL,
  person TEXT NOT NULL,
  at BIGINT NOT NULL
);
