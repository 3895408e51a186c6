//! What the examples print, and how the tour answers.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde::Deserialize;
use yield_to_await::trace::{Recording, What};

fn example(name: &str, arguments: &[&str]) -> Output {
    let cargo = Command::new(env!("CARGO"))
        .args(["run", "--quiet", "--example", name, "--"])
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output();
    cargo.expect("cargo runs this test, so it runs")
}

fn printed(name: &str, arguments: &[&str]) -> String {
    let output = example(name, arguments);
    let complaints = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name} {arguments:?}: {complaints}"
    );
    String::from_utf8(output.stdout).unwrap()
}

#[derive(Deserialize)]
struct Seed {
    seed: String,
    lines: Vec<(u64, String)>,
}

/// The source document's program about bare generators, line by line.
#[test]
fn the_first_two_steps_print_what_the_source_document_does() {
    let seeds: Vec<Seed> = serde_json::from_str(include_str!("asyncio/seeds.json")).unwrap();
    let seed = seeds
        .into_iter()
        .find(|seed| seed.seed.starts_with("16_"))
        .unwrap();
    let expected: Vec<String> = seed.lines.into_iter().map(|(_, text)| text).collect();
    let steps = printed("01_generator", &[]) + &printed("02_scheduler", &[]).replace('"', "'");
    let lines: Vec<&str> = steps
        .lines()
        .filter(|line| !line.starts_with("-- "))
        .collect();
    assert_eq!(lines, expected);
}

#[test]
fn the_walk_throughs_show_the_same_three_times() {
    for (walk, programs) in [
        ("03_await", 4),
        ("04_tasks", 3),
        ("05_gather", 4),
        ("06_channels", 5),
        ("07_cancel", 4),
    ] {
        let text = printed(walk, &[]);
        assert_eq!(
            text.matches("the same three times").count(),
            programs,
            "{walk}:\n{text}"
        );
        assert!(!text.contains("DIFFER"), "{walk}:\n{text}");
    }
}

#[test]
fn the_tour_visits_everything() {
    let text = printed("tour", &[]);
    let summary = text.lines().last().unwrap();
    assert!(
        summary.starts_with("programs 23, lanes 3, runs 102: all equal"),
        "{summary}"
    );
    assert_eq!(printed("tour", &[]).lines().count(), text.lines().count());
}

#[test]
fn the_tour_visits_what_it_is_asked_for() {
    let one = printed("tour", &["--program", "countdown", "--lane", "generators"]);
    assert!(
        one.contains("generators = CPython | steps 12, spawns 3"),
        "{one}"
    );
    assert!(
        one.contains("programs 1, lanes 1, runs 1: all equal"),
        "{one}"
    );
    let real = printed("tour", &["--real", "--program", "tree_walk"]);
    assert!(
        real.contains("generators = state_machines = async_await = CPython"),
        "{real}"
    );
    let left = printed("tour", &["--program", "left_behind"]);
    assert!(
        left.contains("left behind, in generators:\n     still pending: task 1 `heartbeat`, "),
        "{left}"
    );
    assert!(printed("tour", &["--help"]).contains("--program PROGRAM"));
}

