//! The table: what there is to try, and how it is printed.

use self::Cell::{DoesNotCompile, NoSuchThing, Try};
use crate::laboratory::{self, Order};
use crate::props::Verdict;

pub(crate) const WORDS: &str = "\
survives: the user sees what should be seen, others go on. hangs: no exit within the limit, then
ended. unwinds: a panic where there should be none, mostly out of `run`. loses it: a destructor,
a value or a wake-up never came. silent: the misuse is accepted. misleads: a panic that names
something else. –: there is no such thing.
Each runs with a stack of 8 MiB. In async-executor, which has no spawner, tasks spawn through a weak reference to it.";

/// What stands below a fault in a column.
#[derive(Clone, Copy)]
pub(crate) enum Cell {
    NoSuchThing,
    /// The fault cannot be written down.
    DoesNotCompile,
    Try(fn() -> Verdict),
}

/// What a column is called in arguments and above the table.
pub(crate) const COLUMNS: [(&str, &str); 6] = [
    ("generators", "`generators`"),
    ("async_await", "`state_machines`, `async_await`"),
    ("Tokio", "Tokio `LocalSet`"),
    ("async-executor", "async-executor `LocalExecutor`"),
    ("LocalPool", "futures `LocalPool`"),
    ("genawaiter", "genawaiter 0.99.1, raw"),
];

pub(crate) struct Fault {
    pub(crate) number: u32,
    pub(crate) what: &'static str,
    /// What the user sees in this crate.
    pub(crate) here: &'static str,
    pub(crate) cells: [Cell; COLUMNS.len()],
}

/// Tries the faults and prints a row for each; whether every experiment came to a verdict.
pub(crate) fn print(faults: &[&Fault]) -> bool {
    let orders = faults.iter().flat_map(|fault| {
        let columns = fault.cells.iter().zip(COLUMNS);
        let tried = columns.filter(|(cell, _)| matches!(cell, Try(_)));
        tried.map(|(_, (column, _))| Order {
            fault: fault.number,
            column,
        })
    });
    let orders: Vec<_> = orders.collect();
    let mut verdicts = orders.iter().zip(laboratory::observe(&orders));
    println!(
        "| # | fault | here | {} |",
        COLUMNS.map(|(_, title)| title).join(" | ")
    );
    println!("|--:|---|---|{}", "---|".repeat(COLUMNS.len()));
    let mut good = true;
    for fault in faults {
        let cells = fault.cells.map(|cell| match cell {
            NoSuchThing => "–".to_owned(),
            DoesNotCompile => "does not compile".to_owned(),
            Try(_) => match verdicts.next().expect("it has been ordered") {
                (_, Ok(verdict)) => verdict.to_string(),
                (order, Err(error)) => {
                    good = false;
                    eprintln!("fault {} on {}: {error}", order.fault, order.column);
                    "?".to_owned()
                }
            },
        });
        let Fault {
            number, what, here, ..
        } = fault;
        println!("| {number} | {what} | {here} | {} |", cells.join(" | "));
    }
    good
}
