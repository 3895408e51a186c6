//! Programs that get stuck, and what the report says of each.
//!
//! `cargo run --example deadlock`, and `-- --help` for the rest.

use std::fmt::Display;
use std::process::ExitCode;

use lexopt::prelude::*;
use yield_to_await::programs::{DEADLOCKS, Lane, Line, Log, Program};
use yield_to_await::{Clock, Deadlock, Setup};

const HELP: &str = "\
Runs programs that get stuck, in all three lanes, and prints the report of lane 3. In asyncio each of them would hang.

Usage: deadlock [--program PROGRAM] [--lane LANE] [--real]

  --program PROGRAM  only this program
  --lane LANE        only this lane, and its report: generators, state_machines or async_await
  --real             on the real clock
  --help             this text

The exit code is 1 when the lanes' reports differ, or a program does not get stuck, and 2 when the arguments make no sense.";

struct Options {
    lanes: Vec<Lane>,
    programs: Vec<&'static Program>,
    clock: Clock,
}

fn unknown(what: &str, name: &str, names: impl Iterator<Item = &'static str>) -> String {
    let names: Vec<_> = names.collect();
    format!(
        "there is no {what} `{name}`; there are: {}",
        names.join(", ")
    )
}

fn parse() -> Result<Option<Options>, String> {
    let mut options = Options {
        lanes: Lane::ALL.to_vec(),
        programs: DEADLOCKS.iter().collect(),
        clock: Clock::Simulated,
    };
    let mut arguments = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Long("lane") => {
                let name = arguments
                    .value()
                    .and_then(|name| name.string())
                    .map_err(text)?;
                let lane = Lane::ALL.into_iter().find(|lane| lane.name() == name);
                let names = Lane::ALL.into_iter().map(Lane::name);
                options.lanes = vec![lane.ok_or_else(|| unknown("lane", &name, names))?];
            }
            Long("program") => {
                let name = arguments
                    .value()
                    .and_then(|name| name.string())
                    .map_err(text)?;
                let program = DEADLOCKS.iter().find(|program| program.name == name);
                let names = DEADLOCKS.iter().map(|program| program.name);
                options.programs = vec![program.ok_or_else(|| unknown("program", &name, names))?];
            }
            Long("real") => options.clock = Clock::Real,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Some(options))
}

/// A run of one lane: what it wrote, and why it could not go on.
struct Stuck {
    lane: Lane,
    lines: Vec<Line>,
    report: Deadlock,
}

fn play(program: &Program, lane: Lane, clock: Clock) -> Result<Stuck, String> {
    let log = Log::new();
    let setup = Setup::new().clock(clock);
    match program.form(lane)(setup, log.clone(), program.sizes[0]).outcome {
        Ok(value) => Err(format!("{lane} DOES NOT GET STUCK: it returns {value}")),
        Err(report) => Ok(Stuck {
            lane,
            lines: log.take(),
            report,
        }),
    }
}

/// A report as it is compared: without the places, of which each lane has its own, and on the real clock without the durations.
fn comparable(report: &Deadlock, clock: Clock) -> String {
    let report = report.to_string();
    let mut before = "";
    let words = report.split(' ').map(|word| {
        let is_duration = before == "since" && clock == Clock::Real;
        before = word;
        if is_duration || word.contains(".rs:") {
            ".."
        } else {
            word
        }
    });
    words.collect::<Vec<_>>().join(" ")
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("   {line}\n")).collect()
}

/// Runs a program and prints what came of it; whether all was as it should be.
fn show(program: &Program, options: &Options) -> bool {
    println!("\n{}: {}", program.name, program.shows);
    println!("read src/programs/deadlocks/{}.rs\n", program.name);
    let runs = options.lanes.iter();
    let runs: Result<Vec<_>, _> = runs
        .map(|lane| play(program, *lane, options.clock))
        .collect();
    let runs = match runs {
        Ok(runs) => runs,
        Err(complaint) => {
            println!("   {complaint}");
            return false;
        }
    };
    let (last, others) = runs.split_last().expect("at least one lane is run");
    for line in &last.lines {
        println!("   {line}");
    }
    println!("\n{}", indent(&last.report.to_string()));
    let expected = comparable(&last.report, options.clock);
    let mut equal = true;
    for other in others {
        let report = comparable(&other.report, options.clock);
        if report != expected {
            equal = false;
            println!("   {} DIFFERS:\n{}", other.lane, indent(&report));
        }
    }
    let names: Vec<_> = runs.iter().map(|run| run.lane.name()).collect();
    match (names.len(), equal) {
        (1, _) => println!("   {}", names[0]),
        (_, true) => println!("   {}: equal, but for the places", names.join(" = ")),
        (_, false) => println!("   not equal"),
    }
    equal
}

fn complain(error: impl Display) -> ExitCode {
    eprintln!("deadlock: {error}\n\nTry --help.");
    ExitCode::from(2)
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => return complain(error),
    };
    let wrong = options
        .programs
        .iter()
        .filter(|program| !show(program, &options));
    ExitCode::from(u8::from(wrong.count() > 0))
}
