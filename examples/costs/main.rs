//! What coroutines cost, in figures that do not wobble: steps, allocations, bytes, instructions, memory.
//!
//! `cargo run --release --example costs`, and `-- --help` for the rest. Times are what the benches are for.

use std::process::ExitCode;

use lexopt::prelude::*;
use yield_to_await::programs::{Lane, PROGRAMS, Program};

use crate::idle::{KEEPERS, Keeper};
use crate::instructions::Job;

mod coroutines;
mod idle;
mod instructions;
mod memory;
mod operations;
mod programs;
mod table;

const HELP: &str = "\
Prints what coroutines cost, in figures that do not wobble.

Usage: costs [--program PROGRAM] [--tasks N] [--no-valgrind] [--no-memory]

  --program PROGRAM  only this program, and nothing but its row
  --tasks N          as many idle tasks for the memory table (1000000)
  --no-valgrind      count no instructions
  --no-memory        leave the memory table out
  --help             this text

It runs itself, with these:

  --idle KEEPER      keeps idle tasks in this very process, and prints the bytes of a task, the most that was
                     asked of the allocator, and what the resident memory grew by
  --watched          runs every program, for valgrind to count

The exit code is 1 when lanes differ or a keeper fails, and 2 when the arguments make no sense.";

const ABOUT_MEMORY: &str = "\
In all: with the future. Asked of the allocator: the most at a time, while a table grows, say.
Resident: with what malloc itself needs; it alone depends on the machine. The floor has no
wakers, handles, names or cancelling. A coroutine of lane 1 cannot wait for nothing: all stand
in the line of one event, which is part of the figure.";

/// A loop holds 2^24 live tasks, and the root is one.
const MOST: usize = (1 << 24) - 1;

struct Options {
    program: Option<&'static Program>,
    tasks: usize,
    valgrind: bool,
    memory: bool,
    idle: Option<&'static Keeper>,
    watched: bool,
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
        program: None,
        tasks: 1_000_000,
        valgrind: true,
        memory: true,
        idle: None,
        watched: false,
    };
    let mut arguments = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Long("program") => {
                let name = arguments.value().and_then(|name| name.string());
                let name = name.map_err(text)?;
                let names = PROGRAMS.iter().map(|program| program.name);
                let program = Program::find(&name);
                options.program = Some(program.ok_or_else(|| unknown("program", &name, names))?);
            }
            Long("tasks") => {
                let tasks = arguments.value().and_then(|tasks| tasks.parse());
                options.tasks = tasks.map_err(text)?;
                if !(1..=MOST).contains(&options.tasks) {
                    return Err(format!("--tasks {}: from 1 to {MOST}", options.tasks));
                }
            }
            Long("no-valgrind") => options.valgrind = false,
            Long("no-memory") => options.memory = false,
            Long("idle") => {
                let name = arguments.value().and_then(|name| name.string());
                let name = name.map_err(text)?;
                let names = KEEPERS.iter().map(|keeper| keeper.name);
                let keeper = KEEPERS.iter().find(|keeper| keeper.name == name);
                options.idle = Some(keeper.ok_or_else(|| unknown("keeper", &name, names))?);
            }
            Long("watched") => options.watched = true,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Some(options))
}

fn programs(options: &Options) -> Vec<&'static Program> {
    match options.program {
        Some(program) => vec![program],
        None => PROGRAMS.iter().collect(),
    }
}

/// What valgrind is to count: the programs, and the operations unless a program was asked for.
fn jobs(options: &Options) -> Vec<Job> {
    let mut jobs = programs::jobs(&programs(options));
    if options.program.is_none() {
        jobs.extend(operations::jobs());
    }
    jobs
}

/// Prints all tables; whether everything is as it should be.
fn print(options: &Options) -> bool {
    println!("Lane 1 is generators, lane 2 state_machines, lane 3 async_await.\n");
    println!("== A run of every program ==\n");
    let programs = programs(options);
    let jobs = jobs(options).len();
    let instructions = match (options.valgrind, options.program) {
        (false, _) => Err("--no-valgrind".to_owned()),
        (true, None) => instructions::count(jobs, &["--watched"]),
        (true, Some(program)) => {
            instructions::count(jobs, &["--watched", "--program", program.name])
        }
    };
    let counted = instructions.as_deref().ok();
    let counted = counted.map(|counted| counted.split_at(Lane::ALL.len() * programs.len()));
    let mut good = programs::print(&programs, counted.map(|(of_programs, _)| of_programs));
    println!();
    println!("Steps and spawns are the same in every lane.");
    match &instructions {
        Ok(_) => println!(
            "Instructions: of a whole run, its beginning and end too, over its steps; with the counter's own."
        ),
        Err(reason) => println!("Instructions left out: {reason}."),
    }
    if options.program.is_some() {
        return good;
    }
    println!("\n== One more operation ==\n");
    operations::print(counted.map(|(_, of_operations)| of_operations));
    println!("\n== A coroutine, in bytes ==\n");
    coroutines::print();
    if options.memory {
        println!("\n== An idle task, of {}, in bytes ==\n", options.tasks);
        good &= memory::print(options.tasks);
        println!();
        println!("{ABOUT_MEMORY}");
    }
    good
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("costs: {error}\n\nTry --help.");
            return ExitCode::from(2);
        }
    };
    if let Some(keeper) = options.idle {
        memory::run_one(keeper, options.tasks);
        return ExitCode::SUCCESS;
    }
    if options.watched {
        instructions::run_all(&jobs(&options));
        return ExitCode::SUCCESS;
    }
    ExitCode::from(u8::from(!print(&options)))
}
