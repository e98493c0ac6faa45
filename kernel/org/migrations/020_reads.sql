-- Who read what (ai đã xem dữ liệu): one row for each person whose data stood in an answer to an officer or a program.
-- Written before the answer is sent, never changed or removed by the running server. Holds no data of the person.
CREATE TABLE reads (
  home     TEXT NOT NULL,
  id       TEXT NOT NULL,
  -- Account of the person; empty = handed in at the counter, without an account.
  person   TEXT NOT NULL,
  -- What the data stands in: code of the dossier.
  subject  TEXT NOT NULL,
  -- officer:off_..
  reader   TEXT NOT NULL,
  -- Agency of the reader at that time; empty = not an officer.
  agency   TEXT NOT NULL,
  -- Why, a word of a closed list: `dossier_opened`, `work_list`, ..
  purpose  TEXT NOT NULL,
  -- Which data, words of a closed list, joined by commas.
  fields   TEXT NOT NULL,
  at       TEXT NOT NULL,
  PRIMARY KEY (home, id)
);
CREATE INDEX reads_person ON reads (home, person, at, id);
CREATE INDEX reads_subject ON reads (home, subject, at, id);
