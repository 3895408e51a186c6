//! How a run lives through the milliseconds of its program.

use std::cell::Cell;
use std::rc::Rc;
use std::time::{Duration, Instant};

use yield_to_await::Clock;

#[derive(Clone)]
pub(crate) enum Pace {
    /// On the simulated clock, to the letter.
    Exact,
    /// On the simulated clock, with timers that are late.
    Late(Rc<Lateness>),
    /// On the real clock, where timers are late by themselves.
    Real(Rc<Watch>),
}

/// Random amounts by which timers are late, the same for the same seed.
pub(crate) struct Lateness {
    state: Cell<u64>,
    step: Duration,
}

/// Sees how late things were in a run.
pub(crate) struct Watch {
    /// When a timer was last seen to have passed; all turns since then belong to that moment.
    moment: Cell<Instant>,
    worst: Cell<Duration>,
}

/// The timer of a statement, kept for as long as the statement is being performed.
pub(crate) struct Timer {
    lasts: Duration,
    watched: Option<(Rc<Watch>, Instant)>,
}

impl Pace {
    /// Timers that are late by up to `most`: those of this run by up to a part of it that the seed decides, since a machine is
    /// seldom as slow as it may be.
    pub(crate) fn late(seed: u32, most: Duration) -> Self {
        let step = most / (Lateness::STEPS << (seed % 4));
        let state = Cell::new(seed.into());
        Self::Late(Rc::new(Lateness { state, step }))
    }

    pub(crate) fn clock(&self) -> Clock {
        match self {
            Self::Exact | Self::Late(_) => Clock::Simulated,
            Self::Real(_) => Clock::Real,
        }
    }

    /// Begins what lasts `time` in the program.
    pub(crate) fn begin(&self, time: Duration) -> Timer {
        let (late, watched) = match self {
            Self::Late(lateness) if !time.is_zero() => (lateness.next(), None),
            Self::Exact | Self::Late(_) => (Duration::ZERO, None),
            Self::Real(watch) => {
                let due = watch.moment.get() + time;
                (Duration::ZERO, Some((Rc::clone(watch), due)))
            }
        };
        Timer {
            lasts: time + late,
            watched,
        }
    }

    /// Called whenever a task does something.
    pub(crate) fn look(&self) {
        if let Self::Real(watch) = self {
            watch.look();
        }
    }
}

impl Lateness {
    /// Whole steps, and few of them, so that two timers may also fire together.
    const STEPS: u32 = 4;

    /// `SplitMix64`: short, and good enough to shuffle timers.
    fn next(&self) -> Duration {
        self.state
            .set(self.state.get().wrapping_add(0x9e37_79b9_7f4a_7c15));
        let mut z = self.state.get();
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        let steps = z % u64::from(Self::STEPS + 1);
        (0..steps).map(|_| self.step).sum()
    }
}

impl Watch {
    /// To be made when the run begins.
    pub(crate) fn new() -> Rc<Self> {
        Rc::new(Self {
            moment: Cell::new(Instant::now()),
            worst: Cell::default(),
        })
    }

    /// The longest that anything came after the moment to which it belongs: a turn after the timer that led to it, and the end
    /// of a timer after the moment in which it began and its time.
    pub(crate) fn worst(&self) -> Duration {
        self.worst.get()
    }

    fn look(&self) {
        self.note(self.moment.get().elapsed());
    }

    fn note(&self, late: Duration) {
        self.worst.set(self.worst.get().max(late));
    }
}

impl Timer {
    pub(crate) fn lasts(&self) -> Duration {
        self.lasts
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let Some((watch, due)) = &self.watched else {
            return;
        };
        let now = Instant::now();
        // One that is dropped before has disturbed nobody.
        if now >= *due {
            watch.note(now - *due);
            watch.moment.set(now);
        }
    }
}
