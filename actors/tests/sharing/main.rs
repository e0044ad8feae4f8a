//! Several service nodes on one store: who may work on what, and what two writers of one stream leave behind.

mod answers;
mod lanes;
mod leases;
mod nodes;
mod schedules;
mod writers;
