//! Ten million tasks sleep at once, each for a time of its own, and all wake up.
//!
//! `cargo run --release --example ten_million`, and `-- --help` for the rest. Put the three forms of the sleeper below side by side: what
//! they do is the same, and the memory they need is not.

use std::cell::Cell;
use std::fs;
use std::io::{self, IsTerminal, Write};
use std::pin::Pin;
use std::process::ExitCode;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use lexopt::prelude::*;
use yield_to_await::programs::Lane;
use yield_to_await::{Clock, Report, Setup};
use yield_to_await::{async_await as aw, generators as g, state_machines as sm};

const HELP: &str = "\
Ten million tasks sleep at once, each for a time of its own, and all wake up.

Usage: ten_million [--lane LANE] [--tasks N] [--real]

  --lane LANE  generators, state_machines or async_await (the default)
  --tasks N    that many instead, up to 16777215
  --real       on the real clock: the tasks sleep for one to two seconds
  --help       this text

In a debug build it takes ten times as long. The exit code is 2 when the arguments make no sense.";

/// A loop holds 2^24 live tasks, and the root is one.
const MOST: usize = (1 << 24) - 1;

struct Options {
    lane: Lane,
    tasks: usize,
    clock: Clock,
}

fn parse() -> Result<Option<Options>, String> {
    let mut options = Options {
        lane: Lane::AsyncAwait,
        tasks: 10_000_000,
        clock: Clock::Simulated,
    };
    let mut arguments = lexopt::Parser::from_env();
    let text = |error: lexopt::Error| error.to_string();
    while let Some(argument) = arguments.next().map_err(text)? {
        match argument {
            Long("lane") => {
                let name = arguments.value().and_then(|name| name.string());
                let name = name.map_err(text)?;
                let lane = Lane::ALL.into_iter().find(|lane| lane.name() == name);
                let names = Lane::ALL.map(Lane::name).join(", ");
                options.lane =
                    lane.ok_or_else(|| format!("there is no lane `{name}`; there are: {names}"))?;
            }
            Long("tasks") => {
                let tasks = arguments.value().and_then(|tasks| tasks.parse());
                options.tasks = tasks.map_err(text)?;
                if !(1..=MOST).contains(&options.tasks) {
                    return Err(format!(
                        "--tasks {}: from 1 to {MOST}, because a loop holds at most 2^24 live tasks, the root among them",
                        options.tasks
                    ));
                }
            }
            Long("real") => options.clock = Clock::Real,
            Short('h') | Long("help") => return Ok(None),
            _ => return Err(argument.unexpected().to_string()),
        }
    }
    Ok(Some(options))
}

/// The `index`th task's sleep: between one and two seconds, spread by a step that is prime to a million, so that no order helps the timers.
fn nap(index: usize) -> Duration {
    let micros = index as u64 * 618_033 % 1_000_000;
    Duration::from_secs(1) + Duration::from_micros(micros)
}

/// What the kernel says of this process, in bytes: `VmRSS` is the memory it has now, `VmHWM` the most it ever had.
fn memory(field: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with(field))?;
    let kib: u64 = line.split_whitespace().nth(1)?.parse().ok()?;
    Some(kib * 1024)
}

/// Where the tasks sleep. `all_up` is the lane's event that the root waits for.
struct Hall<E> {
    beds: usize,
    made: Cell<usize>,
    asleep: Cell<usize>,
    up: Cell<usize>,
    all_up: E,
    /// On a terminal only: elsewhere it would be noise.
    has_bar: bool,
    began: Instant,
    memory_before: Option<u64>,
    memory_asleep: Cell<Option<u64>>,
}

impl<E> Hall<E> {
    fn new(beds: usize, all_up: E) -> Rc<Self> {
        Rc::new(Self {
            beds,
            made: Cell::new(0),
            asleep: Cell::new(0),
            up: Cell::new(0),
            all_up,
            has_bar: io::stderr().is_terminal(),
            began: Instant::now(),
            memory_before: memory("VmRSS:"),
            memory_asleep: Cell::new(None),
        })
    }

    fn count(&self, counter: &Cell<usize>, doing: &str) -> usize {
        let count = counter.get() + 1;
        counter.set(count);
        if self.has_bar && (count.is_multiple_of(1 << 16) || count == self.beds) {
            let done = count * 40 / self.beds;
            eprint!("\r{doing:<14} [{:<40}] {count:>9}", "=".repeat(done));
            let _ = io::stderr().flush(); // a bar that cannot be drawn is no reason to stop
        }
        count
    }

    fn make_bed(&self) {
        self.count(&self.made, "spawning");
    }

    fn lie_down(&self) {
        if self.count(&self.asleep, "falling asleep") == self.beds {
            self.memory_asleep.set(memory("VmRSS:"));
        }
    }

