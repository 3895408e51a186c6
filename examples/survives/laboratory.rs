//! Runs each experiment in a process of its own, and looks at how that ends.

use std::env;
use std::io::{self, IsTerminal, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::props::{OnPurpose, Verdict, count_panics, text};

/// A process that has not ended by then hangs. The longest experiment that ends takes a second, and the others some milliseconds.
pub(crate) const LIMIT: Duration = Duration::from_secs(3);

/// A process that nobody has ended by then has been left alone.
const FORGOTTEN: Duration = Duration::from_secs(30);

/// How many processes at a time.
const AT_ONCE: usize = 2;

/// What a main thread has. Threads have less, and what a main thread really has depends on the shell.
const STACK: usize = 8 << 20;

/// An experiment, by the arguments that this program is called with for it.
pub(crate) struct Order {
    pub(crate) fault: u32,
    pub(crate) column: &'static str,
}

/// Carries the experiment out in this process.
pub(crate) fn carry_out(experiment: fn() -> Verdict) -> Result<Verdict, String> {
    thread::spawn(|| {
        thread::sleep(FORGOTTEN);
        std::process::exit(3);
    });
    count_panics();
    let thread = thread::Builder::new().stack_size(STACK).spawn(experiment);
    let thread = thread.map_err(|error| format!("there is no thread to be had: {error}"))?;
    match thread.join() {
        Ok(verdict) => Ok(verdict),
        Err(panic) if panic.is::<OnPurpose>() => Ok(Verdict::Unwinds),
        Err(panic) => Err(format!("the experiment failed: {}", text(&*panic))),
    }
}

/// Has all carried out; the verdicts are in the order of the orders.
pub(crate) fn observe(orders: &[Order]) -> Vec<Result<Verdict, String>> {
    let program = env::current_exe().map_err(|error| format!("where am I? {error}"));
    let (next, has_bar) = (AtomicUsize::new(0), io::stderr().is_terminal());
    let verdicts: Vec<_> = orders.iter().map(|_| Mutex::new(None)).collect();
    let work = || {
        loop {
            let index = next.fetch_add(1, Ordering::Relaxed);
            let Some(order) = orders.get(index) else {
                return;
            };
            if has_bar {
                eprint!("\rexperiment {} of {}", index + 1, orders.len());
            }
            let program = program.as_deref().map_err(String::clone);
            let verdict = program.and_then(|program| observe_one(program, order));
            *verdicts[index].lock().expect("nobody panics with it") = Some(verdict);
        }
    };
    thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(work);
        }
    });
    if has_bar {
        eprint!("\r{:30}\r", "");
    }
    let verdicts = verdicts.into_iter().map(|verdict| {
        let verdict = verdict.into_inner().expect("nobody panics with it");
        verdict.expect("every order has been worked on")
    });
    verdicts.collect()
}

fn observe_one(program: &Path, order: &Order) -> Result<Verdict, String> {
    let child = quietly(program)
        .args(["--fault", &order.fault.to_string(), "--on", order.column])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| format!("it cannot be run: {error}"))?;
    let ended = wait(&mut child);
    let ended = ended.map_err(|error| format!("it cannot be waited for: {error}"))?;
    let Some(status) = ended else {
        return Ok(Verdict::Hangs);
    };
    let (said, complained) = (all(child.stdout.take()), all(child.stderr.take()));
    if status.success() {
        let verdict = Verdict::ALL.into_iter().find(|v| v.words() == said.trim());
        return verdict.ok_or_else(|| format!("it said `{}`", said.trim()));
    }
    if complained.contains("has overflowed its stack") {
        return Ok(Verdict::Overflows);
    }
    if has_aborted(status) {
        return Ok(Verdict::Aborts);
    }
    Err(format!("{status}: {}", complained.trim()))
}

/// The program, so that it leaves no file behind when it aborts.
#[cfg(unix)]
fn quietly(program: &Path) -> Command {
    let mut shell = Command::new("sh");
    shell
        .args(["-c", "ulimit -c 0; exec \"$0\" \"$@\""])
        .arg(program);
    shell
}

#[cfg(not(unix))]
fn quietly(program: &Path) -> Command {
    Command::new(program)
}

#[cfg(unix)]
fn has_aborted(status: ExitStatus) -> bool {
    const SIGABRT: i32 = 6;
    std::os::unix::process::ExitStatusExt::signal(&status) == Some(SIGABRT)
}

#[cfg(not(unix))]
fn has_aborted(status: ExitStatus) -> bool {
    status.code().is_none_or(|code| code < 0)
}

/// How it has ended; `None` if it had to be ended.
fn wait(child: &mut Child) -> io::Result<Option<ExitStatus>> {
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        thread::sleep(Duration::from_millis(2));
    }
    child.kill()?;
    child.wait()?;
    Ok(None)
}

/// What there is to read when nobody writes any more. It is a few lines, which fit into the pipe.
fn all(pipe: Option<impl Read>) -> String {
    let mut bytes = Vec::new();
    if let Some(mut pipe) = pipe {
        let _ = pipe.read_to_end(&mut bytes); // what could not be read is missing in the message
    }
    String::from_utf8_lossy(&bytes).into_owned()
}
