//! What `check` says of the log of a running world.

use chronus_teams::check::{Check, Part};
use tokio::sync::watch;

use super::World;
use events::Position;
use events::sealing::sqlite::Masters;

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
            masters: Masters::default(),
            options: projections::Options::default(),
            scratch: &scratch,
        };
        let (at, _) = watch::channel(("", Position::START, Position::START));
        let verdict = check.run(&*self.service().store(), &at).await.unwrap();
        // The worlds' keys are in memory, where nobody else can ask for them.
        let faults = verdict.faults.iter().filter(|fault| fault.part != Part::Keys);
        assert_eq!(faults.count(), 0, "{verdict:#?}");
    }
}
