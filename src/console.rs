//! The console: pages for Chronus' support, administrators and analysts, at `/console` beside the API. Server-rendered; they
//! work without scripts, ask nobody else for anything, and read what the API reads, by the same functions. Whoever
//! has an API key signs in with it and sees what the key may see, of its organization alone.

use actix_web::middleware::from_fn;
use actix_web::web::{self, ServiceConfig};

mod actions;
mod assets;
mod audit;
mod cards;
mod counted;
mod csv;
mod door;
mod doorway;
mod drawn;
mod fault;
mod find;
mod form;
mod frame;
mod guard;
mod keys;
mod letters;
mod log;
mod members;
mod notification;
mod now;
mod person;
mod pulse;
mod reaching;
mod reports;
mod sessions;
mod settings;
mod surface;
mod tail;
mod tails;
mod thread;
mod timeline;
mod visit;
mod withheld;
mod words;

pub use counted::Counted;
pub use pulse::Pulse;
pub use sessions::Sessions;
pub use surface::{About, ConsoleSurface, about};
pub use tails::Tails;

/// Every page. Organizations have a part of the paths of their own, so that somebody may be signed in for several of them,
/// each in a tab.
pub fn routes(config: &mut ServiceConfig) {
    let scope = web::scope("/console")
        .wrap(from_fn(guard::guarded))
        .route("", web::get().to(door::to_door))
        .route("/", web::get().to(door::to_door))
        .route("/sign-in", web::get().to(door::show))
        .route("/sign-in", web::post().to(door::sign_in))
        .route("/assets/{version}/{file}", web::get().to(assets::file))
        .service(web::scope("/o/{organization}").configure(of_organization))
        .default_service(web::to(fault::nothing_here));
    config.service(scope);
}

fn of_organization(scope: &mut ServiceConfig) {
    scope
        .route("", web::get().to(now::show))
        .route("/", web::get().to(now::show))
        .route("/sign-out", web::post().to(door::sign_out))
        .route("/find", web::get().to(find::show))
        .route("/find", web::post().to(find::by_name))
        .route("/person/{id}", web::get().to(person::show))
        .route("/person/{id}/open", web::post().to(person::open))
        .route("/person/{id}/close", web::post().to(person::close))
        .route("/cards", web::get().to(cards::show))
        .route("/notification/{id}", web::get().to(notification::show))
        .route("/notification/{id}/why", web::get().to(notification::why))
        .route("/notification/{id}/requeue", web::post().to(actions::requeue))
        .route("/dead-letters", web::get().to(letters::show))
        .route("/dead-letters", web::post().to(letters::send))
        .route("/reach", web::get().to(reaching::show))
        .route("/reach", web::post().to(reaching::preflight))
        .route("/conflicts", web::get().to(members::conflicts))
        .route("/member", web::get().to(members::show))
        .route("/member", web::post().to(members::settle))
        .route("/reports", web::get().to(reports::list))
        .route("/reports/{name}", web::get().to(reports::show))
        .route("/settings", web::get().to(settings::show))
        .route("/settings", web::post().to(settings::switch))
        .route("/settings/keys", web::get().to(keys::show))
        .route("/settings/keys", web::post().to(keys::change))
        .route("/log", web::get().to(log::show))
        .route("/log/tail", web::get().to(tail::follow));
}
