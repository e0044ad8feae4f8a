//! Every card in every state: how it looks, and the rules that all of them keep.

mod handbook;
mod renderer;
mod rules;
mod samples;
mod snapshots;
