//! The service as a whole over real HTTP: Chronus on one side, Teams on the other, both played by the sandbox. Each
//! test starts both in its own folder and looks only at what an outsider can see, or at how far the log has come.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a test that cannot go on should fail where it stands"
)]

mod access_requests;
mod activities;
mod administration;
mod announcements;
mod answers;
mod askings;
mod audit;
mod bindings;
mod bodies;
mod calendar;
mod console;
mod credentials;
mod dashboards;
mod delivery;
mod doctor;
mod doubts;
mod erasure;
mod faults;
mod first_word;
mod health;
mod hears;
mod identity;
mod insight;
mod intake;
mod keys;
mod kinds;
mod late;
mod late_wishes;
mod limits;
mod lists;
mod messages;
mod odd_events;
mod onboarding;
mod openapi;
mod order;
mod organizers;
mod outage;
mod overdue;
mod pace;
mod parts;
mod places;
mod poison;
mod presses;
mod profiles;
mod quarter;
mod refusals;
mod repeats;
mod reports;
mod searches;
mod sign_in;
mod spoken;
mod support;
mod surveys;
mod switched_off;
mod tenants;
mod thread;
mod tokens;
mod too_late;
mod traces;
mod walk;
mod webhooks;
mod wishes;
