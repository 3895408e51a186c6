//! The report of a program that can make no progress: who waits, for what, and in which circle.

use std::error::Error;
use std::fmt;

use super::primitive::{Primitive, PrimitiveKind, PrimitiveStatus};
use super::status::TaskStatus;
use crate::info::TaskInfo;

/// No task can ever run again, and the root has not returned.
///
/// `try_run_on` and `run_with` give it as a value, `run` and `run_on` panic with it. Its `Display` is the report, and
/// [`tasks`](Deadlock::tasks), [`primitives`](Deadlock::primitives), [`cycle`](Deadlock::cycle) and [`kind`](Deadlock::kind) give its parts. asyncio
/// has no counterpart: there, such a program hangs. (Since Python 3.14, `python -m asyncio pstree` shows from outside who awaits whom.) Of tasks and primitives, the first hundred are displayed.
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
/// assert_eq!(deadlock.tasks()[0].waits()[0].to_string(), "event 1 to be set");
/// ```
#[derive(Clone, Debug)]
pub struct Deadlock {
    kind: DeadlockKind,
    tasks: Vec<TaskStatus>,
    primitives: Vec<PrimitiveStatus>,
    cycle: Vec<Link>,
}

/// Why nothing can move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum DeadlockKind {
    /// Tasks wait for one another in a circle, which nothing but they could break.
    Cycle,
    /// No circle is known: whoever could have woken the waiting tasks has ended, waits for an event or a value itself, or was never there.
    NobodyLeft,
    /// A waker is held by code outside this crate, and the simulated clock waits for nothing outside.
    ForeignWaker,
}

impl Deadlock {
    pub(crate) fn new(
        kind: DeadlockKind,
        tasks: Vec<TaskStatus>,
        primitives: Vec<PrimitiveStatus>,
        cycle: Vec<Link>,
    ) -> Self {
        Self {
            kind,
            tasks,
            primitives,
            cycle,
        }
    }

    /// Why nothing can move.
    #[must_use]
    pub fn kind(&self) -> DeadlockKind {
        self.kind
    }

    /// Every live task, oldest first.
    #[must_use]
    pub fn tasks(&self) -> &[TaskStatus] {
        &self.tasks
    }

    /// What is waited for: channels, events, semaphores, mutexes. Of the latter two, who has them; of a channel, how many ends are left.
    #[must_use]
    pub fn primitives(&self) -> &[PrimitiveStatus] {
        &self.primitives
    }

    /// A circle of tasks that wait for one another, from the oldest on: each waits for the next, and the last for the first. Empty if there is
    /// none.
    ///
    /// Tasks wait for one another by joins, gathers and groups, and by mutexes and semaphores: for whoever has locked or acquired them. An event may be set and a value sent by
    /// anybody, as may a permit be released that nobody acquired: what waits for those is in no circle. Nor is a task whose waker is held elsewhere.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::{Clock, async_await as aw};
    ///
    /// let deadlock = aw::try_run_on(Clock::Simulated, async {
    ///     let account = aw::Mutex::new(100);
    ///     let _balance = account.lock().await;
    ///     let _again = account.lock().await; // held by the task itself
    /// })
    /// .unwrap_err();
    /// let [link] = deadlock.cycle() else { panic!("{deadlock}") };
    /// assert_eq!(link.task().name(), Some("main"));
    /// assert_eq!(link.through().unwrap().to_string(), "mutex 1");
    /// ```
    #[must_use]
    pub fn cycle(&self) -> &[Link] {
        &self.cycle
    }
}

impl Deadlock {
    /// Whether a task waits for what it has got, and nobody else.
    fn is_of_one(&self) -> bool {
        let through = self.cycle.first().and_then(Link::through);
        let many = |primitive: &Primitive| primitive.kind() == PrimitiveKind::Semaphore;
        self.cycle.len() == 1 && !through.is_some_and(many)
    }
}

/// So many tasks, primitives and links of a circle are displayed.
const MOST: usize = 100;

impl fmt::Display for Deadlock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.kind {
            DeadlockKind::Cycle if self.is_of_one() => "deadlock: a task waits for itself",
            DeadlockKind::Cycle => "deadlock: tasks wait for one another in a circle",
            DeadlockKind::NobodyLeft => {
                "deadlock: every task waits, and none can run to wake another"
            }
            DeadlockKind::ForeignWaker => {
                "deadlock: every task waits, at least one for code outside this crate, \
                 which the simulated clock does not wait for (the real clock does)"
            }
        })?;
        for task in self.tasks.iter().take(MOST) {
            write!(f, "\n  {task}")?;
        }
        for primitive in self.primitives.iter().take(MOST) {
            write!(f, "\n  {primitive}")?;
        }
        let more = |all: usize| all.saturating_sub(MOST);
        match (more(self.tasks.len()), more(self.primitives.len())) {
            (0, 0) => {}
            (tasks, primitives) => {
                write!(
                    f,
                    "\n  and {tasks} more tasks, {primitives} more primitives"
                )?;
            }
        }
        if let Some(first) = self.cycle.first() {
            f.write_str("\n  a circle: ")?;
            for link in self.cycle.iter().take(MOST) {
                write!(f, "{link} -> ")?;
            }
            match more(self.cycle.len()) {
                0 => {}
                more => write!(f, "({more} more) -> ")?,
            }
            write!(f, "{}", first.task)?;
        }
        Ok(())
    }
}

impl Error for Deadlock {}

/// One step of a circle: a task, and through what it waits for the next one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    task: TaskInfo,
    pub(crate) through: Option<Primitive>,
}

impl Link {
    pub(crate) fn new(task: TaskInfo) -> Self {
        Self {
            task,
            through: None,
        }
    }

    /// The task that waits.
    #[must_use]
    pub fn task(&self) -> &TaskInfo {
        &self.task
    }

    /// What the next task of the circle holds; `None` if it is that task's end that is waited for.
    #[must_use]
    pub fn through(&self) -> Option<&Primitive> {
        self.through.as_ref()
    }
}

impl fmt::Display for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.task)?;
        match &self.through {
            Some(primitive) => write!(f, " -> {primitive}"),
            None => Ok(()),
        }
    }
}
