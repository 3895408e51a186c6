//! What the examples print, and how the tour answers.

use std::process::{Command, Output};

use serde::Deserialize;

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
        summary.starts_with("programs 22, lanes 3, runs 99: all equal"),
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
