//! The asyncio twins on a real CPython, if there is one: what is recorded is what it does.
//!
//! The recordings are compared with the lanes by `programs.rs`, with or without a Python.

use std::io::Write;
use std::path::Path;
use std::process::Command;

/// A Python that is new enough (3.11), under the names it goes by.
fn python() -> Option<&'static str> {
    let new_enough = "import sys; sys.exit(sys.version_info < (3, 11))";
    ["python3", "python"].into_iter().find(|python| {
        let tried = Command::new(python).args(["-c", new_enough]).output();
        tried.is_ok_and(|output| output.status.success())
    })
}

#[test]
fn the_twins_on_asyncio_give_what_is_recorded() {
    let Some(python) = python() else {
        // Past the test harness, which would keep the word to itself.
        let skipped =
            "SKIPPED: there is no Python 3.11 or later here; only the recordings are compared";
        writeln!(std::io::stderr(), "{skipped}").expect("standard error is there");
        return;
    };
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/asyncio");
    for check in [
        &["--check"][..],
        &["--seeds", "tests/asyncio/seeds.json"][..],
    ] {
        let output = Command::new(python)
            .arg(folder.join("record.py"))
            .args(check)
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stdout);
        let complained = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "record.py {check:?}:\n{said}{complained}"
        );
    }
}
