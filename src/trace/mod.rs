//! See it run: one recording of a run, made by the loop itself, and many views of it.
//!
//! An observer is given to a run with [`Setup::observe`](crate::Setup::observe), or a [`Recorder`] with [`Setup::record`](crate::Setup::record); what it
//! hears are [`Event`]s, whose kinds, [`What`], are the glossary of scheduling. A [`Recording`] is a plain value, and equal in every lane but for the places in the source
//! ([`Recording::without_places`]).
//!
//! Written with `serde`, a recording is a list of events; in JSON, an array of objects with `at` in nanoseconds, `step`, the number of the `task` or `null`, and `what`. New kinds of events may come with 0.x versions, and
//! an older reader refuses them.
//!
//! Without an observer a run pays for a branch here and there that never changes.

mod at;
mod chart;
mod columns;
mod diff;
mod event;
mod mermaid;
mod names;
mod nanos;
pub(crate) mod observer;
mod perfetto;
mod place;
mod queue;
mod recording;
mod replay;
mod standing;
mod stepper;
mod svg;
mod text;
mod timeline;
mod wait;
mod words;

pub(crate) use self::at::at;
pub use self::chart::chart;
pub use self::diff::{Difference, difference};
pub use self::event::{Cause, Event, What};
pub use self::mermaid::mermaid;
pub use self::perfetto::perfetto;
pub use self::place::Place;
pub use self::recording::{Recorder, Recording};
pub use self::replay::Replay;
pub use self::standing::{ArmedTimer, ReplayedTask, Standing};
pub use self::stepper::Stepper;
pub use self::svg::svg;
pub use self::text::text;
pub use self::wait::{PrimitiveId, Wait};

/// Names the state that a hand-written machine waits in, for the recording: `SayAfter::Sleeping`. Call it before the `poll` that may return `Pending`.
///
/// It does nothing if nobody listens, or outside of a run.
///
/// # Examples
///
/// ```
/// use std::pin::Pin;
/// use std::task::{Context, Poll};
/// use yield_to_await::state_machines::{YieldNow, run_with, yield_now};
/// use yield_to_await::trace::{self, Recorder, What};
/// use yield_to_await::{Clock, Setup};
///
/// struct Twice(YieldNow);
///
/// impl Future for Twice {
///     type Output = ();
///
///     fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
///         trace::state("Twice::Yielding");
///         Pin::new(&mut self.0).poll(cx)
///     }
/// }
///
/// let recorder = Recorder::new();
/// run_with(Setup::new().clock(Clock::Simulated).record(&recorder), Twice(yield_now()));
/// let recording = recorder.take();
/// let mut states = recording.iter().filter_map(|event| match &event.what {
///     What::Suspended { state, .. } => state.as_deref(),
///     _ => None,
/// });
/// assert_eq!(states.next(), Some("Twice::Yielding"));
/// ```
#[inline]
pub fn state(name: &'static str) {
    if observer::listens() {
        observer::note_state(name);
    }
}

/// Writes a line into the recording: [`What::Printed`]. It is printed nowhere else.
///
/// It does nothing, and does not format the text, if nobody listens, or outside of a run.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{self, Recorder, What};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     trace::say(format_args!("{} apples", 3));
/// });
/// let recording = recorder.take();
/// assert!(recording.iter().any(|event| match &event.what {
///     What::Printed { text, .. } => text == "3 apples",
///     _ => false,
/// }));
/// ```
pub fn say(text: impl std::fmt::Display) {
    if observer::listens() {
        observer::printed(None, text.to_string());
    }
}
