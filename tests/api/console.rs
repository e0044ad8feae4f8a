//! The console over real HTTP, as a browser without scripts sees it: who is let in, what each page tells, and that nothing of
//! another organization's, of somebody's markup or of a closed value gets onto it.

mod browser;
mod door;
mod flows;
mod keys;
mod opening;
mod pages;