    /// Gives the last one who gets up the event to set.
    fn get_up(&self) -> Option<&E> {
        (self.count(&self.up, "waking up") == self.beds).then_some(&self.all_up)
    }

    fn print(&self, options: &Options, report: &Report<()>) {
        if self.has_bar {
            eprint!("\r{:70}\r", "");
        }
        let unknown = || "unknown: there is no /proc/self/status here".to_owned();
        let growth = self.memory_asleep.get().zip(self.memory_before);
        let each = growth.map(|(asleep, before)| {
            let bytes = asleep.saturating_sub(before) / self.beds as u64;
            format!("{bytes} bytes of memory, asleep")
        });
        let peak =
            memory("VmHWM:").map(|peak| format!("{:.2} GiB", peak as f64 / f64::from(1 << 30)));
        let clock = match options.clock {
            Clock::Real => "real",
            _ => "simulated",
        };
        println!("lane         {}", options.lane);
        println!("tasks        {}, all woken", self.up.get());
        println!("steps        {}", report.counts.steps);
        println!(
            "loop's time  {:.3} s on the {clock} clock",
            report.elapsed.as_secs_f64()
        );
        println!("a task       {}", each.unwrap_or_else(unknown));
        println!("peak memory  {}", peak.unwrap_or_else(unknown));
        println!("time taken   {:.1} s", self.began.elapsed().as_secs_f64());
    }
}

/// Lane 1.
fn generators(options: &Options, setup: Setup) {
    let hall = Hall::new(options.tasks, g::Event::new());
    let report = g::run_with(setup, async |co: &g::Co| {
        for index in 0..options.tasks {
            let hall = Rc::clone(&hall);
            hall.make_bed();
            drop(g::spawn(co, async move |co: &g::Co| {
                hall.lie_down();
                g::sleep(co, nap(index)).await;
                if let Some(all_up) = hall.get_up() {
                    all_up.set();
                }
            }));
        }
        hall.all_up.wait(co).await;
    });
    hall.print(options, &report);
}

/// Lane 2: the coroutine by hand.
struct Sleeper {
    hall: Rc<Hall<sm::Event>>,
    index: usize,
    /// `None` until the first poll.
    nap: Option<sm::Sleep>,
}

impl Future for Sleeper {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { hall, index, nap } = self.get_mut();
        let sleep = nap.get_or_insert_with(|| {
            hall.lie_down();
            sm::sleep(self::nap(*index))
        });
        ready!(Pin::new(sleep).poll(cx));
        if let Some(all_up) = hall.get_up() {
            all_up.set();
        }
        Poll::Ready(())
    }
}

/// Lane 2: the root by hand. It spawns at its first poll.
struct Root<'a> {
    hall: &'a Rc<Hall<sm::Event>>,
    all_up: Option<sm::Wait>,
}

impl Future for Root<'_> {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let Self { hall, all_up } = self.get_mut();
        let all_up = all_up.get_or_insert_with(|| {
            for index in 0..hall.beds {
                hall.make_bed();
                drop(sm::spawn(Sleeper {
                    hall: Rc::clone(hall),
                    index,
                    nap: None,
                }));
            }
            hall.all_up.wait()
        });
        Pin::new(all_up).poll(cx)
    }
}

fn state_machines(options: &Options, setup: Setup) {
    let hall = Hall::new(options.tasks, sm::Event::new());
    let root = Root {
        hall: &hall,
        all_up: None,
    };
    let report = sm::run_with(setup, root);
    hall.print(options, &report);
}

/// Lane 3.
fn async_await(options: &Options, setup: Setup) {
    let hall = Hall::new(options.tasks, aw::Event::new());
    let report = aw::run_with(setup, async {
        for index in 0..options.tasks {
            let hall = Rc::clone(&hall);
            hall.make_bed();
            drop(aw::spawn(async move {
                hall.lie_down();
                aw::sleep(nap(index)).await;
                if let Some(all_up) = hall.get_up() {
                    all_up.set();
                }
            }));
        }
        hall.all_up.wait().await;
    });
    hall.print(options, &report);
}

fn main() -> ExitCode {
    let options = match parse() {
        Ok(Some(options)) => options,
        Ok(None) => {
            println!("{HELP}");
            return ExitCode::SUCCESS;
        }
        Err(error) => {
            eprintln!("ten_million: {error}\n\nTry --help.");
            return ExitCode::from(2);
        }
    };
    let setup = Setup::new().clock(options.clock);
    match options.lane {
        Lane::Generators => generators(&options, setup),
        Lane::StateMachines => state_machines(&options, setup),
        Lane::AsyncAwait => async_await(&options, setup),
    }
    ExitCode::SUCCESS
}
