//! Every program, in every size and lane: the lines and the value that CPython gave, and the same steps and spawns in each lane.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;
use yield_to_await::programs::{Lane, Line, PROGRAMS, Program, Run};
use yield_to_await::{Clock, Counts, Setup};

use self::report::without_places;

#[path = "lanes/report.rs"]
mod report;

fn run(program: &Program, lane: Lane, size: usize) -> Run {
    let setup = Setup::new().clock(Clock::Simulated);
    program
        .run(lane, setup, size)
        .unwrap_or_else(|deadlock| panic!("{} in {lane}: {deadlock}", program.name))
}

fn lines(trace: &[Line]) -> Vec<String> {
    trace.iter().map(Line::to_string).collect()
}

/// What CPython did, recorded by `tests/asyncio/record.py`.
#[derive(Deserialize)]
struct Recorded {
    program: String,
    size: usize,
    trace: Vec<(u64, String, String)>,
    value: String,
}

fn recorded() -> BTreeMap<(String, usize), (Vec<String>, String)> {
    let all: Vec<Recorded> = serde_json::from_str(include_str!("asyncio/recorded.json")).unwrap();
    let entry = |run: Recorded| {
        let line = |(ms, task, text): &(u64, String, String)| {
            format!("{ms:>5} ms  {task:<9} {text}")
                .trim_end()
                .to_owned()
        };
        let trace = run.trace.iter().map(line).collect();
        ((run.program, run.size), (trace, run.value))
    };
    all.into_iter().map(entry).collect()
}

#[test]
fn every_lane_does_what_cpython_does() {
    let recorded = recorded();
    for program in PROGRAMS {
        for &size in program.sizes {
            let name = program.name;
            let (trace, value) = recorded.get(&(name.to_owned(), size)).unwrap_or_else(|| {
                panic!("no recording of {name} in size {size}: run tests/asyncio/record.py")
            });
            for lane in Lane::ALL {
                let run = run(program, lane, size);
                assert_eq!(lines(&run.trace), *trace, "{name}, size {size}, {lane}");
                assert_eq!(run.value, *value, "{name}, size {size}, {lane}");
            }
        }
    }
}

#[test]
fn every_recording_has_its_program() {
    for (name, size) in recorded().into_keys() {
        let program = Program::find(&name);
        let program = program.unwrap_or_else(|| panic!("{name} is recorded and not in the table"));
        assert!(program.sizes.contains(&size), "{name}, size {size}");
    }
}

#[test]
fn every_lane_takes_the_same_steps_and_spawns() {
    for program in PROGRAMS {
        for &size in program.sizes {
            let [first, others @ ..] = Lane::ALL.map(|lane| comparable(run(program, lane, size)));
            for (other, lane) in others.iter().zip(&Lane::ALL[1..]) {
                assert_eq!(*other, first, "{}, size {size}, {lane}", program.name);
            }
        }
    }
}

/// What is equal in every lane: all of a run but the places in its exit report.
fn comparable(run: Run) -> (Vec<Line>, String, Counts, Duration, String) {
    let exit = without_places(&run.exit);
    (run.trace, run.value, run.counts, run.elapsed, exit)
}

/// What `left_behind` leaves behind: the exit report without its places. Its page shows it.
const LEFT_BEHIND: [&str; 2] = [
    "still pending: task 1 `heartbeat`, spawned at .., has waited since 2.1s for the clock to reach 2.8s",
    "never read: task 3 `b`, spawned at ..: the task returned an error, in a `core::result::Result<(), alloc::boxed::Box<dyn core::error::Error>>`",
];

#[test]
fn one_program_leaves_a_task_behind_and_no_other_leaves_anything() {
    for program in PROGRAMS {
        let expected = match program.name {
            "left_behind" => &LEFT_BEHIND[..1],
            _ => &[],
        };
        for &size in program.sizes {
            for lane in Lane::ALL {
                let exit = run(program, lane, size).exit;
                let left = without_places(&exit);
                let left: Vec<_> = left.lines().take(expected.len().max(1)).collect();
                assert_eq!(left, expected, "{}, size {size}, {lane}", program.name);
            }
        }
    }
}

