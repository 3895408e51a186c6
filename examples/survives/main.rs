//! Which executors survive which faults, found out by trying: each experiment runs in a process of its own, so that aborting and hanging
//! are seen and not guessed.
//!
//! `cargo run --release --example survives`, and `-- --help` for the rest.

use std::process::ExitCode;

use lexopt::prelude::*;

use crate::executor::{AsyncAwait, AsyncExecutor, Pool, Tokio};
use crate::props::Verdict;
use crate::table::Cell::{self, DoesNotCompile, NoSuchThing, Try};
use crate::table::{COLUMNS, Fault, WORDS, print};

mod executor;
mod generators;
mod laboratory;
mod panics;
mod props;
mod raw;
mod stuck;
mod table;
mod wakers;

const HELP: &str = "\
Tries which executors survive which faults, and prints a table in Markdown.

Usage: survives [--fault NUMBER]

  --fault NUMBER  only this fault, and nothing but its row
  --help          this text

It runs itself, with this:

  --on COLUMN     tries the fault in this very process, and prints what came of it

In a debug build a level of fault 95 takes more stack, genawaiter checks more, and the race of fault 6
is rarely lost.

The exit code is 1 when an experiment fails, and 2 when the arguments make no sense.";

/// The cells of a fault that every executor that polls can have, and maybe the generators.
macro_rules! executors {
    ($generators:expr, $module:ident :: $experiment:ident) => {
        [
            $generators,
            Try($module::$experiment::<AsyncAwait>),
            Try($module::$experiment::<Tokio>),
            Try($module::$experiment::<AsyncExecutor>),
            Try($module::$experiment::<Pool>),
            NoSuchThing,
        ]
    };
}

/// The cells of a fault that only generators can have.
const fn only_generators(generators: Cell, raw: fn() -> Verdict) -> [Cell; COLUMNS.len()] {
    let [one, two, three, four] = [NoSuchThing; 4];
    [generators, one, two, three, four, Try(raw)]
}

const FAULTS: [Fault; 21] = [
    Fault {
        number: 6,
        what: "a waker is used elsewhere while the executor is dropped",
        here: "every future is dropped, once",
        cells: executors!(NoSuchThing, wakers::used_while_the_executor_is_dropped),
    },
    Fault {
        number: 11,
        what: "a loop over what is always ready",
        here: "nothing: a step is never taken away, and the loop keeps the thread",
        cells: executors!(Try(generators::always_ready), stuck::always_ready),
    },
    Fault {
        number: 15,
        what: "a foreign waker panics when it is used",
        here: "the task's value; others go on",
        cells: executors!(NoSuchThing, wakers::wake_panics),
    },
    Fault {
        number: 16,
        what: "a waker is used in a thread-local destructor",
        here: "the task is woken",
        cells: executors!(NoSuchThing, wakers::used_in_a_thread_local_destructor),
    },
    Fault {
        number: 19,
        what: "a task panics that nobody waits for",
        here: "the panic's message; others go on",
        cells: executors!(
            Try(generators::in_a_detached_task),
            panics::in_a_detached_task
        ),
    },
    Fault {
        number: 21,
        what: "a future is ready, and its destructor panics",
        here: "the panic's message; others go on",
        cells: executors!(Try(generators::after_ready), panics::after_ready),
    },
    Fault {
        number: 22,
        what: "the destructor of a cancelled task panics",
        here: "`JoinError::Panicked`; others go on",
        cells: executors!(
            Try(generators::in_an_aborted_task),
            panics::in_an_aborted_task
        ),
    },
    Fault {
        number: 23,
        what: "one of three destructors panics while the executor is dropped",
        here: "the panic, when all three have run",
        cells: executors!(
            Try(generators::while_the_executor_is_dropped),
            panics::while_the_executor_is_dropped
        ),
    },
    Fault {
        number: 29,
        what: "destructors spawn while the executor is dropped, 300,000 deep",
        here: "all are dropped",
        cells: executors!(NoSuchThing, panics::destructors_that_spawn),
    },
    Fault {
        number: 39,
        what: "nothing can ever run again",
        here: "`Deadlock`, with who waits for what",
        cells: executors!(Try(generators::nobody_left), stuck::nobody_left),
    },
    Fault {
        number: 51,
        what: "two tasks await each other",
        here: "`Deadlock`, with the circle",
        cells: executors!(
            Try(generators::two_await_each_other),
            stuck::two_await_each_other
        ),
    },
    Fault {
        number: 52,
        what: "a task awaits its own handle",
        here: "`JoinError::OwnHandle`",
        cells: executors!(Try(generators::awaits_itself), stuck::awaits_itself),
    },
    Fault {
        number: 69,
        what: "a place in a lock's line is kept and not looked after (futurelock)",
        here: "`Deadlock`; in `generators` a panic that says that one wait is still out",
        cells: [
            Try(generators::set_aside_in_line),
            Try(stuck::set_aside_is_reported::<AsyncAwait>),
            Try(stuck::set_aside_does_no_harm::<Tokio>),
            NoSuchThing,
            Try(stuck::set_aside_does_no_harm::<Pool>),
            NoSuchThing,
        ],
    },
    Fault {
        number: 76,
        what: "a task sends to itself through a full channel",
        here: "`Deadlock`, with who waits for what",
        cells: executors!(Try(generators::sends_to_itself), stuck::sends_to_itself),
    },
    Fault {
        number: 86,
        what: "`next` after `None`",
        here: "`None`, for ever",
        cells: only_generators(
            Try(generators::asked_after_the_end),
            raw::asked_after_the_end,
        ),
    },
    Fault {
        number: 87,
        what: "a yield after the end, in a destructor, or never awaited",
        here: "it does not compile, panics and says so, or has asked for nothing",
        cells: only_generators(
            Try(generators::yields_into_nothing),
            raw::yields_into_nothing,
        ),
    },
    Fault {
        number: 88,
        what: "a generator awaits a foreign future",
        here: "a panic that says so, in this task only",
        cells: only_generators(
            Try(generators::foreign_future_first),
            raw::foreign_future_first,
        ),
    },
    Fault {
        number: 89,
        what: "the same, after it has yielded",
        here: "the same",
        cells: only_generators(
            Try(generators::foreign_future_later),
            raw::foreign_future_later,
        ),
    },
    Fault {
        number: 90,
        what: "two yields at once",
        here: "a panic that names both, in this task only",
        cells: only_generators(Try(generators::two_at_once), raw::two_at_once),
    },
    Fault {
        number: 91,
        what: "a generator yields through the `Co` of another",
        here: "it does not compile",
        cells: only_generators(DoesNotCompile, raw::with_the_co_of_another),
    },
    Fault {
        number: 95,
        what: "a coroutine delegates 100,000 levels deep",
        here: "levels are on the stack; a task for each goes as deep as there is memory",
        cells: [
            Try(generators::deep_delegation),
            Try(stuck::deep_awaits::<AsyncAwait>),
            Try(stuck::deep_awaits::<Tokio>),
            Try(stuck::deep_awaits::<AsyncExecutor>),
            Try(stuck::deep_awaits::<Pool>),
            Try(raw::deep_delegation),
        ],
    },
];

