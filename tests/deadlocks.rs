//! The programs that get stuck: in every size and lane, and on either clock, they end in the report that their page shows.

use std::time::Duration;

use yield_to_await::programs::{DEADLOCKS, Lane, Line, Log, Program};
use yield_to_await::{Clock, Counts, Deadlock, DeadlockKind, Setup};

#[path = "lanes/report.rs"]
mod report;

use report::without_places;

/// A run that could not go on.
struct Stuck {
    lines: Vec<Line>,
    counts: Counts,
    elapsed: Duration,
    report: Deadlock,
}

fn play(program: &Program, lane: Lane, clock: Clock, size: usize) -> Stuck {
    let log = Log::new();
    let run = program.form(lane)(Setup::new().clock(clock), log.clone(), size);
    let Err(report) = run.outcome else {
        panic!("{}, size {size}, {lane}: it comes to an end", program.name);
    };
    Stuck {
        lines: log.take(),
        counts: run.counts,
        elapsed: run.elapsed,
        report,
    }
}

/// Every program in each of its sizes, with the report that its page shows.
fn all() -> Vec<(&'static Program, usize, &'static str)> {
    let mut all = Vec::new();
    for program in DEADLOCKS {
        let reports: Vec<_> = program.recording.trim_end().split("\n\n").collect();
        assert_eq!(reports.len(), program.sizes.len(), "{}", program.name);
        let sizes = program.sizes.iter().zip(reports);
        all.extend(sizes.map(|(size, report)| (program, *size, report)));
    }
    assert!(!all.is_empty());
    all
}

/// Puts `..` in the place of each duration after a `since`.
fn without_durations(report: &str) -> String {
    let mut words: Vec<_> = report.split(' ').collect();
    for i in 1..words.len() {
        if words[i - 1] == "since" {
            words[i] = "..";
        }
    }
    words.join(" ")
}

#[test]
fn durations_are_recognised() {
    assert_eq!(
        without_durations("has waited since 1.5ms for\n  has waited since 0ns for"),
        "has waited since .. for\n  has waited since .. for"
    );
}

#[test]
fn every_report_is_the_one_on_the_page() {
    for (program, size, expected) in all() {
        for lane in Lane::ALL {
            let stuck = play(program, lane, Clock::Simulated, size);
            let report = without_places(&stuck.report);
            assert_eq!(report, expected, "{}, size {size}, {lane}", program.name);
        }
    }
}

#[test]
fn the_real_clock_gives_the_same_report_but_for_the_durations() {
    for (program, size, expected) in all() {
        for lane in Lane::ALL {
            let at = format!("{}, size {size}, {lane}", program.name);
            let stuck = play(program, lane, Clock::Real, size);
            let report = without_durations(&without_places(&stuck.report));
            assert_eq!(report, without_durations(expected), "{at}");
            let simulated = play(program, lane, Clock::Simulated, size);
            let texts = |lines: Vec<Line>| -> Vec<_> {
                let lines = lines.into_iter();
                lines.map(|line| (line.task, line.text)).collect()
            };
            assert_eq!(texts(stuck.lines), texts(simulated.lines), "{at}");
            assert_eq!(stuck.counts, simulated.counts, "{at}");
        }
    }
}

#[test]
fn every_lane_takes_the_same_steps_and_spawns_and_writes_the_same_lines() {
    for (program, size, _) in all() {
        let [first, others @ ..] =
            Lane::ALL.map(|lane| play(program, lane, Clock::Simulated, size));
        assert!(!first.lines.is_empty(), "{} writes nothing", program.name);
        for (other, lane) in others.iter().zip(&Lane::ALL[1..]) {
            let at = format!("{}, size {size}, {lane}", program.name);
            assert_eq!(other.lines, first.lines, "{at}");
            assert_eq!(other.counts, first.counts, "{at}");
            assert_eq!(other.elapsed, first.elapsed, "{at}");
        }
    }
}

/// The lines of the source in a report, which must all be in the file of that name.
fn lines_of(report: &Deadlock, file: &str) -> Vec<u32> {
    let text = report.to_string();
    let places = text.split_whitespace().filter(|word| word.contains(".rs:"));
    let lines = places.map(|place| {
        let (path, rest) = place.split_once(".rs:").unwrap();
        let path = path.replace('\\', "/");
        let own = format!("programs/deadlocks/{file}");
        assert!(path.ends_with(&own), "{file}.rs reports {place}");
        rest.split(':').next().unwrap().parse().unwrap()
    });
    lines.collect()
}

/// The forms stand one under the other, so the places of a lane stand below those of the lane before.
#[test]
fn each_lane_names_places_in_its_own_form() {
    for (program, size, _) in all() {
        let mut above = 0;
        for lane in Lane::ALL {
            let stuck = play(program, lane, Clock::Simulated, size);
            let lines = lines_of(&stuck.report, program.name);
            let statuses = stuck.report.tasks().len() + stuck.report.primitives().len();
            assert_eq!(lines.len(), statuses, "{}", stuck.report);
            assert!(
                lines.iter().all(|line| *line > above),
                "{}, {lane}: {}",
                program.name,
                stuck.report
            );
            above = lines.into_iter().max().unwrap();
        }
    }
}

/// What the pages say of their reports, in short: the kind, and who is in the circle through what.
#[test]
fn the_circles_are_those_that_the_pages_tell_of() {
    let circles: [(&str, DeadlockKind, &[&str]); 5] = [
        (
            "philosophers",
            DeadlockKind::Cycle,
            &[
                "Plato",
                "Kant's fork",
                "Kant",
                "Hume's fork",
                "Hume",
                "Plato's fork",
            ],
        ),
        ("locked_twice", DeadlockKind::Cycle, &["teller", "account"]),
        (
            "join_cycle",
            DeadlockKind::Cycle,
            &["server", "cache", "logger"],
        ),
        ("forgotten_set", DeadlockKind::NobodyLeft, &[]),
        ("leaked_sender", DeadlockKind::NobodyLeft, &[]),
    ];
    assert_eq!(circles.len(), DEADLOCKS.len());
    for (program, (name, kind, circle)) in DEADLOCKS.iter().zip(circles) {
        assert_eq!(program.name, name);
        for lane in Lane::ALL {
            let stuck = play(program, lane, Clock::Simulated, program.sizes[0]);
            assert_eq!(stuck.report.kind(), kind, "{name}, {lane}");
            let mut names = Vec::new();
            for link in stuck.report.cycle() {
                names.extend(link.task().name());
                names.extend(link.through().and_then(|through| through.name()));
            }
            assert_eq!(names, circle, "{name}, {lane}");
        }
    }
}
