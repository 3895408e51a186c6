//! The measuring: round after round, in each of them everybody once.
//!
//! A machine slows down and speeds up while it measures. Whoever is measured in the same round is measured in the same weather, so ratios
//! of medians hold where figures do not. The order rotates, so that nobody always comes after the same one.

use std::time::{Duration, Instant};

use cpu_time::ProcessTime;

use crate::peers::{Peer, Play, Time, Workload};

/// A sample lasts at least so long: what is shorter is repeated.
const SAMPLE: Duration = Duration::from_millis(5);

/// What a workload of one size takes, on everybody who can do it.
pub(crate) struct Figures {
    pub(crate) workload: &'static Workload,
    pub(crate) size: usize,
    /// The median, in nanoseconds per unit of work.
    medians: Vec<(Peer, f64)>,
}

impl Figures {
    pub(crate) fn of(&self, peer: Peer) -> Option<f64> {
        let mut medians = self.medians.iter();
        medians
            .find(|median| median.0 == peer)
            .map(|median| median.1)
    }

    /// The fastest of the other executors.
    pub(crate) fn best_other(&self) -> (Peer, f64) {
        let others = Peer::OTHERS.iter();
        let others = others.filter_map(|&peer| Some((peer, self.of(peer)?)));
        let best = others.min_by(|a, b| a.1.total_cmp(&b.1));
        best.expect("every workload has another executor to be compared with")
    }

    /// `yield, 100 tasks`
    pub(crate) fn title(&self) -> String {
        format!("{}, {}", self.workload.name, self.size())
    }

    /// `100 tasks`
    pub(crate) fn size(&self) -> String {
        let size_is = self.workload.size_is;
        match self.size {
            1 => format!("1 {}", size_is.trim_end_matches('s')),
            size => format!("{} {size_is}", grouped(size)),
        }
    }
}

/// Somebody who does the workload, and how long it took him in each round.
struct Runner {
    peer: Peer,
    play: Play,
    repeats: u32,
    samples: Vec<f64>,
}

impl Runner {
    /// Plays it a first time, which is check and warm-up, and goes on until it knows how often a sample has to repeat it.
    fn new(workload: &Workload, size: usize, peer: Peer, play: Play) -> Self {
        let mut runner = Self {
            peer,
            play,
            repeats: 1,
            samples: Vec::new(),
        };
        let mut took = time(workload.time, || workload.check(peer, play, size));
        while took < SAMPLE {
            runner.repeats *= 2;
            took = runner.take(workload.time, size);
        }
        runner
    }

    /// How long one sample took.
    fn take(&self, clock: Time, size: usize) -> Duration {
        time(clock, || {
            for _ in 0..self.repeats {
                (self.play)(size);
            }
        })
    }
}

/// Measures one workload in one size.
pub(crate) fn measure(workload: &'static Workload, size: usize, rounds: Option<usize>) -> Figures {
    let runners = workload.entries.iter();
    let runners = runners.map(|&(peer, play)| Runner::new(workload, size, peer, play));
    let mut runners: Vec<_> = runners.collect();
    let rounds = rounds.unwrap_or(if size < 1_000_000 { 11 } else { 5 });
    let operations = (workload.operations)(size) as f64;
    for round in 1..=rounds {
        let name = workload.name;
        eprint!("\r{name}, {}: round {round} of {rounds} ", grouped(size));
        runners.rotate_left(1);
        for runner in &mut runners {
            let nanos = runner.take(workload.time, size).as_secs_f64() * 1e9;
            let each = nanos / f64::from(runner.repeats) / operations;
            runner.samples.push(each);
        }
    }
    eprintln!();
    let medians = runners.into_iter();
    let medians = medians.map(|runner| (runner.peer, median(runner.samples)));
    Figures {
        workload,
        size,
        medians: medians.collect(),
    }
}

fn time(time: Time, work: impl FnOnce()) -> Duration {
    match time {
        Time::Wall => {
            let began = Instant::now();
            work();
            began.elapsed()
        }
        Time::Processor => {
            let began = ProcessTime::now();
            work();
            began.elapsed()
        }
    }
}

fn median(mut samples: Vec<f64>) -> f64 {
    samples.sort_by(f64::total_cmp);
    let middle = samples.len() / 2;
    if samples.len() % 2 == 1 {
        samples[middle]
    } else {
        samples[middle - 1].midpoint(samples[middle])
    }
}

/// `1000000` as `1,000,000`.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut grouped = String::new();
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}
