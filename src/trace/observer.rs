//! Who listens to the run on this thread, and what has to be known to tell them.
//!
//! Both loops tell what happens through this file, in the same words. Nobody's code runs while they do: events are put down, and handed on between two turns, when nothing is borrowed.

use std::borrow::Cow;
use std::cell::{Cell, RefCell};
use std::collections::HashMap;
use std::fmt;
use std::mem::ManuallyDrop;
use std::panic::Location;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::event::{Cause, Event, What};
use super::place::Place;
use super::wait::Wait;
use crate::clock::{Time, TimerId};
use crate::info::TaskId;
use crate::runner;
use crate::unwind::{Panic, caught};

/// What an observer is for a loop.
#[derive(Clone)]
pub(crate) struct Listener(Arc<Mutex<dyn FnMut(Event) + Send>>);

impl Listener {
    pub(crate) fn new(listener: impl FnMut(Event) + Send + 'static) -> Self {
        Self(Arc::new(Mutex::new(listener)))
    }

    fn hear(&self, events: Vec<Event>) {
        // It may have panicked in an earlier run.
        let mut listener = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        events.into_iter().for_each(&mut *listener);
    }
}

impl fmt::Debug for Listener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Listener").finish_non_exhaustive()
    }
}

/// What is known of the run on this thread. Idle unless somebody listens.
struct Observer {
    listens: Cell<bool>,
    /// Steps begun.
    steps: Cell<u64>,
    /// Who does what is being done.
    actor: Cell<Cause>,
    /// Where the running step was last seen to wait.
    place: Cell<Option<&'static Location<'static>>>,
    /// What the running step has called its state.
    state: Cell<Option<&'static str>>,
    /// Tasks that have ended and stand in the ready queue still.
    stale: Cell<usize>,
    telling: RefCell<Option<Telling>>,
}

struct Telling {
    listener: Listener,
    unheard: Vec<Event>,
    /// The armed timers by their tickets: the number of each, and its task.
    timers: HashMap<u64, (u64, Option<TaskId>)>,
    armed: u64,
    panic: Option<Panic>,
}

thread_local! {
    // Never torn down, as the loops are not; it owns nothing between two runs.
    static OBSERVER: ManuallyDrop<Observer> = const {
        ManuallyDrop::new(Observer {
            listens: Cell::new(false),
            steps: Cell::new(0),
            actor: Cell::new(Cause::Elsewhere),
            place: Cell::new(None),
            state: Cell::new(None),
            stale: Cell::new(0),
            telling: RefCell::new(None),
        })
    };
}

#[inline(always)]
fn with<T>(f: impl FnOnce(&Observer) -> T) -> T {
    OBSERVER.with(|observer| f(observer))
}

/// Whether anybody listens: asked wherever something happens, so that a run without an observer pays for one branch that never changes.
#[inline(always)]
pub(crate) fn listens() -> bool {
    with(|observer| observer.listens.get())
}

pub(crate) fn begin(listener: Option<Listener>) {
    with(|observer| {
        observer.listens.set(listener.is_some());
        observer.steps.set(0);
        observer.actor.set(Cause::Elsewhere);
        observer.stale.set(0);
        observer.telling.replace(listener.map(|listener| Telling {
            listener,
            unheard: Vec::new(),
            timers: HashMap::new(),
            armed: 0,
            panic: None,
        }));
    });
}

/// Nobody is told any more. Returns the panic of the observer, if it did.
pub(crate) fn end() -> Option<Panic> {
    hand_on();
    with(|observer| {
        observer.listens.set(false);
        observer.place.set(None);
        observer.state.set(None);
        observer.telling.take()?.panic
    })
}

/// Puts down what happened to `task`.
#[cold]
pub(crate) fn tell(task: Option<TaskId>, what: What) {
    let at = runner::glance().map_or(Duration::ZERO, Time::since_start);
    with(|observer| {
        let event = Event::new(at, observer.steps.get(), task, what);
        if let Some(telling) = &mut *observer.telling.borrow_mut() {
            telling.unheard.push(event);
        }
    });
}

/// Hands on what was put down. The observer is foreign code: call it with nothing borrowed, and in nobody's turn.
#[cold]
pub(crate) fn hand_on() {
    let next = || {
        with(|observer| {
            let mut telling = observer.telling.borrow_mut();
            let telling = telling.as_mut().filter(|telling| telling.panic.is_none())?;
            let unheard = std::mem::take(&mut telling.unheard);
            (!unheard.is_empty()).then(|| (telling.listener.clone(), unheard))
        })
    };
    // What it causes itself is told the next time: otherwise one that speaks would be told of its own words for ever.
    if let Some((listener, events)) = next() {
        let actor = act_as(Cause::Elsewhere);
        if let Err(panic) = caught(|| listener.hear(events)) {
            with(|observer| {
                observer.listens.set(false);
                if let Some(telling) = &mut *observer.telling.borrow_mut() {
                    telling.panic = Some(panic);
                }
            });
        }
        act_as(actor);
    }
}

