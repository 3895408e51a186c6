//! What the walk-throughs share: a program's three traces side by side.

use yield_to_await::programs::{Lane, Line, Program};
use yield_to_await::{Clock, Setup};

/// Runs a program in the three lanes on the simulated clock, and prints what each did.
pub(crate) fn side_by_side(name: &str, size: usize) {
    let program = Program::find(name).expect("the walk-throughs name programs of the table");
    println!("\n{name}, size {size}: {}", program.shows);
    println!("read src/programs/{name}.rs\n");
    let runs = Lane::ALL.map(|lane| {
        let setup = Setup::new().clock(Clock::Simulated);
        program
            .run(lane, setup, size)
            .expect("the programs of the table come to an end")
    });
    let text = |line: Option<&Line>| line.map_or("", |line| line.text.as_str()).to_owned();
    let widths = [0, 1, 2].map(|lane| {
        let texts = runs[lane].trace.iter().map(|line| line.text.len());
        texts.max().unwrap_or(0).max(Lane::ALL[lane].name().len())
    });
    let row = |stamp: &str, columns: [String; 3]| {
        let [a, b, c] = columns;
        let line = format!("{stamp:<20} {a:<0$} | {b:<1$} | {c}", widths[0], widths[1]);
        println!("  {}", line.trim_end());
    };
    row("", Lane::ALL.map(|lane| lane.name().to_owned()));
    let rows = runs.iter().map(|run| run.trace.len()).max().unwrap_or(0);
    if rows == 0 {
        println!("  (no lines)");
    }
    for i in 0..rows {
        let stamps = runs.iter().filter_map(|run| run.trace.get(i));
        let stamp = stamps
            .map(|line| format!("{:>6} ms  {}", line.at.as_millis(), line.task))
            .next();
        row(
            &stamp.unwrap_or_default(),
            [0, 1, 2].map(|lane| text(runs[lane].trace.get(i))),
        );
    }
    let [steps, spawns] = [runs[0].counts.steps, runs[0].counts.spawns];
    let equal = runs[1..].iter().all(|run| *run == runs[0]);
    let verdict = if equal {
        "the same three times"
    } else {
        "THE LANES DIFFER"
    };
    println!(
        "  returns {}; steps {steps}, spawns {spawns}: {verdict}",
        runs[0].value
    );
}
