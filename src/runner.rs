//! What every run has, whichever lane it is in: its setup, its report, and the fact that a loop runs on this thread.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use crate::clock::{Clock, Time, Timeline};
use crate::reports::{Deadlock, Exit, PrimitiveKind};
use crate::trace::observer::{self, Listener};
use crate::trace::{Event, Recorder};

/// How a loop is to run. More settings may come; the builder keeps callers compiling.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let report = aw::run_with(Setup::new().clock(Clock::Simulated), async {
///     aw::spawn(async { 6 * 7 }).await.unwrap()
/// });
/// assert_eq!(report.outcome.unwrap(), 42);
/// assert_eq!(report.counts.spawns, 1);
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Setup {
    pub(crate) clock: Clock,
    pub(crate) slow_step: Option<Duration>,
    listener: Option<Listener>,
}

impl Setup {
    /// The real clock, and nothing else out of the ordinary.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the clock that the loop runs on.
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// Has every turn measured, by the machine's clock, and those recorded in [`Exit::slow_steps`] that take `limit` or longer: asyncio's `slow_callback_duration`, which
    /// logs at once. Here nothing is printed. Every turn then costs two looks at the machine's clock and one at who has it.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    /// use yield_to_await::{Setup, async_await as aw};
    ///
    /// let report = aw::run_with(Setup::new().slow_step(Duration::from_millis(2)), async {
    ///     std::thread::sleep(Duration::from_millis(3)); // not the loop's sleep: it holds the turn
    /// });
    /// let [step] = &report.exit.slow_steps[..] else { panic!() };
    /// assert_eq!(step.task().name(), Some("main"));
    /// ```
    #[doc(alias = "slow_callback_duration")]
    pub fn slow_step(mut self, limit: Duration) -> Self {
        self.slow_step = Some(limit);
        self
    }

    /// Has every [`Event`] of the run told to `observer`, in order, shortly after it happened: when a step begins, when it is over, and at the end. It is called in no task's turn. It is there to look on: what it
    /// does to tasks (spawn, cancel, wake) makes another run than the one that nobody observes, and what it does at the end is not told any more. It has to be `Send`, for a `Setup` may go to another
    /// thread.
    ///
    /// An observer costs every turn some hundred nanoseconds, and more where a task waits for many. If it panics, it is told no more, and the panic goes on to the caller of `run` when the run is over.
    /// There is one observer; the last one given is told.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    /// use std::sync::atomic::{AtomicU32, Ordering};
    /// use yield_to_await::trace::What;
    /// use yield_to_await::{Setup, async_await as aw};
    ///
    /// let spawned = Arc::new(AtomicU32::new(0));
    /// let counter = Arc::clone(&spawned);
    /// let setup = Setup::new().observe(move |event| {
    ///     if let What::Spawned { .. } = event.what {
    ///         counter.fetch_add(1, Ordering::Relaxed);
    ///     }
    /// });
    /// aw::run_with(setup, async { aw::spawn(async {}).await }).outcome.unwrap().unwrap();
    /// assert_eq!(spawned.load(Ordering::Relaxed), 2);
    /// ```
    pub fn observe(mut self, observer: impl FnMut(Event) + Send + 'static) -> Self {
        self.listener = Some(Listener::new(observer));
        self
    }

    /// Has the run recorded: [`observe`](Self::observe) with a [`Recorder`], in the place of any other observer.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::trace::Recorder;
    /// use yield_to_await::{Setup, async_await as aw};
    ///
    /// let recorder = Recorder::new();
    /// aw::run_with(Setup::new().record(&recorder), async {});
    /// // The root is spawned, has one step, and has ended.
    /// assert_eq!(recorder.take().len(), 3);
    /// ```
    pub fn record(self, recorder: &Recorder) -> Self {
        let recorder = recorder.clone();
        self.observe(move |event| recorder.note(event))
    }
}

/// What a run came to.
#[derive(Debug)]
#[non_exhaustive]
pub struct Report<T> {
    /// What the root returned, or why it never could.
    pub outcome: Result<T, Deadlock>,
    /// How much work that was.
    pub counts: Counts,
    /// What the loop's clock said at the end.
    pub elapsed: Duration,
    /// What was left behind.
    pub exit: Exit,
}

/// How much work a run was, in numbers that do not wobble: the same program gives the same counts in every lane.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Counts {
    /// Turns given to tasks, the root's among them. A turn that drops a cancelled task is not counted.
    pub steps: u64,
    /// Tasks made, the root not counted.
    pub spawns: u64,
}

/// The two loops, named after the lanes that run on them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum LoopKind {
    Kernel,
    Executor,
}

