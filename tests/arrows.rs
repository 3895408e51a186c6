//! Which part of the crate may use which, and what the hand-written forms must do without.
//!
//! ```text
//! examples, tests, benches -> programs -> generators, state_machines, async_await
//! async_await -> state_machines          generators, state_machines -> the shared files (and never each other)
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use yield_to_await::programs::{DEADLOCKS, PROGRAMS};

/// The files that know no coroutine, and what `lib.rs` re-exports of them.
const SHARED: [&str; 17] = [
    "census", "clock", "error", "graves", "info", "key", "line", "marks", "outcome", "ready",
    "reports", "runner", "slot", "slots", "tally", "trace", "unwind",
];

/// About as long as a file can be and still be read rather than searched.
const LONGEST: usize = 350;

struct Source {
    /// Below `src`, with slashes.
    path: String,
    /// Without comments and the contents of strings.
    code: String,
    lines: usize,
}

fn source_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files.extend(source_files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    files
}

/// What is left of a source text without comments and the contents of strings.
fn code_of(text: &str) -> String {
    let mut code = String::new();
    let mut rest = text;
    while let Some(next) = rest.find(['/', '"']) {
        let (before, from) = rest.split_at(next);
        code.push_str(before);
        rest = if from.starts_with("//") {
            from.find('\n').map_or("", |end| &from[end..])
        } else if from.starts_with('/') || before.ends_with('\'') {
            &from[1..] // a division, or a quotation mark as a character
        } else {
            let mut escaped = false;
            let end = from[1..].find(|c| {
                let closing = c == '"' && !escaped;
                escaped = c == '\\' && !escaped;
                closing
            });
            end.map_or("", |end| &from[end + 2..])
        };
    }
    code + rest
}

#[test]
fn comments_and_strings_are_no_code() {
    let text = "a(\"b // \\\" c\", '\"', d / 2); // e \"\nf";
    assert_eq!(code_of(text), "a(, '', d  2); \nf");
}

fn sources() -> Vec<Source> {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        Source {
            path: path
                .strip_prefix(&src)
                .unwrap()
                .to_str()
                .unwrap()
                .replace('\\', "/"),
            code: code_of(&text),
            lines: text.lines().count(),
        }
    };
    let sources: Vec<_> = source_files(&src).iter().map(read).collect();
    assert!(
        sources.len() > 50,
        "only {} files in {}",
        sources.len(),
        src.display()
    );
    sources
}

/// The part of the crate that a file belongs to: its folder, or its own name.
fn part(path: &str) -> &str {
    let first = path.split('/').next().unwrap();
    first.strip_suffix(".rs").unwrap_or(first)
}

/// The modules of the crate that the code names by `crate::module`.
fn used(code: &str) -> Vec<&str> {
    let names = code.split("crate::").skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    });
    // `crate::{Clock, TaskInfo}` and the like name what `lib.rs` re-exports of the shared files.
    names
        .filter(|name| name.starts_with(|c: char| c.is_lowercase()))
        .collect()
}

fn words(code: &str) -> impl Iterator<Item = &str> {
    code.split(|c: char| !c.is_alphanumeric() && c != '_')
}

#[test]
fn the_arrows_point_one_way() {
    for Source { path, code, .. } in sources() {
        let allowed: &[&str] = match part(&path) {
            "lib" => continue,
            "programs" => &["generators", "state_machines", "async_await"],
            "async_await" => &["state_machines"],
            "generators" | "state_machines" => &[],
            shared if SHARED.contains(&shared) => &[],
            other => panic!("src/{path}: `{other}` has no place in the order of the crate"),
        };
        for used in used(&code) {
            let fine = allowed.contains(&used) || SHARED.contains(&used);
            assert!(fine, "src/{path} uses `crate::{used}`, against the arrows");
        }
    }
}

#[test]
fn lane_2_is_written_by_hand() {
    for Source { path, code, .. } in sources() {
        let by_hand = match part(&path) {
            "state_machines" => code.split("#[cfg(test)]").next().unwrap(),
            "programs" => match code.split_once("\nmod state_machines {") {
                Some((_, form)) => form.split_once("\n}\n").unwrap().0,
                None => continue,
            },
            _ => continue,
        };
        for word in words(by_hand) {
            let compiled = ["async", "await", "poll_fn"].contains(&word);
            assert!(!compiled, "src/{path}: a hand-written form uses `{word}`");
        }
        for library in [
            "futures::future",
            "futures::stream",
            "StreamExt",
            "FutureExt",
            "join!",
            "select!",
        ] {
            assert!(
                !by_hand.contains(library),
                "src/{path}: a hand-written form uses `{library}`"
            );
        }
    }
}

/// Each program has its three forms, in the order of the lanes.
#[test]
fn every_program_has_its_three_forms_one_under_the_other() {
    let programs = sources().into_iter().filter(|source| {
        let helper = ["programs/mod.rs", "programs/log.rs"].contains(&&*source.path);
        part(&source.path) == "programs" && source.code.contains("PROGRAM: Program") && !helper
    });
    let mut count = 0;
    for Source { path, code, .. } in programs {
        let forms = ["generators", "state_machines", "async_await"]
            .map(|lane| code.find(&format!("\nmod {lane} {{")));
        assert!(
            forms.is_sorted() && forms[0].is_some(),
            "src/{path}: {forms:?}"
        );
        count += 1;
    }
    assert_eq!(count, PROGRAMS.len() + DEADLOCKS.len());
}

#[test]
fn there_is_one_door_to_the_kernel() {
    let mut doors = Vec::new();
    for Source { path, code, .. } in sources() {
        doors.extend(code.matches(".yield_(").map(|_| path.clone()));
        let lane_1 = part(&path) == "generators";
        assert!(
            lane_1 || !code.contains("genawaiter::"),
            "src/{path} uses genawaiter"
        );
    }
    assert_eq!(doors, ["generators/co.rs"]);
}

#[test]
fn unsafe_stays_in_the_waker() {
    for Source { path, code, .. } in sources() {
        let is_unsafe = words(&code).any(|word| word == "unsafe");
        assert!(
            !is_unsafe || path == "state_machines/waker.rs",
            "src/{path}: unsafe code"
        );
    }
}

/// A copy of a waker that a collection keeps would hide a deadlock.
#[test]
fn no_combinator_keeps_a_waker_of_its_own() {
    for Source { path, code, .. } in sources() {
        for hoarder in [
            "FuturesUnordered",
            "FuturesOrdered",
            "JoinAll",
            "join_all",
            "Shared",
        ] {
            let found = words(&code).any(|word| word == hoarder);
            assert!(!found, "src/{path} uses `{hoarder}`");
        }
    }
}

#[test]
fn files_are_short_enough_to_be_read() {
    for Source { path, lines, .. } in sources() {
        assert!(lines <= LONGEST, "src/{path} has {lines} lines");
    }
}