/// Nobody does what comes now.
pub(crate) fn nobody_acts() {
    act_as(Cause::Elsewhere);
}

/// No task can go on.
#[cold]
pub(crate) fn stuck() {
    if listens() {
        nobody_acts();
        tell(None, What::Stuck);
    }
}

/// Says who does what comes now; returns who did what came before.
pub(crate) fn act_as(actor: Cause) -> Cause {
    with(|observer| observer.actor.replace(actor))
}

/// The task that does what is being done.
pub(crate) fn actor() -> Option<TaskId> {
    match with(|observer| observer.actor.get()) {
        Cause::Task(id) => Some(id),
        _ => None,
    }
}

pub(crate) fn spawned(task: TaskId, name: Option<&str>, place: &'static Location<'static>) {
    let what = What::Spawned {
        by: actor(),
        name: name.map(str::to_owned),
        place: place.into(),
    };
    tell(Some(task), what);
}

/// `queued`: the length of the queue behind it, with those who have ended.
pub(crate) fn step_began(task: TaskId, queued: usize) {
    with(|observer| {
        observer.steps.set(observer.steps.get() + 1);
        observer.actor.set(Cause::Task(task));
        observer.place.set(None);
        observer.state.set(None);
    });
    let ready = queued - with(|observer| observer.stale.get());
    tell(Some(task), What::StepBegan { ready });
}

/// `is_ours`: whether what it waits for is a future of this crate, which has noted its place. Otherwise the place is that of a wait that is over.
pub(crate) fn suspended(task: TaskId, on: Vec<Wait>, is_ours: bool) {
    let (state, place) = with(|observer| (observer.state.take(), observer.place.take()));
    let place = place.filter(|_| is_ours);
    let what = What::Suspended {
        on,
        state: state.map(Cow::Borrowed),
        place: place.map(Place::from),
    };
    tell(Some(task), what);
}

pub(crate) fn woken(task: TaskId) {
    let by = with(|observer| observer.actor.get());
    tell(Some(task), What::Woken { by });
}

pub(crate) fn cancel_requested(task: TaskId) {
    tell(Some(task), What::CancelRequested { by: actor() });
}

/// The task has ended; `is_queued` if it stands in the ready queue all the same.
pub(crate) fn ended(task: TaskId, how: What, is_queued: bool) {
    if is_queued {
        with(|observer| observer.stale.set(observer.stale.get() + 1));
    }
    act_as(Cause::Task(task));
    tell(Some(task), how);
}

/// A task that had ended was taken off the ready queue.
pub(crate) fn passed_over() {
    with(|observer| observer.stale.set(observer.stale.get().saturating_sub(1)));
}

pub(crate) fn timer_armed(timer: TimerId, task: Option<TaskId>) {
    let number = with(|observer| {
        let mut telling = observer.telling.borrow_mut();
        let telling = telling.as_mut()?;
        telling.armed += 1;
        telling.timers.insert(timer.ticket, (telling.armed, task));
        Some(telling.armed)
    });
    if let Some(timer_number) = number {
        let what = What::TimerArmed {
            timer: timer_number,
            deadline: timer.deadline.moment(),
        };
        tell(task, what);
    }
}

fn forget_timer(timer: TimerId) -> Option<(u64, Option<TaskId>)> {
    with(|observer| {
        let mut telling = observer.telling.borrow_mut();
        telling.as_mut()?.timers.remove(&timer.ticket)
    })
}

pub(crate) fn timer_disarmed(timer: TimerId) {
    if let Some((timer, task)) = forget_timer(timer) {
        tell(task, What::TimerDisarmed { timer });
    }
}

/// The timer has fired, and does what comes next.
pub(crate) fn timer_fired(timer: TimerId) {
    if let Some((timer, task)) = forget_timer(timer) {
        tell(task, What::TimerFired { timer });
        act_as(Cause::Timer(timer));
    }
}

pub(crate) fn printed(label: Option<&str>, text: String) {
    let label = label.map(str::to_owned);
    tell(actor(), What::Printed { label, text });
}

/// Where the running task waits, if it does: called by whatever it polls, and `#[track_caller]` gives the place of the `.await`.
#[inline(always)]
#[track_caller]
pub(crate) fn here() {
    if listens() {
        note_place(Location::caller());
    }
}

/// Telling where the running step waits; also when nobody listens any more.
#[cold]
pub(crate) fn note_place(place: &'static Location<'static>) {
    if Place::is_of_user(place.file()) {
        with(|observer| observer.place.set(Some(place)));
    }
}

pub(super) fn note_state(name: &'static str) {
    with(|observer| observer.state.set(Some(name)));
}
