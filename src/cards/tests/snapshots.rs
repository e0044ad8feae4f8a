//! The JSON of every sample, kept in `tests/fixtures/cards/`; `tools/cards/render.mjs` draws pictures of the same files.

use super::samples;

#[test]
fn every_card_is_drawn_as_recorded() {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path("../../../tests/fixtures/cards");
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| {
        for (name, message) in samples::all() {
            insta::assert_json_snapshot!(name, message.0);
        }
    });
}
