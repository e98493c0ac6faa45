-- What of an event is published nowhere: free text, which may name a person. Canonical JSON, empty for nothing. The hash
-- covers it apart from the rest, so that whoever reads a published event computes the hash without it.
ALTER TABLE events ADD COLUMN kept TEXT NOT NULL DEFAULT '';
