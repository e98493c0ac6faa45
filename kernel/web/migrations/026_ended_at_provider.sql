-- A provider can end what was opened at it: the holder and the session as it names them.
ALTER TABLE web_sessions ADD COLUMN provider_subject TEXT NOT NULL DEFAULT ''; -- personal
ALTER TABLE web_sessions ADD COLUMN provider_session TEXT NOT NULL DEFAULT '';
CREATE INDEX web_sessions_provider ON web_sessions (home, provider, provider_subject);
