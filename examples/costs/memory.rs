//! Bytes of memory for each idle task. Every keeper of tasks is measured in a process of its own, so that none finds what another has left.

use std::env;
use std::process::Command;

use allocation_counter::measure;

use crate::idle::{KEEPERS, Keeper, resident};
use crate::table::Table;

/// What the child does: keeps the tasks and prints what they took, for [`ask`] to read.
pub(crate) fn run_one(keeper: &Keeper, tasks: usize) {
    let before = resident();
    let mut seen = None;
    let asked = measure(|| seen = Some((keeper.keep)(tasks)));
    let seen = seen.expect("it was measured");
    let grown = seen.resident.zip(before);
    let grown = grown.map(|(after, before)| after.saturating_sub(before).to_string());
    println!(
        "{} {} {}",
        seen.own,
        asked.bytes_max,
        grown.unwrap_or_default()
    );
}

/// What a keeper's tasks took: the bytes of one, the most that was asked of the allocator at a time, and what the process grew by.
struct Taken {
    own: u64,
    asked: u64,
    resident: Option<u64>,
}

fn ask(keeper: &Keeper, tasks: usize) -> Result<Taken, String> {
    let this = env::current_exe().map_err(|error| error.to_string())?;
    let tasks = tasks.to_string();
    let output = Command::new(this)
        .args(["--idle", keeper.name, "--tasks", &tasks])
        .output()
        .map_err(|error| error.to_string())?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        return Err(format!("{}: {}", output.status, said.trim()));
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let mut numbers = text.split_whitespace().map(str::parse::<u64>);
    let mut next = || numbers.next().and_then(Result::ok);
    let (own, asked) = next().zip(next()).ok_or("it printed no numbers")?;
    let resident = next();
    Ok(Taken {
        own,
        asked,
        resident,
    })
}

/// Prints the table; whether every keeper could be measured.
pub(crate) fn print(tasks: usize) -> bool {
    let both: &[&str] = &["in all", "above it"];
    let mut table = Table::new(&[
        ("", &["tasks kept by", "future"]),
        ("asked of the allocator", both),
        ("resident", both),
    ]);
    let mut complete = true;
    for keeper in &KEEPERS {
        let taken = match ask(keeper, tasks) {
            Ok(taken) => taken,
            Err(error) => {
                complete = false;
                println!("{} could not be measured: {error}", keeper.name);
                continue;
            }
        };
        let each = |bytes: u64| (bytes as f64 / tasks as f64).round();
        let pair = |bytes: Option<u64>| match bytes {
            Some(bytes) => [
                each(bytes).to_string(),
                (each(bytes) - taken.own as f64).to_string(),
            ],
            None => ["?".to_owned(), "?".to_owned()],
        };
        let mut row = vec![keeper.name.to_owned(), taken.own.to_string()];
        row.extend(pair(Some(taken.asked)));
        row.extend(pair(taken.resident));
        table.row(row);
    }
    table.print();
    complete
}
