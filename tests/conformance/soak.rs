//! The corpus on the real clock. It lives through every millisecond of the programs, so it is run by hand:
//!
//! ```sh
//! cargo test --test conformance real_clock -- --ignored --nocapture
//! ```
//!
//! # What is compared
//!
//! The result, and the lines of each task by itself, without times: what every task did and what came of it, who got which value, who was
//! cancelled and when seen from its own statements. Not compared is how the lines of different tasks interleave. Besides, nothing may be
//! left behind.
//!
//! # What is left out
//!
//! On the simulated clock equal deadlines are equal. On the real one they are a few microseconds apart, in an order that nobody has
//! decided, and a task that sleeps five times falls behind one that sleeps once. In some programs that decides more than an order: who gets
//! an item first, or whether a limit passes before the wait under it is over. No list says which programs these are. A program
//! that does not do what is recorded is run on the **simulated** clock, in 4000 ways to be late: every sleep and every limit takes longer
//! by a random amount, less than a millisecond. Then
//!
//! - if one of these runs gives what the real clock gave, the lanes have done what they should, and the program is counted as such;
//! - if all of them give what is recorded, lateness is no excuse: **the test fails**;
//! - if they give something else again, the program depends on lateness and cannot be compared: it is left out.
//!
//! All that holds only of runs in which nothing was late by a millisecond or more, which is enough to bring even different deadlines out of
//! order. So lateness is measured, at every statement, line and timer. If a run that was late differs, it does not count, and
//! the program is run again; after 20 such runs it is left out.
//!
//! The numbers are printed. If more than one run in a hundred had to be left out, the test fails: it would not say much.

use std::collections::BTreeMap;
use std::fmt;
use std::rc::Rc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use crate::pace::{Pace, Watch};
use crate::program::{self, Program, Source};
use crate::trace::{Difference, Run};
use crate::{Interpreter, LANES};

/// Most of them sleep most of the time; more would make one another late.
const THREADS: usize = 24;
/// What is late by that much does not count.
const MOST: Duration = Duration::from_millis(1);
/// How often a program is run if the machine is too busy.
const ATTEMPTS: usize = 20;
/// How many ways to be late are tried.
const PATTERNS: u32 = 4000;

/// What became of a program in a lane.
enum Verdict {
    AsRecorded,
    /// As on the simulated clock with some way to be late.
    AsWhenLate,
    /// On the simulated clock, ways to be late lead to something else again.
    DependsOnLateness,
    /// The machine was too busy.
    TooLate,
    Differs(String),
}

/// What is compared: the result, and the lines of each task without times.
#[derive(PartialEq, Eq)]
struct Essence {
    result: String,
    tasks: BTreeMap<String, Vec<String>>,
}

impl Essence {
    fn new(trace: &[String], result: &str) -> Self {
        let mut tasks: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for line in trace {
            let mut parts = line.splitn(3, ' ').skip(1).map(str::to_owned);
            if let (Some(path), Some(event)) = (parts.next(), parts.next()) {
                tasks.entry(path).or_default().push(event);
            }
        }
        let result = result.to_owned();
        Self { result, tasks }
    }

    fn of(run: &Run) -> Self {
        Self::new(&run.trace, &run.result)
    }

    fn recorded(Source { trace, result, .. }: &Source) -> Self {
        Self::new(trace, result)
    }
}

fn judge(lane: &Interpreter, program: &Rc<Program>) -> Verdict {
    let recorded = Essence::recorded(&program.source);
    for _ in 0..ATTEMPTS {
        let watch = Watch::new();
        let run = lane.run_at(program, &Pace::Real(Rc::clone(&watch)));
        let essence = Essence::of(&run);
        if !run.left_behind.is_empty() {
            return Verdict::Differs(difference(program, &run));
        }
        if essence == recorded {
            return Verdict::AsRecorded;
        }
        if watch.worst() < MOST {
            let excuse = excuse(lane, program, &recorded, &essence);
            return excuse.unwrap_or_else(|| Verdict::Differs(difference(program, &run)));
        }
    }
    Verdict::TooLate
}

