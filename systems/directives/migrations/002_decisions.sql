-- What a leader decides about a late task is a document of its own: numbered, signed, sealed, sent to the unit.
ALTER TABLE ratings ADD COLUMN number TEXT NOT NULL DEFAULT '';
-- JSON, kernel_documents::Document, frozen at the decision.
ALTER TABLE ratings ADD COLUMN document TEXT;
CREATE INDEX team_findings_obligation ON team_findings (home, obligation);
