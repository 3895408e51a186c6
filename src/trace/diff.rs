//! Where two recordings part.

use std::fmt;

use super::event::Event;
use super::names::Names;
use super::recording::Recording;
use super::text::Columns;

/// The first difference of two recordings; `None` if they are equal.
///
/// The places in the source are a lane's own: compare what [`Recording::without_places`] returns to hold one lane against another.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, Recording, difference};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let record = |naps: u32| {
///     let recorder = Recorder::new();
///     aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async move {
///         for _ in 0..naps {
///             aw::yield_now().await;
///         }
///     });
///     recorder.take().without_places()
/// };
/// assert!(difference(&record(2), &record(2)).is_none());
///
/// let difference = difference(&record(2), &record(1)).unwrap();
/// assert_eq!(difference.position(), 4);
/// assert!(difference.to_string().contains("+  0s     2  main  ended"));
/// ```
#[must_use]
pub fn difference(left: &Recording, right: &Recording) -> Option<Difference> {
    let pairs = left.iter().zip(right);
    let alike = pairs.take_while(|(left, right)| left == right).count();
    if alike == left.len() && alike == right.len() {
        return None;
    }
    let names = [left, right].map(Names::of);
    let before = left.events()[alike.saturating_sub(BEFORE)..alike].to_vec();
    let after = |recording: &Recording| -> Vec<Event> {
        let rest = recording.iter().skip(alike).take(AFTER);
        rest.cloned().collect()
    };
    let (from_left, from_right) = (after(left), after(right));
    let columns = Columns::of(before.iter().chain(&from_left), &names[0]);
    let columns = columns.widened(&from_right, &names[1]);
    Some(Difference {
        position: alike,
        before,
        left: from_left,
        right: from_right,
        lens: [left.len(), right.len()],
        names,
        columns,
    })
}

/// So many equal events are shown before the difference.
const BEFORE: usize = 5;
/// So many of each side behind it.
const AFTER: usize = 5;

/// The first difference of two recordings, with what is around it: what [`difference`](difference()) finds. Displayed, it is a text in the manner of `diff -u`.
#[derive(Clone, Debug)]
pub struct Difference {
    position: usize,
    before: Vec<Event>,
    left: Vec<Event>,
    right: Vec<Event>,
    lens: [usize; 2],
    /// The left's and the right's.
    names: [Names; 2],
    columns: Columns,
}

impl Difference {
    /// The index of the first event that differs: so many are equal before it.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The left recording's event there; `None` if it is over by then.
    #[must_use]
    pub fn left(&self) -> Option<&Event> {
        self.left.first()
    }

    /// The right recording's event there; `None` if it is over by then.
    #[must_use]
    pub fn right(&self) -> Option<&Event> {
        self.right.first()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [left, right] = self.lens;
        let at = self.position;
        writeln!(
            f,
            "the recordings (- {left} events, + {right} events) differ from event {at} on, counted from 0:"
        )?;
        let earlier = at - self.before.len();
        if earlier > 0 {
            writeln!(f, "  ({earlier} equal events before these)")?;
        }
        self.events(f, ' ', &self.before)?;
        self.events(f, '-', &self.left)?;
        self.events(f, '+', &self.right)?;
        if let (Some(left), Some(right)) = (self.left(), self.right())
            && self.columns.line(left, &self.names[0]) == self.columns.line(right, &self.names[1])
        {
            writeln!(f, "in full, the first is\n-{left:?}\n+{right:?}")?;
        }
        Ok(())
    }
}

impl Difference {
    fn events(&self, f: &mut fmt::Formatter<'_>, sign: char, events: &[Event]) -> fmt::Result {
        let side = usize::from(sign == '+');
        let (names, len) = (&self.names[side], self.lens[side]);
        for event in events {
            writeln!(f, "{sign}{}", self.columns.line(event, names))?;
        }
        match len - self.position {
            _ if sign == ' ' => Ok(()),
            0 => writeln!(f, "{sign} (it is over)"),
            left if left == events.len() => Ok(()),
            left => writeln!(f, "{sign} ({} more)", left - events.len()),
        }
    }
}
