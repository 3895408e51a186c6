//! Runs every workload of `peers/` on everybody, interleaved, and writes the README's table and its plot.
//!
//! `cargo bench --bench report` replaces what stands between the two marks in the README, and `benches/report.svg`. Options, after
//! `--`: `--only WORKLOAD`, `--rounds N`, and `--dry-run`, which prints the table and writes nothing. It ends with the limits that
//! the crate has set itself, each met or not.

use std::error::Error;
use std::{env, fs};

use lexopt::prelude::{Long, ValueExt};

use self::measure::Figures;
use self::peers::workloads::WORKLOADS;

#[path = "../floor.rs"]
mod floor;
mod limits;
mod measure;
#[path = "../peers/mod.rs"]
mod peers;
mod place;
mod plot;
mod table;

const ROOT: &str = env!("CARGO_MANIFEST_DIR");
const BEGIN: &str = "<!-- benchmarks: begin -->";
const END: &str = "<!-- benchmarks: end -->";

struct Options {
    /// Test mode: the smallest size of everything once, and nothing is written.
    test: bool,
    dry_run: bool,
    only: Option<String>,
    rounds: Option<usize>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let options = options()?;
    let mut all = Vec::new();
    for workload in WORKLOADS {
        if options
            .only
            .as_ref()
            .is_some_and(|only| only != workload.name)
        {
            continue;
        }
        let sizes = if options.test {
            &workload.sizes[..1]
        } else {
            workload.sizes
        };
        for &size in sizes {
            all.push(measure::measure(workload, size, options.rounds));
        }
    }
    if all.is_empty() {
        let names: Vec<_> = WORKLOADS.iter().map(|workload| workload.name).collect();
        return Err(format!("there is no such workload; there are: {}", names.join("; ")).into());
    }
    write(&options, &all)?;
    limits::print(&all);
    Ok(())
}

/// Writes the report, or in test mode makes sure that it could be written.
fn write(options: &Options, all: &[Figures]) -> Result<(), Box<dyn Error>> {
    let table = table::markdown(all);
    let plot = plot::svg(all)?;
    if options.test {
        assert_eq!(
            table.matches("\n| ").count(),
            2 * (all.len() + 1),
            "{table}"
        );
        assert!(plot.trim_end().ends_with("</svg>"), "{plot}");
    } else if options.dry_run {
        println!("{table}");
    } else {
        let readme = fs::read_to_string(format!("{ROOT}/README.md"))?;
        let replaced = replace(&readme, &table).ok_or("README.md has lost its two marks")?;
        fs::write(format!("{ROOT}/README.md"), replaced)?;
        fs::write(format!("{ROOT}/benches/report.svg"), plot)?;
    }
    Ok(())
}

/// The README with the report in the place of what stood between the marks.
fn replace(readme: &str, report: &str) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n{report}\n{END}{after}"))
}

fn options() -> Result<Options, lexopt::Error> {
    let mut options = Options {
        // Under `cargo test` nobody passes `--bench`.
        test: env::args().all(|arg| arg != "--bench"),
        dry_run: false,
        only: None,
        rounds: None,
    };
    let mut parser = lexopt::Parser::from_env();
    while let Some(arg) = parser.next()? {
        match arg {
            Long("bench") => {}
            Long("test") => options.test = true,
            Long("dry-run") => options.dry_run = true,
            Long("only") => options.only = Some(parser.value()?.string()?),
            Long("rounds") => options.rounds = Some(parser.value()?.parse()?),
            _ => return Err(arg.unexpected()),
        }
    }
    if options.test {
        options.rounds = Some(1);
    } else if options.only.is_some() {
        // A part of the table must not take the place of all of it.
        options.dry_run = true;
    }
    Ok(options)
}