#[test]
fn one_program_leaves_an_unread_error_behind_in_the_same_words_in_every_lane() {
    let program = Program::find("left_behind").unwrap();
    for lane in Lane::ALL {
        let exit = run(program, lane, 1).exit;
        assert_eq!(without_places(&exit), LEFT_BEHIND.join("\n"), "{lane}");
        assert_eq!(
            (exit.pending.total(), exit.unread.total()),
            (1, 1),
            "{lane}"
        );
        assert_eq!(exit.slow_steps.total(), 0, "{lane}");
    }
}

#[test]
fn the_exit_report_in_the_docs_is_the_expected_one() {
    let page = include_str!("../src/programs/left_behind.rs");
    for line in LEFT_BEHIND {
        assert!(
            page.contains(&format!("//! {line}\n")),
            "its page lacks {line}"
        );
    }
}

#[test]
fn every_run_is_the_same_twice() {
    for program in PROGRAMS {
        for lane in Lane::ALL {
            let size = program.sizes[program.sizes.len() - 1];
            assert_eq!(run(program, lane, size), run(program, lane, size));
        }
    }
}

#[test]
fn the_traces_in_the_docs_are_the_recorded_ones() {
    let recorded = recorded();
    for program in PROGRAMS {
        let sections = program.expected();
        assert!(!sections.is_empty(), "{} shows no trace", program.name);
        for section in sections {
            let size = section.size.unwrap_or(program.sizes[0]);
            let (trace, value) = &recorded[&(program.name.to_owned(), size)];
            assert_eq!(
                (&section.trace, &section.value),
                (trace, value),
                "{}",
                program.name
            );
        }
    }
}

/// The facts of a source document's program: what CPython printed, and when.
#[derive(Deserialize)]
struct Seed {
    seed: String,
    lines: Vec<(u64, String)>,
    returns: Option<String>,
    end_ms: u64,
}

/// The loop's time as a wall clock shows it stands for whatever the wall clock showed.
fn same_text(expected: &str, actual: &str) -> bool {
    let Some(before) = expected.strip_suffix("<clock>") else {
        return expected == actual;
    };
    let clock = actual.strip_prefix(before).unwrap_or_default();
    let shape = |c: char| if c.is_ascii_digit() { '9' } else { c };
    clock.chars().map(shape).eq("99:99:99".chars())
}

#[test]
fn every_program_of_the_source_documents_is_played() {
    let seeds: Vec<Seed> = serde_json::from_str(include_str!("asyncio/seeds.json")).unwrap();
    assert_eq!(seeds.len(), 22);
    for Seed {
        seed,
        lines,
        returns,
        end_ms,
    } in seeds
    {
        for lane in Lane::ALL {
            // A document's program may be played by several of ours, one after the other.
            let parts: Vec<Run> = PROGRAMS
                .iter()
                .flat_map(|program| program.seeds.iter().map(move |part| (program, part)))
                .filter(|(_, (name, _))| *name == seed)
                .map(|(program, (_, size))| run(program, lane, *size))
                .collect();
            assert!(!parts.is_empty(), "no program plays {seed}");
            let played = parts.iter().flat_map(|part| &part.trace);
            let played: Vec<_> = played
                .map(|line| (line.at.as_millis(), &line.text))
                .collect();
            assert_eq!(played.len(), lines.len(), "{seed}, {lane}: {played:?}");
            for ((at, text), (ms, expected)) in played.iter().zip(&lines) {
                assert_eq!(*at, u128::from(*ms), "{seed}, {lane}: {text}");
                assert!(
                    same_text(expected, text),
                    "{seed}, {lane}: {expected} / {text}"
                );
            }
            if let Some(returns) = &returns {
                assert_eq!(parts[0].value, *returns, "{seed}, {lane}");
            }
            let elapsed = parts
                .iter()
                .map(|part| part.elapsed.as_millis())
                .sum::<u128>();
            assert_eq!(elapsed, u128::from(end_ms), "{seed}, {lane}");
        }
    }
}
