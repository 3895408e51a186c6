//! The state of the loop at every moment of a run, rebuilt from what happened.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use super::event::{Event, What};
use super::names::Names;
use super::queue::Queue;
use super::recording::Recording;
use super::standing::{ArmedTimer, ReplayedTask, Standing};
use super::wait::Wait;
use crate::info::TaskId;

/// Plays a recording: after every event it knows what the loop knew then.
///
/// It begins before the first event, and [`step`](Self::step) applies one at a time. It bears any recording, also one that no loop could have made: whoever is not known
/// is made up, without a name, and what cannot be is passed over.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, Replay, Standing, What};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("greeter", async {}).await.unwrap();
/// });
/// let recording = recorder.take();
/// let mut replay = Replay::new(&recording);
/// while let Some(event) = replay.step() {
///     if let What::StepBegan { ready } = event.what {
///         assert_eq!(replay.ready(), ready);
///     }
/// }
/// assert!(replay.tasks().iter().all(|task| task.standing == Standing::Ended));
/// assert_eq!(replay.name(replay.tasks()[1].id), "greeter");
/// ```
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    events: &'a [Event],
    position: usize,
    names: Names,
    tasks: Vec<ReplayedTask<'a>>,
    /// Where in `tasks` a task is, and what the queue has to know of it.
    seats: HashMap<TaskId, Seat>,
    queue: Queue,
    /// By deadline and number, which is the order in which they fire.
    timers: BTreeMap<(Duration, u64), Option<TaskId>>,
    deadlines: HashMap<u64, Duration>,
    running: Option<TaskId>,
    output: Vec<&'a Event>,
    clock: Duration,
    steps: u64,
    is_stuck: bool,
}

#[derive(Clone, Copy, Debug)]
struct Seat {
    index: usize,
    /// What it has to leave the queue with, if it stands there.
    ticket: Option<usize>,
    is_cancelled: bool,
}

impl<'a> Replay<'a> {
    /// The moment before the first event. It goes through the recording once, for the names.
    #[must_use]
    pub fn new(recording: &'a Recording) -> Self {
        Self {
            events: recording.events(),
            position: 0,
            names: Names::of(recording),
            tasks: Vec::new(),
            seats: HashMap::new(),
            queue: Queue::default(),
            timers: BTreeMap::new(),
            deadlines: HashMap::new(),
            running: None,
            output: Vec::new(),
            clock: Duration::ZERO,
            steps: 0,
            is_stuck: false,
        }
    }

