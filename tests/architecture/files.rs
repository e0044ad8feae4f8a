//! Which file of a crate takes something from which, read off the paths that it writes: `use` lines and paths in the
//! code. A name that a module only hands on (`pub use`) is taken from where it is defined. Test code is left out, and so
//! is what a module takes from those that it lies in: a corner knows its room.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// A module's path from the crate's root: `["user", "decide"]`.
type Module = Vec<String>;

/// What one file says.
#[derive(Debug, Default)]
struct File {
    path: PathBuf,
    code: String,
    /// Names brought in, each with the path it stands for.
    names: BTreeMap<String, Vec<String>>,
    /// Modules whose every name is brought in.
    globs: Vec<Vec<String>>,
    /// Items defined here.
    items: BTreeSet<String>,
}

/// The arrows of a crate's files, each file by its path below `root`.
pub(crate) fn arrows(root: &Path) -> BTreeMap<String, BTreeSet<String>> {
    let files = read(root);
    let label = |file: &File| file.path.strip_prefix(root).unwrap().display().to_string();
    files
        .iter()
        .map(|(module, file)| {
            let taken = taken(&files, module, file);
            let to = taken.into_iter().filter(|to| !is_inside(module, to));
            (label(file), to.map(|to| label(&files[&to])).collect())
        })
        .collect()
}

/// Whether a module is another one or lies in it.
fn is_inside(module: &Module, other: &Module) -> bool {
    module.starts_with(other)
}

/// The files that take from each other in a loop.
pub(crate) fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<Vec<String>> {
    let reach = |from: &String| {
        let mut seen = BTreeSet::new();
        let mut next = vec![from];
        while let Some(file) = next.pop() {
            next.extend(arrows[file].iter().filter(|to| seen.insert((*to).clone())));
        }
        seen
    };
    let reached: BTreeMap<&String, BTreeSet<String>> =
        arrows.keys().map(|file| (file, reach(file))).collect();
    let mut found: Vec<Vec<String>> = Vec::new();
    for (file, there) in &reached {
        if there.contains(*file) && !found.iter().any(|circle| circle.contains(file)) {
            let back = there.iter().filter(|other| reached[other].contains(*file));
            found.push(back.cloned().collect());
        }
    }
    found
}

fn read(root: &Path) -> BTreeMap<Module, File> {
    let mut files = BTreeMap::new();
    let mut next = vec![(Module::new(), root.join("lib.rs"))];
    while let Some((module, path)) = next.pop() {
        let code = without_tests(&plain(&std::fs::read_to_string(&path).unwrap()));
        for child in declared(&code) {
            let mut below = module.clone();
            below.push(child);
            let path = below.iter().fold(root.to_owned(), |path, name| path.join(name));
            next.push((below, path.with_extension("rs")));
        }
        files.insert(module, File::of(path, code));
    }
    files
}

impl File {
    fn of(path: PathBuf, code: String) -> Self {
        let mut file = Self {
            path,
            items: items(&code),
            ..Self::default()
        };
        let mut rest = String::new();
        for (index, part) in code.split("use ").enumerate() {
            let before = rest.trim_end_matches("pub ");
            let is_use =
                index > 0 && (before.is_empty() || before.ends_with(['\n', ' ', ')', '{', '}', ';']));
            let Some((tree, after)) = part.split_once(';').filter(|_| is_use) else {
                rest.push_str(if index > 0 { "use " } else { "" });
                rest.push_str(part);
                continue;
            };
            file.bring(&[], tree);
            rest.push_str(after);
        }
        file.code = rest;
        file
    }

    /// Notes what one tree of a `use` brings in.
    fn bring(&mut self, before: &[String], tree: &str) {
        let tree = tree.trim();
        if let Some(at) = tree.find('{') {
            let path = joined(before, tree[..at].trim_end_matches("::"));
            let inside = tree[at + 1..].trim_end().trim_end_matches('}');
            for part in parts(inside) {
                self.bring(&path, part);
            }
            return;
        }
        let (path, name) = match tree.split_once(" as ") {
            Some((path, name)) => (joined(before, path), name.trim().to_owned()),
            None => (joined(before, tree), String::new()),
        };
        let Some(last) = path.last().cloned() else { return };
        if last == "*" {
            self.globs.push(path[..path.len() - 1].to_vec());
        } else if last == "self" {
            let module = path[..path.len() - 1].to_vec();
            let own = module.last().cloned().unwrap_or_default();
            self.names
                .insert(if name.is_empty() { own } else { name }, module);
        } else {
            self.names.insert(if name.is_empty() { last } else { name }, path);
        }
    }
}

fn joined(before: &[String], path: &str) -> Vec<String> {
    let here = path.split("::").map(|name| name.trim().to_owned());
    before
        .iter()
        .cloned()
        .chain(here.filter(|name| !name.is_empty()))
        .collect()
}

