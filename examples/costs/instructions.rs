//! Instructions, counted by valgrind: they do not wobble as times do.
//!
//! The example runs itself once under callgrind. That counts only inside `run_under_callgrind`, so that start-up and the first run, which makes
//! what all share, drop out; and it writes a file of its own for every call, so that one start of valgrind is enough.

use std::env;
use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::process::{self, Command};

/// Something to count the instructions of.
pub(crate) type Job = Box<dyn Fn()>;

/// Where callgrind counts, and where it begins a new file. Patterns, because compilers decorate names in more than one way.
const WATCHED: &str = "*run_under_callgrind*";
const NEXT: &str = "*begin_a_new_file*";

/// Runs that are counted together, so that the table of all loops, which grows now and then, hardly counts.
const REPEATS: u64 = 10;

#[inline(never)]
fn run_under_callgrind(job: &Job) {
    for _ in 0..REPEATS {
        job();
    }
}

#[inline(never)]
fn begin_a_new_file() {
    black_box(()); // something to do, so that the call stays
}

/// What the child does: every job once to warm up, and then while callgrind counts.
pub(crate) fn run_all(jobs: &[Job]) {
    for job in jobs {
        job();
        begin_a_new_file();
        run_under_callgrind(job);
    }
}

/// Runs this example with `arguments` under callgrind, to do that many jobs. Returns the instructions of one run of each, in their order.
///
/// # Errors
///
/// Why there are none, in words that follow "instructions left out: ".
pub(crate) fn count(jobs: usize, arguments: &[&str]) -> Result<Vec<u64>, String> {
    if cfg!(debug_assertions) {
        return Err("this is a debug build, try --release".to_owned());
    }
    let folder = env::temp_dir().join(format!("yield-to-await-costs-{}", process::id()));
    fs::create_dir_all(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let counts = watch(jobs, arguments, &folder);
    // What valgrind wrote is of no further use, and what cannot be removed there is no harm.
    let _ = fs::remove_dir_all(&folder);
    counts
}

fn watch(jobs: usize, arguments: &[&str], folder: &Path) -> Result<Vec<u64>, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let out = folder.join("out");
    let output = Command::new("valgrind")
        .args(["-q", "--tool=callgrind"])
        .arg(format!("--toggle-collect={WATCHED}"))
        .arg(format!("--dump-before={NEXT}"))
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(this)
        .args(arguments)
        .output()
        .map_err(|error| format!("valgrind is not here ({error})"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("valgrind failed: {}", said.trim()));
    }
    // Each file counts what came before the new one was begun, the first nothing; the last has no number.
    let numbered = (2..=jobs).map(|job| out.with_extension(job.to_string()));
    let files = numbered.chain([out.clone()]);
    files.map(|file| Ok(total(&file)? / REPEATS)).collect()
}

/// The `totals:` line of a file by callgrind.
fn total(file: &Path) -> Result<u64, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let total = text.lines().find_map(|line| line.strip_prefix("totals:"));
    let total = total.and_then(|total| total.trim().parse().ok());
    total.ok_or_else(|| format!("{}: it has no totals", file.display()))
}