    /// Applies the next event and returns it; `None` at the end. Constant time, and the logarithm of the armed timers for one of theirs.
    pub fn step(&mut self) -> Option<&'a Event> {
        let event = self.events.get(self.position)?;
        self.position += 1;
        self.clock = event.at;
        self.steps = event.step;
        if let Some(task) = event.task {
            self.apply(task, event);
        }
        match event.what {
            What::TimerArmed { timer, deadline } => {
                self.disarm(timer);
                self.deadlines.insert(timer, deadline);
                self.timers.insert((deadline, timer), event.task);
            }
            What::TimerFired { timer } | What::TimerDisarmed { timer } => self.disarm(timer),
            What::Printed { .. } => self.output.push(event),
            What::Stuck => self.is_stuck = true,
            _ => {}
        }
        Some(event)
    }

    /// How many events have been applied.
    #[must_use]
    pub fn position(&self) -> usize {
        self.position
    }

    /// The ready queue, its front first.
    pub fn queue(&self) -> impl Iterator<Item = TaskId> + '_ {
        self.queue.iter()
    }

    /// The length of the ready queue. Constant time.
    #[must_use]
    pub fn ready(&self) -> usize {
        self.queue.len()
    }

    /// The armed timers in the order in which they will fire: by deadline, then by number.
    pub fn timers(&self) -> impl Iterator<Item = ArmedTimer> + '_ {
        let timers = self.timers.iter();
        timers.map(|(&(deadline, timer), &task)| ArmedTimer {
            timer,
            deadline,
            task,
        })
    }

    /// Every task so far, in the order in which they were spawned.
    #[must_use]
    pub fn tasks(&self) -> &[ReplayedTask<'a>] {
        &self.tasks
    }

    /// The task of this number, if it has been heard of. Constant time.
    #[must_use]
    pub fn task(&self, id: TaskId) -> Option<&ReplayedTask<'a>> {
        self.seats.get(&id).map(|seat| &self.tasks[seat.index])
    }

    /// Who has the turn.
    #[must_use]
    pub fn running(&self) -> Option<TaskId> {
        self.running
    }

    /// The lines printed so far: of these events each is a [`What::Printed`].
    #[must_use]
    pub fn output(&self) -> &[&'a Event] {
        &self.output
    }

    /// What the loop's clock said at the last event.
    #[must_use]
    pub fn clock(&self) -> Duration {
        self.clock
    }

    /// How many steps have begun.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    /// Whether the run has got stuck.
    #[must_use]
    pub fn is_stuck(&self) -> bool {
        self.is_stuck
    }

    /// What to call a task: its name, or `task 3`. Two of the same name, anywhere in the recording, are told apart: `worker (task 3)`. It is one line, without control characters.
    #[must_use]
    pub fn name(&self, task: TaskId) -> String {
        self.names.name(task)
    }

    pub(super) fn names(&self) -> &Names {
        &self.names
    }

    fn apply(&mut self, id: TaskId, event: &'a Event) {
        self.seat(id);
        let task = &mut self.tasks[self.seats[&id].index];
        if let What::Spawned { by, name, place } = &event.what
            && task.spawned_at.is_none()
        {
            task.name = name.as_deref();
            task.spawned_by = *by;
            task.spawned_at = Some(place);
        }
        if task.standing.is_over() {
            return;
        }
        match &event.what {
            What::Spawned { .. } | What::Woken { .. } => self.enqueue(id),
            What::StepBegan { .. } => self.begin(id),
            What::Suspended { on, state, place } => {
                task.state = state.as_deref();
                task.place = place.as_ref();
                self.suspend(id, on);
            }
            What::CancelRequested { .. } => {
                if let Some(seat) = self.seats.get_mut(&id) {
                    seat.is_cancelled = true;
                }
                self.enqueue(id);
            }
            What::Ended => self.end(id, Standing::Ended),
            What::Dropped => self.end(id, Standing::Dropped),
            What::Panicked { .. } => self.end(id, Standing::Panicked),
            What::TimerArmed { .. }
            | What::TimerFired { .. }
            | What::TimerDisarmed { .. }
            | What::Printed { .. }
            | What::Stuck => {}
        }
    }

    /// Makes sure that the task is known.
    fn seat(&mut self, id: TaskId) {
        let index = self.tasks.len();
        self.seats.entry(id).or_insert_with(|| {
            self.tasks.push(ReplayedTask {
                id,
                name: None,
                spawned_by: None,
                spawned_at: None,
                standing: Standing::Waiting(&[]),
                state: None,
                place: None,
                steps: 0,
            });
            Seat {
                index,
                ticket: None,
                is_cancelled: false,
            }
        });
    }

    /// Puts it at the back of the queue, unless it stands there already.
    fn enqueue(&mut self, id: TaskId) {
        let Some(seat) = self.seats.get_mut(&id) else {
            return;
        };
        seat.ticket.get_or_insert_with(|| self.queue.push(id));
        if self.running != Some(id) {
            self.tasks[seat.index].standing = match seat.is_cancelled {
                true => Standing::Leaving,
                false => Standing::Ready,
            };
        }
    }

    fn dequeue(&mut self, id: TaskId) {
        let seat = self.seats.get_mut(&id);
        if let Some(ticket) = seat.and_then(|seat| seat.ticket.take()) {
            self.queue.leave(ticket);
        }
    }

    fn begin(&mut self, id: TaskId) {
        if let Some(before) = self.running {
            self.suspend(before, &[]);
        }
        self.dequeue(id);
        self.running = Some(id);
        let task = &mut self.tasks[self.seats[&id].index];
        task.standing = Standing::Running;
        task.steps += 1;
    }

    fn suspend(&mut self, id: TaskId, on: &'a [Wait]) {
        if self.running == Some(id) {
            self.running = None;
        }
        let seat = self.seats[&id];
        // Woken in its own step it stands in the queue already, and stays where it stands.
        if seat.ticket.is_some() || on.contains(&Wait::Turn) {
            self.enqueue(id);
        } else {
            self.tasks[seat.index].standing = Standing::Waiting(on);
        }
    }

    fn end(&mut self, id: TaskId, how: Standing<'a>) {
        if self.running == Some(id) {
            self.running = None;
        }
        self.dequeue(id);
        self.tasks[self.seats[&id].index].standing = how;
    }

    fn disarm(&mut self, timer: u64) {
        if let Some(deadline) = self.deadlines.remove(&timer) {
            self.timers.remove(&(deadline, timer));
        }
    }
}