/// Looks for a way to be late that explains what came of the program.
fn excuse(
    lane: &Interpreter,
    program: &Rc<Program>,
    recorded: &Essence,
    real: &Essence,
) -> Option<Verdict> {
    let mut excuse = None;
    for seed in 0..PATTERNS {
        let late = Essence::of(&lane.run_at(program, &Pace::late(seed, MOST)));
        if late == *real {
            return Some(Verdict::AsWhenLate);
        }
        if late != *recorded {
            excuse = Some(Verdict::DependsOnLateness);
        }
    }
    excuse
}

fn difference(program: &Program, run: &Run) -> String {
    let difference = Difference::find(program, run);
    difference.map_or_else(String::new, |difference| difference.to_string())
}

#[derive(Default)]
struct Summary {
    as_recorded: usize,
    as_when_late: Vec<String>,
    depend_on_lateness: Vec<String>,
    too_late: Vec<String>,
    differ: Vec<String>,
}

impl Summary {
    fn add(&mut self, lane: &str, id: &str, verdict: Verdict) {
        let name = format!("{lane} {id}");
        match verdict {
            Verdict::AsRecorded => self.as_recorded += 1,
            Verdict::AsWhenLate => self.as_when_late.push(name),
            Verdict::DependsOnLateness => self.depend_on_lateness.push(name),
            Verdict::TooLate => self.too_late.push(name),
            Verdict::Differs(how) => self.differ.push(format!("{lane}: {how}")),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            as_recorded,
            as_when_late,
            depend_on_lateness,
            too_late,
            differ,
        } = self;
        writeln!(f, "{as_recorded} as recorded")?;
        for (programs, what) in [
            (as_when_late, "as on the simulated clock with late timers"),
            (
                depend_on_lateness,
                "left out, since they depend on how late timers are",
            ),
            (too_late, "left out, since the machine was too busy"),
        ] {
            writeln!(f, "{} {what}: {}", programs.len(), programs.join(", "))?;
        }
        write!(f, "{} differ", differ.len())
    }
}

#[test]
#[ignore = "lives through every millisecond of the corpus"]
fn on_the_real_clock_every_task_does_what_is_recorded() {
    let corpus = program::corpus();
    let mut sources: Vec<Source> = corpus.iter().map(|p| p.source.clone()).collect();
    // The longest first, so that none of them is left for the end.
    sources.sort_by_key(|source| std::cmp::Reverse(end(source)));
    let jobs: Vec<_> = sources
        .iter()
        .flat_map(|source| LANES.map(|lane| (lane, source)))
        .collect();
    let next = AtomicUsize::new(0);
    let summary = Mutex::new(Summary::default());
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                while let Some((lane, source)) = jobs.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let program = Program::new(Source::clone(source));
                    let program = program.unwrap_or_else(|malformed| panic!("{malformed}"));
                    let verdict = judge(lane, &program);
                    let mut summary = summary.lock().expect("no thread has panicked");
                    summary.add(lane.name, &source.id, verdict);
                }
            });
        }
    });
    let summary = summary.into_inner().expect("no thread has panicked");
    println!("\n{} runs: {summary}", jobs.len());
    for difference in summary.differ.iter().take(crate::SHOWN) {
        println!("\n{difference}");
    }
    assert!(summary.differ.is_empty(), "{} differ", summary.differ.len());
    let left_out = summary.depend_on_lateness.len() + summary.too_late.len();
    assert!(
        left_out * 100 <= jobs.len(),
        "{left_out} left out: too many to call it a comparison"
    );
}

/// When the recorded run ended, in milliseconds.
fn end(source: &Source) -> u64 {
    let time = source.trace.last().and_then(|line| line.split(' ').next());
    time.and_then(|time| time.parse().ok()).unwrap_or(0)
}
