-- Ids of marking-definitions above unclassified that somebody sent: the definition was refused unseen, and so is whatever names it.
CREATE TABLE spilled_marking (
  id TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
