-- Notifications that were not believed, forged or unreadable, counted by the hour: anybody can send them, and a row for
-- each would let strangers fill the database.
CREATE TABLE payment_distrusted (
  home    TEXT NOT NULL,
  channel TEXT NOT NULL,
  hour    TEXT NOT NULL,
  -- forged, unreadable
  outcome TEXT NOT NULL,
  times   BIGINT NOT NULL,
  PRIMARY KEY (home, channel, hour, outcome)
);