impl fmt::Display for LoopKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Kernel => "`generators`",
            Self::Executor => "`state_machines` or `async_await`",
        })
    }
}

/// One loop at a time runs on a thread. What its lane shares with the other lanes lives here: plain cells, so that wakers and
/// destructors can look at it at any moment, even while the thread is torn down.
struct Running {
    lane: Cell<Option<LoopKind>>,
    timeline: Cell<Option<Timeline>>,
    tickets: Cell<u64>,
    numbers: [Cell<u32>; 4],
    runs: Cell<u64>,
    /// What the clock said when it was last read.
    last_seen: Cell<Time>,
    /// The last ticket of the runs before this one.
    tickets_before: Cell<u64>,
}

thread_local! {
    static RUNNING: Running = const {
        Running {
            lane: Cell::new(None),
            timeline: Cell::new(None),
            tickets: Cell::new(0),
            numbers: [const { Cell::new(0) }; 4],
            runs: Cell::new(0),
            last_seen: Cell::new(Time::START),
            tickets_before: Cell::new(0),
        }
    };
}

/// Marks that a loop runs on this thread, until it is dropped.
#[derive(Debug)]
pub(crate) struct Entered(());

/// # Panics
///
/// If a loop runs on this thread already, of whichever lane.
#[track_caller]
pub(crate) fn enter(kind: LoopKind, setup: &Setup) -> Entered {
    if let Some(outer) = lane() {
        panic!("{}", NestedRun(outer));
    }
    RUNNING.with(|running| {
        running.lane.set(Some(kind));
        running.timeline.set(Some(Timeline::begin(setup.clock)));
        running.last_seen.set(Time::START);
        running.runs.set(running.runs.get() + 1);
        running.tickets_before.set(running.tickets.get());
    });
    observer::begin(setup.listener.clone());
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        RUNNING.with(|running| {
            running.lane.set(None);
            running.timeline.set(None);
            // The next run numbers its primitives from 1 again, those among them that are made shortly before it begins.
            running.numbers.iter().for_each(|number| number.set(0));
        });
    }
}

/// Whose loop runs on this thread.
fn lane() -> Option<LoopKind> {
    RUNNING.with(|running| running.lane.get())
}

/// Where lanes 2 and 3 say that no loop of theirs runs: what to do if lane 1's does.
pub(crate) fn hint() -> &'static str {
    match lane() {
        Some(LoopKind::Kernel) => {
            ". (A loop of `generators` runs here: use that lane's functions, which take `co`)"
        }
        _ => "",
    }
}

struct NestedRun(LoopKind);

impl fmt::Display for NestedRun {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "`run` was called inside a task: a loop of {} runs on this thread already. Await the coroutine instead, \
             `spawn` it on the running loop, or run the second loop on a thread of its own",
            self.0
        )
    }
}

/// What the clock of the running loop says; `None` when no loop runs here.
pub(crate) fn now() -> Option<Time> {
    RUNNING.with(|running| {
        let now = running.timeline.get().map(Timeline::now)?;
        running.last_seen.set(now);
        Some(now)
    })
}

/// What the clock says, without a trace of the question: whoever only looks on must not change what [`last_seen`] is.
pub(crate) fn glance() -> Option<Time> {
    timeline().map(Timeline::now)
}

/// What the clock said when it was last read: good enough for a report, and costs nothing.
#[inline]
pub(crate) fn last_seen() -> Time {
    RUNNING.with(|running| running.last_seen.get())
}

pub(crate) fn timeline() -> Option<Timeline> {
    RUNNING.with(|running| running.timeline.get())
}

/// Moves the simulated clock.
pub(crate) fn jump(now: Time) {
    RUNNING.with(|running| {
        running.timeline.set(Some(Timeline::Simulated { now }));
        running.last_seen.set(now);
    });
}

/// The next number in the order of arrival, over all lines and timers of the thread; the first is 1.
#[inline]
pub(crate) fn next_ticket() -> u64 {
    RUNNING.with(|running| {
        running.tickets.set(running.tickets.get() + 1);
        running.tickets.get()
    })
}

/// Whether a ticket is of this run and not of an earlier one.
#[inline]
pub(crate) fn is_of_this_run(ticket: u64) -> bool {
    RUNNING.with(|running| ticket > running.tickets_before.get())
}

/// The next number for a primitive of this kind.
pub(crate) fn next_number(kind: PrimitiveKind) -> u32 {
    RUNNING.with(|running| {
        let number = &running.numbers[kind as usize];
        number.set(number.get().wrapping_add(1));
        number.get()
    })
}

/// Which run of this thread is on: tells the things of one run from those of an earlier one.
#[inline]
pub(crate) fn run_number() -> u64 {
    RUNNING.with(|running| running.runs.get())
}
