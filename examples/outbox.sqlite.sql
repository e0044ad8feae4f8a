-- What waits to be handed over. An event is written in the producer's own transaction, and its worker takes it out when it is taken.
CREATE TABLE IF NOT EXISTS chronus_teams_outbox (
  position INTEGER PRIMARY KEY AUTOINCREMENT,
  event TEXT NOT NULL,
  -- Why the service will never take it. Such a row is for a person to look at, and holds up no other.
  refused TEXT
);
