//! What `check` says of the log of a running world.

use chronus_teams::check::Check;
use tokio::sync::watch;

use super::World;
use events::Position;

impl World {
    /// Every law holds of all that was stored.
    pub(crate) async fn is_sound(&self) {
        let (scratch, none) = (
            self.folder().join("checked.db"),
            self.folder().join("no-read-models.db"),
        );
        let check = Check {
            file: None,
            read_models: &none,
            audit: false,
            keys: None,
            options: projections::Options::default(),
            scratch: &scratch,
        };
        let (at, _) = watch::channel(("", Position::START, Position::START));
        let verdict = check.run(&*self.service().store(), &at).await.unwrap();
        assert!(verdict.sound, "{verdict:#?}");
    }
}
