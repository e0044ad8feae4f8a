-- The log in commit order. No index on a random key stands in the write path: past a million events it would turn
-- every append into random writes. `previous` is the position of the stream's event before this one (0: none).
CREATE TABLE IF NOT EXISTS events (
    position       INTEGER PRIMARY KEY,
    stream         INTEGER NOT NULL,
    version        INTEGER NOT NULL,
    previous       INTEGER NOT NULL,
    type           INTEGER NOT NULL,
    schema_version INTEGER NOT NULL,
    time           INTEGER NOT NULL, -- milliseconds since 1970
    event_id       BLOB    NOT NULL,
    correlation_id BLOB    NOT NULL,
    causation_id   BLOB    NOT NULL,
    payload        TEXT    NOT NULL
);
CREATE TABLE IF NOT EXISTS streams (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS types   (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
-- Derived from `events`, folded in bulk up to meta.folded_to: where each stream ends, and every 64th event of it.
CREATE TABLE IF NOT EXISTS heads (stream INTEGER PRIMARY KEY, version INTEGER NOT NULL, position INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS marks (
    stream   INTEGER NOT NULL,
    version  INTEGER NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (stream, version)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS snapshots (
    stream  INTEGER PRIMARY KEY,
    version INTEGER NOT NULL,
    schema  INTEGER NOT NULL,
    state   BLOB    NOT NULL
);
-- A hash chain over the log, written behind it (segments.rs).
CREATE TABLE IF NOT EXISTS segments (
    first  INTEGER PRIMARY KEY,
    last   INTEGER NOT NULL,
    digest BLOB    NOT NULL,
    leaves BLOB    NOT NULL
);
CREATE TABLE IF NOT EXISTS meta (key TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;
