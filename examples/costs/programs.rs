//! What every program costs in every lane.

use allocation_counter::{AllocationInfo, measure};
use yield_to_await::programs::{Form, Lane, Log, Program};
use yield_to_await::{Clock, Counts, Setup};

use crate::instructions::Job;
use crate::table::Table;

/// The size that is measured: the largest that the tests know, in which what a run costs once is spread over most steps.
fn size(program: &Program) -> usize {
    program.sizes.iter().copied().max().unwrap_or(1)
}

/// Runs a form as it is measured: on the simulated clock, without its lines.
fn run(form: Form, size: usize) -> Counts {
    let report = form(Setup::new().clock(Clock::Simulated), Log::muted(), size);
    if let Err(deadlock) = report.outcome {
        panic!("{deadlock}");
    }
    report.counts
}

/// What a run asks of the allocator. The least of three: the first of a process makes what all share, and the table of all loops grows now and then.
fn allocations(form: Form, size: usize) -> AllocationInfo {
    let runs = (0..3).map(|_| {
        measure(|| {
            run(form, size);
        })
    });
    runs.min_by_key(|info| (info.count_total, info.bytes_total))
        .expect("three are more than none")
}

/// What callgrind is to count, in the order in which [`print`] reads it: each program, in each lane.
pub(crate) fn jobs(programs: &[&'static Program]) -> Vec<Job> {
    let mut jobs: Vec<Job> = Vec::new();
    for program in programs {
        for lane in Lane::ALL {
            let (form, size) = (program.form(lane), size(program));
            jobs.push(Box::new(move || {
                run(form, size);
            }));
        }
    }
    jobs
}

/// Prints the table; whether steps and spawns are the same in all lanes.
pub(crate) fn print(programs: &[&Program], instructions: Option<&[u64]>) -> bool {
    let lanes: &[&str] = &["1", "2", "3"];
    let counts: &[&str] = &["program", "size", "steps", "spawns"];
    let mut groups = vec![("", counts), ("allocations", lanes), ("bytes", lanes)];
    groups.extend(instructions.map(|_| ("instructions a step", lanes)));
    let mut table = Table::new(&groups);
    let mut equal = true;
    for (index, program) in programs.iter().enumerate() {
        let size = size(program);
        let counts = Lane::ALL.map(|lane| run(program.form(lane), size));
        for (lane, differing) in Lane::ALL.iter().zip(counts) {
            if differing != counts[0] {
                equal = false;
                println!(
                    "{} DIFFERS in {lane}: steps {}, spawns {}",
                    program.name, differing.steps, differing.spawns
                );
            }
        }
        let asked = Lane::ALL.map(|lane| allocations(program.form(lane), size));
        let mut row = vec![
            program.name.to_owned(),
            size.to_string(),
            counts[0].steps.to_string(),
            counts[0].spawns.to_string(),
        ];
        row.extend(asked.map(|asked| asked.count_total.to_string()));
        row.extend(asked.map(|asked| asked.bytes_total.to_string()));
        if let Some(instructions) = instructions {
            let runs = instructions.iter().skip(3 * index).take(3);
            row.extend(runs.map(|run| (run / counts[0].steps).to_string()));
        }
        table.row(row);
    }
    table.print();
    equal
}
