-- When forms were begun and handed in, without the person and without any answer: stays when the draft is deleted, so
-- that the shares of a past day count the same again.
CREATE TABLE draft_marks (
  home         TEXT NOT NULL,
  id           TEXT NOT NULL,
  procedure    TEXT NOT NULL,
  agency       TEXT NOT NULL,
  begun_at     TEXT NOT NULL,
  submitted_at TEXT,
  PRIMARY KEY (home, id)
);
CREATE INDEX draft_marks_begun     ON draft_marks (home, begun_at);
CREATE INDEX draft_marks_submitted ON draft_marks (home, submitted_at) WHERE submitted_at IS NOT NULL;