/// The parts of a tree's braces: commas inside further braces do not part.
fn parts(inside: &str) -> Vec<&str> {
    let (mut depth, mut from, mut parts) = (0, 0, Vec::new());
    for (at, letter) in inside.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 0 => {
                parts.push(&inside[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&inside[from..]);
    parts.into_iter().filter(|part| !part.trim().is_empty()).collect()
}

/// The modules from whose files a file takes something.
fn taken(files: &BTreeMap<Module, File>, module: &Module, file: &File) -> BTreeSet<Module> {
    let mut found = BTreeSet::new();
    let words: BTreeSet<&str> = file.code.split(|c: char| !is_word(c)).collect();
    for (name, path) in &file.names {
        // A trait that is brought in as `_` is used without its name.
        if words.contains(name.as_str()) || name == "_" {
            found.extend(home(files, module, path, 0));
        }
    }
    for path in &file.globs {
        found.extend(absolute(files, module, path).filter(|to| files.contains_key(to)));
    }
    for path in paths(&file.code) {
        found.extend(home(files, module, &path, 0));
    }
    found
}

/// The module in whose file the thing stands that `path`, written in `module`, names; none where that is a module itself
/// or lies outside the crate.
fn home(files: &BTreeMap<Module, File>, module: &Module, path: &[String], depth: usize) -> Option<Module> {
    let path = absolute(files, module, path)?;
    let known = (0..=path.len())
        .rev()
        .find(|length| files.contains_key(&path[..*length]))?;
    let (at, rest) = (path[..known].to_vec(), &path[known..]);
    let name = rest.first()?;
    let file = &files[&at];
    if file.items.contains(name) || depth > 8 {
        return Some(at);
    }
    if let Some(handed_on) = file.names.get(name) {
        let whole: Vec<String> = handed_on.iter().chain(&rest[1..]).cloned().collect();
        return match absolute(files, &at, &whole) {
            Some(_) => home(files, &at, &whole, depth + 1),
            None => None,
        };
    }
    let globs = file.globs.iter().filter_map(|glob| absolute(files, &at, glob));
    let mut homes = globs.filter_map(|glob| {
        let whole: Vec<String> = glob.iter().chain(rest).cloned().collect();
        let whole: Vec<String> = std::iter::once("crate".to_owned()).chain(whole).collect();
        let there = files.get(&glob)?;
        (there.items.contains(name) || there.names.contains_key(name))
            .then(|| home(files, &at, &whole, depth + 1))
            .flatten()
    });
    homes.next().or(Some(at))
}

/// A path from the crate's root; none where it leads out of the crate.
fn absolute(files: &BTreeMap<Module, File>, module: &Module, path: &[String]) -> Option<Vec<String>> {
    let mut at = module.clone();
    let mut rest = path;
    match path.first()?.as_str() {
        "crate" => {
            at.clear();
            rest = &path[1..];
        }
        "self" => rest = &path[1..],
        "super" => {
            while rest.first().is_some_and(|name| name == "super") {
                at.pop()?;
                rest = &rest[1..];
            }
        }
        first => {
            let mut child = at.clone();
            child.push(first.to_owned());
            if !files.contains_key(&child) {
                let brought = files[module].names.get(first)?;
                // A name that stands for itself (`use serde;`) leads out of the crate.
                if brought.first().is_some_and(|name| name == first) {
                    return None;
                }
                let whole: Vec<String> = brought.iter().chain(&path[1..]).cloned().collect();
                return absolute(files, module, &whole);
            }
        }
    }
    at.extend(rest.iter().cloned());
    Some(at)
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Every path of more than one name that the code writes.
fn paths(code: &str) -> BTreeSet<Vec<String>> {
    let mut found = BTreeSet::new();
    let mut path: Vec<String> = Vec::new();
    let mut rest = code;
    while let Some(start) = rest.find(is_word) {
        let joined = rest[..start] == *"::" && !path.is_empty();
        if !joined {
            found.insert(std::mem::take(&mut path));
        }
        let end = rest[start..]
            .find(|c| !is_word(c))
            .map_or(rest.len(), |end| start + end);
        path.push(rest[start..end].to_owned());
        rest = &rest[end..];
    }
    found.insert(path);
    found.retain(|path| path.len() > 1);
    found
}

/// The names of what is defined in a file.
fn items(code: &str) -> BTreeSet<String> {
    let kinds = [
        "fn", "struct", "enum", "trait", "type", "const", "static", "union",
    ];
    let words: Vec<&str> = code
        .split(|c: char| !(is_word(c) || c == '!'))
        .filter(|word| !word.is_empty())
        .collect();
    let named = words
        .windows(2)
        .filter(|pair| kinds.contains(&pair[0]) || pair[0] == "macro_rules!");
    named.map(|pair| pair[1].to_owned()).collect()
}

/// The modules that a file declares in files of their own.
fn declared(code: &str) -> Vec<String> {
    let lines = code.lines().map(str::trim).filter(|line| line.ends_with(';'));
    let names = lines.filter_map(|line| {
        let before = line.split("mod ").next()?;
        let name = line.split("mod ").nth(1)?.trim_end_matches(';');
        let is_declared = before.is_empty() || before.starts_with("pub");
        (is_declared && name.chars().all(is_word)).then(|| name.to_owned())
    });
    names.collect()
}

/// Without the items that are compiled for tests alone.
fn without_tests(code: &str) -> String {
    let mut kept = String::new();
    let mut rest = code;
    while let Some(at) = rest.find("#[cfg(test)]") {
        kept.push_str(&rest[..at]);
        let item = &rest[at..];
        let ends = item.find(';').unwrap_or(item.len());
        let opens = item.find('{').unwrap_or(item.len());
        let end = if ends < opens {
            ends + 1
        } else {
            closing(item, opens)
        };
        rest = &item[end..];
    }
    kept + rest
}

/// Behind the brace that closes the one at `open`.
fn closing(code: &str, open: usize) -> usize {
    let mut depth = 0;
    for (at, letter) in code[open..].char_indices() {
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return open + at + letter.len_utf8();
        }
    }
    code.len()
}

/// Without comments, and with nothing between quotes.
fn plain(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(letter) = rest.chars().next() {
        let skipped = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if rest.starts_with("/*") {
            rest.find("*/").map_or(rest.len(), |end| end + 2)
        } else if rest.starts_with("r\"") || rest.starts_with("r#") {
            raw(rest)
        } else if letter == '"' {
            quoted(rest)
        } else if letter == '\'' {
            character(rest)
        } else {
            kept.push(letter);
            letter.len_utf8()
        };
        rest = &rest[skipped..];
    }
    kept
}

/// The length of a raw string, or of its first letter where it is a raw name.
fn raw(text: &str) -> usize {
    let hashes = text[1..].bytes().take_while(|byte| *byte == b'#').count();
    if text.as_bytes().get(1 + hashes) != Some(&b'"') {
        return 1;
    }
    let end = format!("\"{}", "#".repeat(hashes));
    let inside = 2 + hashes;
    text[inside..]
        .find(&end)
        .map_or(text.len(), |at| inside + at + end.len())
}

fn quoted(text: &str) -> usize {
    let mut escaped = false;
    for (at, letter) in text.char_indices().skip(1) {
        if letter == '"' && !escaped {
            return at + 1;
        }
        escaped = letter == '\\' && !escaped;
    }
    text.len()
}

/// The length of a character between quotes; of a lifetime, that of its quote.
fn character(text: &str) -> usize {
    let mut letters = text.char_indices().skip(1);
    match letters.next() {
        Some((_, '\\')) => text[2..].find('\'').map_or(1, |end| end + 3).max(4),
        Some((at, letter)) if text[at + letter.len_utf8()..].starts_with('\'') => at + letter.len_utf8() + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A crate of these files.
    fn found(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = folder.path().join(name);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        circles(&arrows(folder.path()))
    }

    #[test]
    fn a_circle_is_found_through_whatever_hands_a_name_on() {
        let root = ("lib.rs", "mod one;\nmod two;\npub use one::*;\n");
        let one = ("one.rs", "pub struct One;\nfn f() { crate::two::g(&[\"}\"]); }\n");
        for two in [
            "use crate::One;\npub fn g(_: &[&str]) -> Option<One> { None }\n",
            "use super::{one::{self as first}};\npub fn g(_: &[&str]) -> Option<first::One> { None }\n",
            "pub fn g(_: &[&str]) -> Option<crate::one::One> { None }\n",
        ] {
            assert_eq!(
                found(&[root, one, ("two.rs", two)]),
                [["one.rs", "two.rs"]],
                "{two}"
            );
        }
    }

    #[test]
    fn what_is_said_for_tests_or_people_is_no_arrow() {
        let two = "// crate::one::One\nconst TEXT: &str = \"crate::one::One\";\n#[cfg(test)]\nmod tests { use crate::one::One; }\n\
                   pub fn g() {}\n";
        let files = [
            ("lib.rs", "mod one;\nmod two;\n"),
            ("one.rs", "pub struct One;\nfn f() { crate::two::g(); }\n"),
            ("two.rs", two),
        ];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }

    #[test]
    fn a_module_may_know_those_that_it_lies_in() {
        let files = [
            ("lib.rs", "mod room;\n"),
            (
                "room.rs",
                "mod corner;\npub struct Room;\nfn f() { corner::g(); }\n",
            ),
            (
                "room/corner.rs",
                "use super::Room;\npub fn g() -> Option<Room> { None }\n",
            ),
        ];
        assert_eq!(found(&files), Vec::<Vec<String>>::new());
    }
}
