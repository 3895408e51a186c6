//! The list of faults that a single-threaded executor and a generator scheduler must survive has 100 rows. Each has its test, whose docs begin with the row's number,
//! or a reason here why there is none.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

const ROWS: u32 = 100;

/// Rows that ask for something that cannot happen here.
const WITHOUT_A_TEST: &[(u32, &str)] = &[
    (
        91,
        "a coroutine cannot get at the `Co` of another: it does not compile (`generators::Co`)",
    ),
    (
        97,
        "genawaiter's `stack` flavour is not used: only `rc`, without macros",
    ),
    (98, "as 97"),
    (99, "as 97: no macro of genawaiter's is used"),
    (100, "nothing here has a stack of its own"),
];

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
    found
}

/// The rows that the docs of a test begin with: `Fault 7: ..`, `Faults 3 and 4: ..`, `Faults 5, 6 and 7, in lane 1: ..`.
fn rows(line: &str) -> Vec<u32> {
    let docs = line.trim_start().strip_prefix("/// Fault");
    let Some(rest) = docs.map(|rest| rest.trim_start_matches('s')) else {
        return Vec::new();
    };
    let numbers = rest.split(':').next().unwrap_or_default();
    let words = numbers.split([' ', ',']).filter(|word| !word.is_empty());
    let numbers = words.take_while(|word| *word == "and" || word.parse::<u32>().is_ok());
    numbers.filter_map(|word| word.parse().ok()).collect()
}

#[test]
fn docs_of_tests_begin_with_their_rows() {
    assert_eq!(rows("    /// Faults 3, 4 and 17: wakers"), [3, 4, 17]);
    assert_eq!(rows("/// Fault 7, in lane 1 of 3: wakers"), [7]);
    assert_eq!(rows("/// Other docs, of fault 7"), []);
}

#[test]
fn every_row_has_a_test_or_a_reason() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut tested: BTreeMap<u32, u32> = BTreeMap::new();
    for path in files(&tests) {
        let text = fs::read_to_string(&path).unwrap();
        for row in text.lines().flat_map(rows) {
            assert!(
                (1..=ROWS).contains(&row),
                "{}: there is no row {row}",
                path.display()
            );
            *tested.entry(row).or_default() += 1;
        }
    }
    let excused = |row: &u32| WITHOUT_A_TEST.iter().any(|(excused, _)| excused == row);
    let missing: Vec<u32> = (1..=ROWS)
        .filter(|row| !tested.contains_key(row) && !excused(row))
        .collect();
    assert!(
        missing.is_empty(),
        "no test is named after these rows: {missing:?}"
    );
    let both: Vec<u32> = tested.into_keys().filter(excused).collect();
    assert!(both.is_empty(), "excused and tested: {both:?}");
}