#[derive(Default)]
struct Options {
    fault: Option<&'static Fault>,
    /// An experiment to carry out in this process.
    experiment: Option<fn() -> Verdict>,
}

fn unknown(what: &str, name: &str, names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    format!(
        "there is no {what} `{name}`; there are: {}",
        names.join(", ")
    )
}

fn parse() -> Result<Option<Options>, String> {
    let mut options = Options::default();
    let mut column = None;
    let mut arguments = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Long("fault") => {
                let number = arguments.value().and_then(|number| number.string());
                let number = number.map_err(text)?;
                let fault = FAULTS.iter().find(|f| f.number.to_string() == number);
                let numbers = FAULTS.iter().map(|f| f.number.to_string());
                let fault = fault.ok_or_else(|| unknown("experiment for fault", &number, numbers));
                options.fault = Some(fault?);
            }
            Long("on") => {
                let name = arguments.value().and_then(|name| name.string());
                let name = name.map_err(text)?;
                let place = COLUMNS.iter().position(|(column, _)| *column == name);
                let names = COLUMNS.iter().map(|(column, _)| (*column).to_owned());
                column = Some(place.ok_or_else(|| unknown("column", &name, names))?);
            }
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    if let Some(column) = column {
        let fault = options.fault.ok_or("--on needs a --fault, too")?;
        let Try(experiment) = fault.cells[column] else {
            let (name, number) = (COLUMNS[column].0, fault.number);
            return Err(format!(
                "on {name} there is nothing to try for fault {number}"
            ));
        };
        options.experiment = Some(experiment);
    }
    Ok(Some(options))
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("survives: {error}\n\nTry --help.");
            return ExitCode::from(2);
        }
    };
    if let Some(experiment) = options.experiment {
        return match laboratory::carry_out(experiment) {
            Ok(verdict) => {
                println!("{verdict}");
                ExitCode::SUCCESS
            }
            Err(error) => {
                eprintln!("{error}");
                ExitCode::FAILURE
            }
        };
    }
    let good = match options.fault {
        Some(fault) => print(&[fault]),
        None => {
            let good = print(&FAULTS.iter().collect::<Vec<_>>());
            println!("\n{WORDS}");
            good
        }
    };
    ExitCode::from(u8::from(!good))
}
