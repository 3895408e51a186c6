//! The limits that the crate has set itself, as ratios of medians of one run.

use crate::measure::Figures;
use crate::peers::Peer::{
    self, AsyncAwait, AsyncExecutor, Floor, LocalPool, Raw, StateMachines, Tokio,
};

/// In this workload and these sizes, each of these lanes takes at most so many times what that one takes.
struct Limit {
    workload: &'static str,
    sizes: &'static [usize],
    lanes: &'static [Peer],
    at_most: f64,
    of: Of,
}

enum Of {
    One(Peer),
    BestOther,
}

/// Lanes 2 and 3.
const WAKERS: &[Peer] = &[StateMachines, AsyncAwait];
const LANE_1: &[Peer] = &[Peer::Generators];
const SMALL: &[usize] = &[1, 100, 10_000];
const MILLION: &[usize] = &[1_000_000];
const ALL: &[usize] = &[];

const fn limit(
    workload: &'static str,
    sizes: &'static [usize],
    lanes: &'static [Peer],
    at_most: f64,
    of: Of,
) -> Limit {
    Limit {
        workload,
        sizes,
        lanes,
        at_most,
        of,
    }
}

/// No sizes means all of them.
const LIMITS: &[Limit] = &[
    limit("yield", SMALL, WAKERS, 1.6, Of::One(Floor)),
    limit("yield", SMALL, WAKERS, 1.0 / 4.0, Of::One(Tokio)),
    limit("yield", SMALL, WAKERS, 1.0 / 8.0, Of::One(AsyncExecutor)),
    limit("yield", SMALL, WAKERS, 1.0 / 8.0, Of::One(LocalPool)),
    limit("yield", MILLION, WAKERS, 1.6, Of::One(Floor)),
    limit("yield", MILLION, WAKERS, 1.0, Of::BestOther),
    limit("yield", ALL, LANE_1, 2.5, Of::One(Raw)),
    limit("yield", ALL, LANE_1, 1.0, Of::One(Tokio)),
    limit("spawn and join", ALL, WAKERS, 1.0 / 2.0, Of::BestOther),
    limit("spawn and join", ALL, WAKERS, 1.0 / 6.0, Of::One(Tokio)),
    limit("ping-pong", ALL, WAKERS, 1.0 / 2.0, Of::BestOther),
    limit("ping-pong", ALL, WAKERS, 1.0 / 5.0, Of::One(Tokio)),
    limit(
        "ping-pong, local-sync",
        ALL,
        WAKERS,
        1.0 / 2.0,
        Of::BestOther,
    ),
    limit("ring of wakers", ALL, WAKERS, 1.0 / 3.0, Of::BestOther),
    limit(
        "gather",
        &[1_000, 100_000],
        Peer::LANES,
        1.0 / 2.0,
        Of::BestOther,
    ),
    limit("sleeps", ALL, Peer::LANES, 2.0 / 3.0, Of::BestOther),
];

/// Lane 2 and lane 3 are the same machine by two authors: how far apart they may be, in any workload.
const APART: f64 = 1.15;

/// Prints for every limit and whatever it limits whether it is met.
pub(crate) fn print(all: &[Figures]) {
    for figures in all {
        for limit in LIMITS.iter().filter(|limit| limit.is_about(figures)) {
            for &lane in limit.lanes {
                let of = match limit.of {
                    Of::One(peer) => (
                        peer,
                        figures.of(peer).expect("a limit is of who takes part"),
                    ),
                    Of::BestOther => figures.best_other(),
                };
                line(figures, lane, limit.at_most, of);
            }
        }
        for (lane, other) in [(StateMachines, AsyncAwait), (AsyncAwait, StateMachines)] {
            let nanos = figures.of(other).expect("lanes 2 and 3 do everything");
            line(figures, lane, APART, (other, nanos));
        }
    }
}

impl Limit {
    fn is_about(&self, figures: &Figures) -> bool {
        let is_size = self.sizes.is_empty() || self.sizes.contains(&figures.size);
        is_size && self.workload == figures.workload.name
    }
}

fn line(figures: &Figures, lane: Peer, at_most: f64, (of, of_nanos): (Peer, f64)) {
    let nanos = figures
        .of(lane)
        .expect("a limit is for lanes that take part");
    let ratio = nanos / of_nanos;
    let verdict = if ratio <= at_most {
        "met    "
    } else {
        "NOT met"
    };
    println!(
        "{verdict}  {}: {} {nanos:.1} ns is {ratio:.3} of {} {of_nanos:.1} ns, at most {at_most:.3}",
        figures.title(),
        lane.name(),
        of.name(),
    );
}
