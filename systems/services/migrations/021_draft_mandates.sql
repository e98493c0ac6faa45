-- By which mandate a draft was begun: empty = by the account's own holder. A helper sees only the drafts of his mandate.
ALTER TABLE drafts ADD COLUMN mandate TEXT NOT NULL DEFAULT '';
