//! Every lane interprets the same programs and must leave the traces that asyncio left.
//!
//! `cargo test --test conformance -- --nocapture` prints a line for each lane; `CORPUS=path` puts another file in the place of
//! `programs.json`. The programs of `extra.json` run beside it and print only what differs. A lane is a file beside this one, and an entry in [`LANES`].

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::rc::Rc;
use std::thread;

use serde_json::{Value, json};

use self::pace::Pace;
use self::program::{Malformed, Program};
use self::trace::{Difference, Log, Run};

mod async_await;
mod census;
mod generators;
mod outcome;
mod pace;
mod program;
mod random;
mod reader;
mod soak;
mod state_machines;
mod task;
mod trace;
mod world;
mod writer;

struct Interpreter {
    name: &'static str,
    run: fn(&Rc<Program>, &Log, &Pace) -> Run,
}

const GENERATORS: Interpreter = Interpreter {
    name: "generators",
    run: generators::run,
};

const STATE_MACHINES: Interpreter = Interpreter {
    name: "state_machines",
    run: state_machines::run,
};

const ASYNC_AWAIT: Interpreter = Interpreter {
    name: "async_await",
    run: async_await::run,
};

const LANES: [Interpreter; 3] = [GENERATORS, STATE_MACHINES, ASYNC_AWAIT];

/// How many of the programs that differ are printed in full.
const SHOWN: usize = 3;

impl Interpreter {
    /// Runs a program. A panic of the lane is what came of this program and no more, so that the others have their turn.
    fn run(&self, program: &Rc<Program>) -> Run {
        self.run_at(program, &Pace::Exact)
    }

    fn run_at(&self, program: &Rc<Program>, pace: &Pace) -> Run {
        let log = Log::default();
        let run = catch_unwind(AssertUnwindSafe(|| (self.run)(program, &log, pace)));
        run.unwrap_or_else(|_| Run::panicked(&log))
    }

    fn differences<'a>(&self, programs: &'a [Rc<Program>]) -> Vec<Difference<'a>> {
        let differs = |program: &'a Rc<Program>| Difference::find(program, &self.run(program));
        programs.iter().filter_map(differs).collect()
    }

    fn check(&self, programs: &[Rc<Program>]) {
        let differ = self.differences(programs);
        // The first character ends what the test harness may have begun to write on this line.
        let (name, total, count) = (self.name, programs.len(), differ.len());
        println!("\n{name}: {total} programs, {count} differ");
        for difference in &differ {
            println!("differs: {}", difference.id());
        }
        for difference in differ.iter().take(SHOWN) {
            println!("\n{difference}");
        }
        assert!(
            differ.is_empty(),
            "{name}: {count} of {total} programs differ"
        );
    }
}

/// Lanes 1 and 3 go down the stack with every `call`, and a corpus may go deep.
const STACK: usize = 256 << 20;

fn on_a_deep_stack(test: fn()) {
    let thread = thread::Builder::new().stack_size(STACK).spawn(test);
    let ended = thread.expect("a thread can be had").join();
    ended.unwrap_or_else(|panic| resume_unwind(panic));
}

#[test]
fn generators_leave_the_traces_of_asyncio() {
    on_a_deep_stack(|| GENERATORS.check(&program::corpus()));
}

#[test]
fn state_machines_leave_the_traces_of_asyncio() {
    on_a_deep_stack(|| STATE_MACHINES.check(&program::corpus()));
}

#[test]
fn async_await_leaves_the_traces_of_asyncio() {
    on_a_deep_stack(|| ASYNC_AWAIT.check(&program::corpus()));
}

#[test]
fn every_lane_leaves_the_traces_of_the_programs_made_by_hand() {
    let programs = program::extra();
    for lane in LANES {
        let differ = lane.differences(&programs);
        let report: Vec<String> = differ.iter().map(ToString::to_string).collect();
        assert!(
            differ.is_empty(),
            "in {}:\n{}",
            lane.name,
            report.join("\n")
        );
    }
}

#[test]
fn the_lanes_do_the_same_event_by_event() {
    on_a_deep_stack(|| {
        for program in program::corpus().into_iter().chain(program::extra()) {
            let [first, others @ ..] = &LANES.map(|lane| (lane.name, lane.run(&program)));
            for other in others {
                let runs = [first, other].map(|(name, run)| (*name, run));
                if let Some(difference) = Difference::between(&program, runs) {
                    panic!("{difference}");
                }
            }
        }
    });
}

fn small_program(trace: &[&str], result: &str) -> Rc<Program> {
    let file = json!({
        "format": 1,
        "programs": [{
            "id": "small", "root": "a", "trace": trace, "result": result, "unknown": null,
            "bodies": {"a": [["print", "one"], ["sleep", 5], ["print", "two"], ["return", 7]]},
        }],
    });
    let programs = program::read(&file.to_string());
    programs
        .unwrap_or_else(|malformed| panic!("{malformed}"))
        .remove(0)
}

#[test]
fn a_line_that_differs_is_reported_and_marked() {
    let trace = ["0 0 one", "5 0 two", "5 0 end=7"];
    for lane in LANES {
        let report = |trace: &[&str], result| {
            let program = small_program(trace, result);
            let difference = Difference::find(&program, &lane.run(&program));
            difference.map(|difference| difference.to_string())
        };
        let marked = |report: Option<String>| {
            let report = report.expect("the program differs");
            let marked = report.lines().filter_map(|line| line.strip_prefix("> "));
            let columns = |line: &str| line.split('|').map(|c| c.trim().to_owned()).collect();
            marked.map(columns).collect::<Vec<Vec<String>>>()
        };
        assert_eq!(report(&trace, "7"), None);
        let other_line = report(&["0 0 one", "6 0 two", "5 0 end=7"], "7");
        assert_eq!(marked(other_line), [["6 0 two", "5 0 two"]]);
        let line_too_few = report(&trace[..2], "7");
        assert_eq!(marked(line_too_few), [["result 7", "5 0 end=7"]]);
        let other_result = report(&trace, "none");
        assert_eq!(marked(other_result), [["result none", "result 7"]]);
    }
}

#[test]
fn a_malformed_file_is_refused_with_the_place() {
    let refused = |statement: Value| {
        let file = json!({
            "format": 1,
            "programs": [{
                "id": "p", "root": "a", "bodies": {"a": [["loop", 2, [statement]]]},
                "trace": [], "result": "none",
            }],
        });
        let read = program::read(&file.to_string());
        read.err().map(|malformed| malformed.to_string())
    };
    for (statement, complaint) in [
        (
            json!(["dance"]),
            r#"p, body a: no such statement: ["dance"]"#,
        ),
        (
            json!(["sleep"]),
            r#"p, body a: no such statement: ["sleep"]"#,
        ),
        (
            json!(["sleep", "x"]),
            r#"p, body a: "x" where a number was expected"#,
        ),
        (json!(["get", "q1"]), "p, body a: there is no queue `q1`"),
        (json!(["gather", ["b"]]), "p, body a: there is no body `b`"),
    ] {
        assert_eq!(refused(statement).as_deref(), Some(complaint));
    }
    assert_eq!(refused(json!(["yield"])), None);
    let format = program::read(r#"{"format": 2, "programs": []}"#).err();
    assert_eq!(
        format,
        Some(Malformed("format 2 where 1 was expected".to_owned()))
    );
}
