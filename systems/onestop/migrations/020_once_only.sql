-- Nobody is asked twice: where the value of each field comes from, and which papers were taken from the person's store.
CREATE TABLE dossier_origins (
  home    TEXT NOT NULL,
  dossier TEXT NOT NULL,
  origins TEXT NOT NULL, -- personal, JSON: by field, its source and what the source holds
  PRIMARY KEY (home, dossier),
  FOREIGN KEY (home, dossier) REFERENCES dossiers (home, id)
);

-- TrangThaiSoHoa: 0 not digitised, 1 digitised, 2 reused from another dossier's part, 3 reused from another dossier's result.
ALTER TABLE dossier_papers ADD COLUMN digitised BIGINT NOT NULL DEFAULT 1;
-- Code of the dossier it was taken from.
ALTER TABLE dossier_papers ADD COLUMN reused_from TEXT NOT NULL DEFAULT '';