#[test]
fn the_tour_refuses_what_it_does_not_know() {
    for (arguments, complaint) in [
        (
            &["--program", "nope"][..],
            "there is no program `nope`; there are: nothing, awaiting",
        ),
        (
            &["--lane", "nope"],
            "there is no lane `nope`; there are: generators, state_machines, async_await",
        ),
        (&["--nope"], "invalid option '--nope'"),
        (&["--program"], "missing argument for option '--program'"),
    ] {
        let output = example("tour", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
}

#[test]
fn every_lane_gets_stuck_with_the_same_report() {
    const EQUAL: &str = "generators = state_machines = async_await: equal, but for the places";
    let all = printed("deadlock", &[]);
    assert_eq!(all.matches(EQUAL).count(), 5, "{all}");
    assert!(!all.contains("DIFFERS"), "{all}");
    let line = "       0 ms  Plato     takes the left fork\n";
    assert!(all.contains(line), "{all}");
    let place = "task 1 `Plato`, spawned at src/programs/deadlocks/philosophers.rs:";
    assert!(all.replace('\\', "/").contains(place), "{all}");
    let real = printed("deadlock", &["--real"]);
    assert_eq!(real.matches(EQUAL).count(), 5, "{real}");
}

#[test]
fn a_deadlock_is_shown_for_what_is_asked_for() {
    let one = |lane| printed("deadlock", &["--program", "locked_twice", "--lane", lane]);
    let [generators, async_await] = ["generators", "async_await"].map(one);
    for text in [&generators, &async_await] {
        assert_eq!(text.matches("deadlock: ").count(), 1, "{text}");
        assert!(text.contains("\nlocked_twice: "), "{text}");
        assert!(!text.contains("equal"), "{text}");
    }
    assert!(generators.ends_with("   generators\n"), "{generators}");
    assert_ne!(generators, async_await, "their places are not the same");
    assert!(printed("deadlock", &["--help"]).contains("--program PROGRAM"));
}

#[test]
fn a_deadlock_that_nobody_knows_is_refused() {
    for (arguments, complaint) in [
        (
            &["--program", "nope"][..],
            "there is no program `nope`; there are: philosophers, locked_twice",
        ),
        (
            &["--lane", "nope"],
            "there is no lane `nope`; there are: generators, state_machines, async_await",
        ),
        (&["--nope"], "invalid option '--nope'"),
        (&["--lane"], "missing argument for option '--lane'"),
        (&["philosophers"], "unexpected argument \"philosophers\""),
    ] {
        let output = example("deadlock", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
}

#[test]
fn many_sleep_in_every_lane() {
    for lane in ["generators", "state_machines", "async_await"] {
        let text = printed("ten_million", &["--tasks", "10000", "--lane", lane]);
        assert!(
            text.contains("10000, all woken\nsteps        20002\n"),
            "{text}"
        );
    }
}

#[test]
fn the_costs_are_printed() {
    let text = printed("costs", &["--tasks", "1000", "--no-valgrind"]);
    assert!(
        text.contains("Steps and spawns are the same in every lane."),
        "{text}"
    );
}

/// What the peers do is theirs; that our lanes survive is ours. (In debug, without the faults that take long or depend on frame sizes.)
#[test]
fn the_lanes_survive_what_is_tried() {
    for fault in [15, 16, 19, 21, 22, 23, 39, 51, 52, 69, 76] {
        let fault = fault.to_string();
        let row = printed("survives", &["--fault", &fault, "--on", "async_await"]);
        assert_eq!(row, "survives\n", "fault {fault}");
    }
    for fault in [19, 21, 22, 23, 39, 51, 52, 69, 76, 86, 87, 88, 89, 90] {
        let fault = fault.to_string();
        let row = printed("survives", &["--fault", &fault, "--on", "generators"]);
        assert_eq!(row, "survives\n", "fault {fault}");
    }
}

#[test]
fn an_experiment_that_nobody_made_is_refused() {
    for (arguments, complaint) in [
        (
            &["--fault", "7"][..],
            "there is no experiment for fault `7`",
        ),
        (&["--fault"], "missing argument"),
        (
            &["--fault", "6", "--on", "generators"],
            "there is nothing to try",
        ),
    ] {
        let output = example("survives", arguments);
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(
            complaints.contains(complaint),
            "{arguments:?}: {complaints}"
        );
    }
}

/// A folder of this test's own, which is not there yet.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    drop(fs::remove_dir_all(&folder));
    folder
}

fn names(folder: &Path) -> BTreeSet<String> {
    let entries = fs::read_dir(folder).unwrap();
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

#[test]
fn a_program_is_recorded_and_every_view_written() {
    let folder = folder("timeline");
    let out = folder.to_str().unwrap();
    let arguments = ["--program", "pipeline", "--out", out];
    let said = printed("timeline", &arguments);
    assert!(
        said.starts_with(&format!("7 files are in {out}\nopen ")),
        "{said}"
    );
    let views = [
        "html",
        "mmd",
        "perfetto.json",
        "recording.json",
        "svg",
        "txt",
    ];
    let mut expected: BTreeSet<_> = views.map(|ending| format!("pipeline.{ending}")).into();
    expected.insert("index.html".to_owned());
    assert_eq!(names(&folder), expected);
    let index = fs::read_to_string(folder.join("index.html")).unwrap();
    for name in expected {
        assert!(
            name == "index.html" || index.contains(&format!("\"{name}\"")),
            "no link to {name}"
        );
    }
    let recording = fs::read_to_string(folder.join("pipeline.recording.json")).unwrap();
    let recording: Recording = serde_json::from_str(&recording).unwrap();
    assert!(recording.iter().any(|event| event.what == What::Ended));

    // Neither the example nor a reader's edits are written over by accident.
    fs::write(folder.join("pipeline.txt"), "edited").unwrap();
    let output = example("timeline", &arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("is there already, and 6 more: say --force"),
        "{said}"
    );
    let text = || fs::read_to_string(folder.join("pipeline.txt")).unwrap();
    assert_eq!(text(), "edited");
    printed(
        "timeline",
        &["--program", "pipeline", "--out", out, "--force"],
    );
    assert!(text().contains("worker1"));
}

#[test]
fn a_timeline_that_makes_no_sense_is_refused() {
    for (arguments, complaint) in [
        (
            &["--program", "nope"][..],
            "there is no program `nope`; there are: nothing, awaiting",
        ),
        (&["--program"], "missing argument for option '--program'"),
        (
            &["--program", "ticker", "--size", "x"],
            "invalid digit found in string",
        ),
        (&["--size", "3"], "name one with --program"),
        (
            &["--program", "awaiting", "--size", "99"],
            "`awaiting` is tried in sizes up to 6",
        ),
        (
            &["--pictures", "--program", "ticker"],
            "--pictures are those of all programs",
        ),
        (&["--nope"], "invalid option '--nope'"),
        (&["ticker"], "unexpected argument \"ticker\""),
    ] {
        let output = example("timeline", arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.contains(complaint), "{arguments:?}: {said}");
    }
    let file = folder("no-folder");
    fs::write(&file, "a file").unwrap();
    let output = example(
        "timeline",
        &["--program", "ticker", "--out", file.to_str().unwrap()],
    );
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("cannot write "), "{said}");
}

#[test]
fn the_pictures_in_the_docs_are_those_of_the_programs() {
    let drawn = folder("pictures");
    printed(
        "timeline",
        &["--pictures", "--out", drawn.to_str().unwrap()],
    );
    let shown = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/programs/timelines");
    assert_eq!(names(&drawn), names(&shown));
    for name in names(&drawn) {
        let [new, old] =
            [&drawn, &shown].map(|folder| fs::read_to_string(folder.join(&name)).unwrap());
        assert!(
            new == old.replace("\r\n", "\n"),
            "{name} is stale: run `cargo run --release --example timeline -- --pictures`"
        );
    }
}

#[test]
fn every_task_is_a_span_that_is_entered_for_its_steps() {
    let text = printed("tracing", &[]);
    let count = |what: &str| text.lines().filter(|line| line.ends_with(what)).count();
    assert_eq!(count(": tokio::task: new"), 3, "{text}");
    assert_eq!(count(": tokio::task: enter"), 6, "{text}");
    assert_eq!(count(": tokio::task: exit"), 6, "{text}");
    assert_eq!(count(": tokio::task: close"), 3, "{text}");
    assert_eq!(text.matches("op=\"waker.wake\"").count(), 3, "{text}");
    let inside = "runtime.spawn{kind=\"task\" task.name=\"hello\" task.id=1 ";
    let hello = text.lines().find(|line| line.ends_with(": Hello")).unwrap();
    assert!(hello.contains(inside), "{hello}");
}
