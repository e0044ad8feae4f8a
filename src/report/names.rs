//! "Did you mean": of known names those that are nearest to one that is not known.

/// Names that are this much alike are probably the same name, misspelt.
const ALIKE: f64 = 0.7;
/// Names that are offered at most.
const MOST: usize = 3;

/// The nearest names as advice; nothing where none is near.
pub fn did_you_mean<'n>(name: &str, known: impl IntoIterator<Item = &'n str>) -> String {
    let (folded, known) = (name.to_lowercase(), known.into_iter());
    let mut near: Vec<(f64, &str)> = known
        .map(|known| (strsim::jaro_winkler(&known.to_lowercase(), &folded), known))
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .collect();
    near.sort_by(|one, other| other.0.total_cmp(&one.0).then(one.1.cmp(other.1)));
    near.truncate(MOST);
    let near: Vec<&str> = near.into_iter().map(|(_, name)| name).collect();
    match near.as_slice() {
        [] => String::new(),
        near => format!("; did you mean {}?", near.join(" or ")),
    }
}
