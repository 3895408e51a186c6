//! The report of a program that can make no progress: who waits, for what, and in which circle.

use std::collections::{BTreeMap, HashMap};
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::time::Duration;

use crate::clock::Time;
use crate::info::{TaskId, TaskInfo};
use crate::key::Key;

/// No task can ever run again, and the root has not returned.
///
/// `try_run_on` and `run_with` give it as a value, `run` and `run_on` panic with it. Its `Display` is the report, and
/// [`waiting`](Deadlock::waiting), [`cycle`](Deadlock::cycle) and [`kind`](Deadlock::kind) give its parts. asyncio has no
/// counterpart: there, such a program hangs.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, DeadlockKind, async_await as aw};
///
/// let deadlock = aw::try_run_on(Clock::Simulated, async {
///     let event = aw::Event::new();
///     event.wait().await; // nobody will ever set it
/// })
/// .unwrap_err();
/// assert_eq!(deadlock.kind(), DeadlockKind::NobodyLeft);
/// assert_eq!(deadlock.waiting()[0].waits()[0].to_string(), "event 1 to be set");
/// ```
#[derive(Clone, Debug)]
pub struct Deadlock {
    kind: DeadlockKind,
    waiting: Vec<WaitingTask>,
    cycle: Vec<TaskId>,
}

/// Why nothing can move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadlockKind {
    /// Tasks wait for one another in a circle.
    Cycle,
    /// Whoever could have woken the waiting tasks has ended.
    NobodyLeft,
    /// A waker is held by code outside this crate, and the simulated clock waits for nothing outside.
    ForeignWaker,
}

/// A task that waits, in a report.
#[derive(Clone, Debug)]
pub struct WaitingTask {
    id: TaskId,
    name: Option<String>,
    spawned_at: &'static Location<'static>,
    waits: Vec<WaitReason>,
}

/// One thing that a task waits for. Primitives are numbered from 1 in the order in which they were made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitReason {
    /// The end of another task: a join, a gather.
    End(TaskId),
    /// A value from this channel.
    Receive(u32),
    /// Room in this channel.
    Send(u32),
    /// This event.
    Event(u32),
    /// A permit of this semaphore.
    Semaphore(u32),
    /// This mutex.
    Mutex(u32),
    /// A moment, counted from the loop's beginning; [`Duration::MAX`] is never.
    Sleep(Duration),
    /// The time limit around the waits before it, counted from the loop's beginning.
    Timeout(Duration),
    /// Something outside this crate that may hold the task's waker.
    Elsewhere,
}

impl fmt::Display for WaitReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::End(id) => write!(f, "the end of {id}"),
            Self::Receive(number) => write!(f, "a value from channel {number}"),
            Self::Send(number) => write!(f, "room in channel {number}"),
            Self::Event(number) => write!(f, "event {number} to be set"),
            Self::Semaphore(number) => write!(f, "a permit of semaphore {number}"),
            Self::Mutex(number) => write!(f, "mutex {number}"),
            Self::Sleep(Duration::MAX) => f.write_str("a moment that never comes"),
            Self::Sleep(until) => write!(f, "the moment {until:?}"),
            Self::Timeout(Duration::MAX) => f.write_str("within a timeout that never passes"),
            Self::Timeout(until) => write!(f, "within a timeout until {until:?}"),
            Self::Elsewhere => f.write_str("something outside this crate"),
        }
    }
}

impl WaitingTask {
    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// The task's name, if it was given one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Where the task was spawned.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }

    /// What it waits for: what it would go on with first, then the time limits around that, the inner one first.
    #[must_use]
    pub fn waits(&self) -> &[WaitReason] {
        &self.waits
    }
}

impl fmt::Display for WaitingTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        if let Some(name) = &self.name {
            write!(f, " `{name}`")?;
        }
        let began = if self.id.number() == 0 {
            "begun"
        } else {
            "spawned"
        };
        write!(f, ", {began} at {}, waits for ", self.spawned_at)?;
        for (i, wait) in self.waits.iter().enumerate() {
            let comma = if i == 0 { "" } else { ", " };
            write!(f, "{comma}{wait}")?;
        }
        Ok(())
    }
}

impl Deadlock {
    /// Why nothing can move.
    #[must_use]
    pub fn kind(&self) -> DeadlockKind {
        self.kind
    }

    /// Every live task, oldest first.
    #[must_use]
    pub fn waiting(&self) -> &[WaitingTask] {
        &self.waiting
    }

    /// The circle of tasks that wait for one another's end, from the oldest on: each waits for the next, and the last for the
    /// first. Empty if there is none.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{cell::RefCell, rc::Rc};
    /// use yield_to_await::{Clock, async_await as aw};
    ///
    /// let deadlock = aw::try_run_on(Clock::Simulated, async {
    ///     let own = Rc::new(RefCell::new(None::<aw::JoinHandle<()>>));
    ///     let task = aw::spawn({
    ///         let own = Rc::clone(&own);
    ///         async move {
    ///             let own = own.take().unwrap();
    ///             own.finished().await; // its own end
    ///         }
    ///     });
    ///     own.replace(Some(task.clone()));
    ///     task.finished().await;
    /// })
    /// .unwrap_err();
    /// assert_eq!(deadlock.cycle()[0].to_string(), "task 1");
    /// ```
    #[must_use]
    pub fn cycle(&self) -> &[TaskId] {
        &self.cycle
    }
}

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DeadlockKind::Cycle => "deadlock: tasks wait for one another in a circle",
            DeadlockKind::NobodyLeft => {
                "deadlock: every task waits, and nobody is left to wake one"
            }
            DeadlockKind::ForeignWaker => {
                "deadlock: every task waits, one of them for code outside this crate, \
                 which the simulated clock does not wait for (the real clock does)"
            }
        })?;
        for task in &self.waiting {
            write!(f, "\n  {task}")?;
        }
        if let Some(first) = self.cycle.first() {
            f.write_str("\n  the circle: ")?;
            for id in &self.cycle {
                write!(f, "{id} -> ")?;
            }
            write!(f, "{first}")?;
        }
        Ok(())
    }
}

