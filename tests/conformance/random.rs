//! Random programs, whose traces nobody knows. What holds of them all the same: the lanes agree with one another, a run can be
//! repeated, it ends or says why it cannot, and it leaves nothing behind.
//!
//! The same programs every time: 256, or as many as `PROPTEST_CASES` says. `PROPTEST_RNG_SEED` leads to others. Nothing is written to
//! files: what fails is made small, and shown in full.

use std::rc::Rc;

use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngSeed, TestCaseError, TestError, TestRunner};
use serde_json::json;

use self::strategy::programs;
use crate::program::Program;
use crate::trace::{Difference, Run};
use crate::{ASYNC_AWAIT, LANES};

mod strategy;

/// Where the programs begin unless `PROPTEST_RNG_SEED` says something else.
const SEED: RngSeed = RngSeed::Fixed(1);

/// With what the environment asks for, and 256 cases if it asks for nothing.
fn config() -> Config {
    Config {
        failure_persistence: None,
        // One program in seven or so is too much work and is made anew, however many there are to be.
        max_local_rejects: u32::MAX,
        ..Config::default()
    }
}

/// Runs a program twice in every lane.
///
/// # Errors
///
/// What does not hold.
fn check(program: &Rc<Program>) -> Result<(), String> {
    let runs = LANES.map(|lane| (lane.name, lane.run(program)));
    for ((name, run), lane) in runs.iter().zip(LANES) {
        if run.has_panicked() {
            return Err(format!("{name} panicked: {program}"));
        }
        if !run.left_behind.is_empty() {
            let left = run.left_behind.join(", ");
            return Err(format!("{name} left behind: {left}: {program}"));
        }
        same(
            program,
            [(name, run), ("the second time", &lane.run(program))],
        )?;
    }
    let [(first, expected), others @ ..] = &runs;
    for (name, run) in others {
        same(program, [(first, expected), (name, run)])?;
    }
    Ok(())
}

/// Compares everything: trace, result, the deadlock if that is the result, work, time, and what the loops told event by event.
fn same(program: &Program, runs: [(&str, &Run); 2]) -> Result<(), String> {
    match Difference::between(program, runs) {
        Some(difference) => Err(difference.to_string()),
        None => Ok(()),
    }
}

/// The program as a line of `extra.json`, where it belongs once its trace has been added.
fn line(program: &Program) -> String {
    json!(program.source).to_string()
}

#[test]
fn the_lanes_agree_on_random_programs() {
    let mut config = config();
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = SEED;
    }
    let mut runner = TestRunner::new(config);
    match runner.run(&programs(), |program| {
        check(&program).map_err(TestCaseError::fail)
    }) {
        Ok(()) => {}
        Err(TestError::Fail(why, program)) => panic!("{why}\n{}", line(&program)),
        Err(aborted) => panic!("{aborted}"),
    }
}

/// A strategy that has become tame would let everything pass.
#[test]
fn random_programs_are_worth_running() {
    let mut runner = TestRunner::new(Config {
        rng_seed: SEED,
        ..config()
    });
    let programs = programs();
    let runs: Vec<Run> = (0..100)
        .map(|_| {
            let program = programs.new_tree(&mut runner);
            let program = program.unwrap_or_else(|why| panic!("{why}"));
            ASYNC_AWAIT.run(&program.current())
        })
        .collect();
    let share = |matches: &dyn Fn(&Run) -> bool| runs.iter().filter(|run| matches(run)).count();
    let stuck = share(&Run::is_stuck);
    assert!((10..=50).contains(&stuck), "{stuck} of 100 get stuck");
    let circles = share(&|run| run.result.contains("Cycle"));
    assert!(circles > 0, "none waits for itself");
    for event in [
        "acquire s",
        "await t",
        "call ",
        "cancel t1=false",
        "cancel t1=true",
        "caught ",
        "end=!",
        "end=cancelled",
        "gather=[",
        "get q",
        "join t",
        "lock l",
        "next=",
        "put q",
        "timeout=expired",
        "timeout=ok",
        "wait e",
    ] {
        let has = |line: &String| {
            line.splitn(3, ' ')
                .nth(2)
                .is_some_and(|l| l.starts_with(event))
        };
        let some = share(&|run| run.trace.iter().any(has)) > 0;
        assert!(some, "none with `{event}`");
    }
}
