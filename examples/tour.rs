//! Every program, in all three lanes, held against each other and against what CPython printed.
//!
//! `cargo run --release --example tour`, and `-- --help` for the rest.

use std::fmt::Display;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use yield_to_await::programs::{Expected, Lane, Line, PROGRAMS, Program, Run};
use yield_to_await::{Clock, Setup};

const HELP: &str = "\
Runs every program in all three lanes, and checks the traces against each other and against what CPython's asyncio printed.

Usage: tour [--lane LANE] [--program PROGRAM] [--real]

  --lane LANE        only this lane: generators, state_machines or async_await
  --program PROGRAM  only this program
  --real             on the real clock: the lines come in the same order, but the sleeps really take their time
  --help             this text

The exit code is 1 when anything differs, and 2 when the arguments make no sense.";

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
        programs: PROGRAMS.iter().collect(),
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
                let names = PROGRAMS.iter().map(|program| program.name);
                let program =
                    Program::find(&name).ok_or_else(|| unknown("program", &name, names))?;
                options.programs = vec![program];
            }
            Long("real") => options.clock = Clock::Real,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Some(options))
}

/// A program in one size: what CPython did, and what each lane does.
struct Visit {
    program: &'static Program,
    expected: Expected,
    runs: Vec<thread::JoinHandle<Result<Run, String>>>,
}

/// Begins all visits at once, each lane on a thread of its own: on the real clock they mostly sleep.
fn begin(options: &Options) -> Vec<Visit> {
    let mut visits = Vec::new();
    for program in &options.programs {
        for expected in program.expected() {
            let size = expected.size.unwrap_or(program.sizes[0]);
            let setup = Setup::new().clock(options.clock);
            let runs = options.lanes.iter().map(|&lane| {
                let (program, setup) = (**program, setup.clone());
                thread::spawn(move || program.run(lane, setup, size).map_err(|e| e.to_string()))
            });
            let runs = runs.collect();
            visits.push(Visit {
                program,
                expected,
                runs,
            });
        }
    }
    visits
}

/// A line as it is compared: on the real clock without its time.
fn comparable(line: &str, clock: Clock) -> &str {
    match clock {
        Clock::Real => line.split_once(" ms ").map_or(line, |(_, rest)| rest),
        _ => line,
    }
}

/// What tells a run from what was expected of it, line by line.
fn differences(expected: &Expected, run: &Run, clock: Clock) -> Vec<String> {
    let lines: Vec<String> = run.trace.iter().map(Line::to_string).collect();
    let mut differences = Vec::new();
    for i in 0..lines.len().max(expected.trace.len()) {
        let (want, got) = (expected.trace.get(i), lines.get(i));
        if want.map(|line| comparable(line, clock)) != got.map(|line| comparable(line, clock)) {
            let show = |line: Option<&String>| line.map_or("(nothing)", String::as_str).to_owned();
            differences.push(format!(
                "CPython {}\n     here    {}",
                show(want),
                show(got)
            ));
        }
    }
    if run.value != expected.value {
        differences.push(format!(
            "CPython returns {}, here {}",
            expected.value, run.value
        ));
    }
    differences
}

#[derive(Default)]
struct Totals {
    runs: usize,
    differing: usize,
    steps: u64,
    spawns: u64,
    elapsed: Duration,
}

impl Totals {
    /// Prints one visit and adds it up.
    fn add(&mut self, visit: Visit, options: &Options) {
        let Visit {
            program,
            expected,
            runs,
        } = visit;
        let size = expected
            .size
            .map_or(String::new(), |size| format!(", size {size}"));
        println!("\n{}{size}: {}", program.name, program.shows);
        let mut finished: Vec<(Lane, Run)> = Vec::new();
        let mut complaints = Vec::new();
        for (&lane, run) in options.lanes.iter().zip(runs) {
            self.runs += 1;
            let run = run.join().unwrap_or_else(|_| Err("it panicked".to_owned()));
            let differences = match &run {
                Ok(run) => differences(&expected, run, options.clock),
                Err(report) => vec![report.clone()],
            };
            self.differing += usize::from(!differences.is_empty());
            complaints.extend(differences.into_iter().map(|difference| (lane, difference)));
            finished.extend(run.map(|run| (lane, run)));
        }
        if expected.trace.is_empty() {
            println!("   (no lines)");
        }
        for line in finished.first().map_or(&[][..], |(_, run)| &run.trace) {
            println!("   {line}");
        }
        for (lane, difference) in &complaints {
            println!("   {lane} DIFFERS: {difference}");
        }
        let Some((_, first)) = finished.first() else {
            return;
        };
        let names = finished.iter().map(|(lane, _)| lane.name());
        let verdict: Vec<_> = if complaints.is_empty() {
            names.chain(["CPython"]).collect()
        } else {
            vec!["not equal"]
        };
        println!("   returns {}", first.value);
        let left = first.exit.to_string();
        if !left.is_empty() {
            println!("   left behind, in {}:", finished[0].0);
            for line in left.lines() {
                println!("     {line}");
            }
        }
        println!(
            "   {} | steps {}, spawns {}",
            verdict.join(" = "),
            first.counts.steps,
            first.counts.spawns
        );
        for (lane, run) in &finished {
            if run.counts != first.counts && options.clock == Clock::Simulated {
                self.differing += 1;
                println!(
                    "   {lane} DIFFERS: steps {}, spawns {}",
                    run.counts.steps, run.counts.spawns
                );
            }
            self.steps += run.counts.steps;
            self.spawns += run.counts.spawns;
            self.elapsed += run.elapsed;
        }
    }
}

fn complain(error: impl Display) -> ExitCode {
    eprintln!("tour: {error}\n\nTry --help.");
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
    let began = Instant::now();
    let mut totals = Totals::default();
    for visit in begin(&options) {
        totals.add(visit, &options);
    }
    let Totals {
        runs,
        differing,
        steps,
        spawns,
        elapsed,
    } = totals;
    let verdict = match differing {
        0 => "all equal, and equal to CPython's traces".to_owned(),
        n => format!("{n} DIFFER"),
    };
    println!(
        "\nprograms {}, lanes {}, runs {runs}: {verdict}; steps {steps}, spawns {spawns}; {:.0} s of loop time in {:.2} s",
        options.programs.len(),
        options.lanes.len(),
        elapsed.as_secs_f64(),
        began.elapsed().as_secs_f64(),
    );
    ExitCode::from(u8::from(differing > 0))
}