impl Error for Deadlock {}

/// Collects who waits for what, from the lines and timers where the waiting stand.
#[derive(Debug, Default)]
pub(crate) struct Survey {
    tasks: BTreeMap<TaskId, (WaitingTask, Vec<(u64, WaitReason)>)>,
    ids: HashMap<Key, TaskId>,
}

impl Survey {
    pub(crate) fn task(&mut self, key: Key, info: &TaskInfo) {
        let task = WaitingTask {
            id: info.id(),
            name: info.name().map(str::to_owned),
            spawned_at: info.spawned_at(),
            waits: Vec::new(),
        };
        self.ids.insert(key, info.id());
        self.tasks.insert(info.id(), (task, Vec::new()));
    }

    /// Notes what the task `key` waits for; `ticket` tells in which order its waits began.
    pub(crate) fn wait(&mut self, key: Key, ticket: u64, wait: WaitReason) {
        let task = self.ids.get(&key).and_then(|id| self.tasks.get_mut(id));
        if let Some((_, waits)) = task {
            waits.push((ticket, wait));
        }
    }

    pub(crate) fn sleep(&mut self, key: Key, ticket: u64, until: Time) {
        self.wait(key, ticket, WaitReason::Sleep(moment(until)));
    }

    pub(crate) fn timeout(&mut self, key: Key, ticket: u64, until: Time) {
        self.wait(key, ticket, WaitReason::Timeout(moment(until)));
    }

    /// `foreign`: whether code outside the crate may still hold a waker.
    pub(crate) fn report(self, foreign: bool) -> Deadlock {
        let waiting: Vec<WaitingTask> = self
            .tasks
            .into_values()
            .map(|(mut task, mut waits)| {
                // A limit encloses what was begun after it: the younger of two limits is the inner one.
                waits.sort_by_key(|(ticket, wait)| match wait {
                    WaitReason::Timeout(_) => (true, u64::MAX - ticket),
                    _ => (false, *ticket),
                });
                task.waits = waits.into_iter().map(|(_, wait)| wait).collect();
                if task
                    .waits
                    .iter()
                    .all(|w| matches!(w, WaitReason::Timeout(_)))
                {
                    task.waits.insert(0, WaitReason::Elsewhere);
                }
                task
            })
            .collect();
        let cycle = find_cycle(&waiting);
        let kind = match (foreign, cycle.is_empty()) {
            (_, false) => DeadlockKind::Cycle,
            (true, true) => DeadlockKind::ForeignWaker,
            (false, true) => DeadlockKind::NobodyLeft,
        };
        Deadlock {
            kind,
            waiting,
            cycle,
        }
    }
}

fn moment(time: Time) -> Duration {
    match time {
        Time::NEVER => Duration::MAX,
        time => time.since_start(),
    }
}

/// A circle of joins, from its oldest task on. Keeps its own stack: chains of joins may be a hundred thousand long.
fn find_cycle(waiting: &[WaitingTask]) -> Vec<TaskId> {
    let ends_of = |task: &WaitingTask| -> Vec<usize> {
        let index = |wait: &WaitReason| match wait {
            WaitReason::End(id) => waiting.binary_search_by_key(id, |task| task.id).ok(),
            _ => None,
        };
        task.waits.iter().filter_map(index).collect()
    };
    #[derive(Clone, Copy, PartialEq)]
    enum Mark {
        Unseen,
        OnPath,
        Done,
    }
    let mut marks = vec![Mark::Unseen; waiting.len()];
    for start in 0..waiting.len() {
        if marks[start] != Mark::Unseen {
            continue;
        }
        marks[start] = Mark::OnPath;
        let mut path = vec![(start, ends_of(&waiting[start]))];
        while let Some((task, ends)) = path.last_mut() {
            let Some(next) = ends.pop() else {
                marks[*task] = Mark::Done;
                path.pop();
                continue;
            };
            match marks[next] {
                Mark::Done => {}
                Mark::Unseen => {
                    marks[next] = Mark::OnPath;
                    path.push((next, ends_of(&waiting[next])));
                }
                Mark::OnPath => {
                    let circle = path.iter().map(|(task, _)| *task);
                    let circle = circle.skip_while(|task| *task != next);
                    let mut circle: Vec<_> = circle.map(|task| waiting[task].id).collect();
                    let oldest = (0..circle.len()).min_by_key(|i| circle[*i]);
                    circle.rotate_left(oldest.unwrap_or(0));
                    return circle;
                }
            }
        }
    }
    Vec::new()
}
