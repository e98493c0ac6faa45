-- Which drafted result a leader has opened: a batch signs only what its signer opened.
CREATE TABLE result_openings (
  home      TEXT NOT NULL,
  result    TEXT NOT NULL,
  officer   TEXT NOT NULL,
  opened_at TEXT NOT NULL,
  PRIMARY KEY (home, result, officer),
  FOREIGN KEY (home, result) REFERENCES results (home, id)
);
