-- Nobody is asked twice: where the value of each field of a draft comes from, and whether the offer was answered.
ALTER TABLE drafts ADD COLUMN origins TEXT NOT NULL DEFAULT '{}'; -- personal, JSON: by field, its source and what the source holds
-- empty = not answered yet | accepted | declined
ALTER TABLE drafts ADD COLUMN prefill TEXT NOT NULL DEFAULT '';
