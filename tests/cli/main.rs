//! The program as it is run: exit codes, what goes to stdout and what to stderr, closed pipes.

mod keys;
mod log;
mod rebuild;
mod replay;
mod report;
mod usage;
mod world;
