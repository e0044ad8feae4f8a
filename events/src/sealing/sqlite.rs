//! The embedded key table: its own SQLite file beside the log.
