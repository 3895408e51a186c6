//! What happens in a run: the glossary of scheduling.

use std::borrow::Cow;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::nanos;
use super::place::Place;
use super::wait::Wait;
use crate::error::JoinError;
use crate::info::TaskId;

/// One thing that happened in a run.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::trace::{Event, What};
///
/// let event = Event::new(Duration::ZERO, 1, None, What::TimerFired { timer: 1 });
/// let text = serde_json::to_string(&event)?;
/// assert_eq!(text, r#"{"at":0,"step":1,"task":null,"what":{"timer_fired":{"timer":1}}}"#);
/// assert_eq!(serde_json::from_str::<Event>(&text)?, event);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Event {
    /// When it happened, by the loop's clock, counted from the loop's beginning. Written as nanoseconds; a moment that is more than 584 years away is read back as [`Duration::MAX`].
    #[serde(with = "nanos")]
    pub at: Duration,
    /// How many steps had begun by then, this one included: the number of the step that it happened in, or after.
    pub step: u64,
    /// The task that it happened to. `None` if that is no task: a timer may be armed for a combinator of another crate, a line may be printed in nobody's turn, and [`What::Stuck`] is said of
    /// all.
    pub task: Option<TaskId>,
    /// What happened.
    pub what: What,
}

impl Event {
    /// An event.
    #[must_use]
    pub fn new(at: Duration, step: u64, task: Option<TaskId>, what: What) -> Self {
        Self {
            at,
            step,
            task,
            what,
        }
    }
}

/// What can happen in a run, in the order of a task's life.
///
/// Three rules turn these events back into the state of the loop, and [`Replay`](super::Replay) is where they are written down. A task is put at the back of the ready queue when it
/// is spawned, when it is woken, when it yields ([`Suspended`](Self::Suspended) with [`Wait::Turn`] in its list) and when its cancellation is requested, unless it stands there already. It is taken
/// off the front when its step begins, or when it is dropped. Whoever has ended is nowhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum What {
    /// **Spawned**: the task was made, and stands at the back of the ready queue. It has done nothing yet. (`create_task`)
    Spawned {
        /// The task that spawned it; `None` for the root, and if none did.
        by: Option<TaskId>,
        /// The name that it was given.
        name: Option<String>,
        /// The line that spawned it, or called `run` for the root.
        place: Place,
    },
    /// **Step begins**: its turn has come. It is taken off the front of the ready queue and resumed, or polled.
    StepBegan {
        /// The length of the ready queue behind it.
        ready: usize,
    },
    /// **Suspended**: its step is over, and it waits. (`await` that really waits)
    Suspended {
        /// What it waits for, in the words of the [`Deadlock`](crate::Deadlock) report.
        on: Vec<Wait>,
        /// The state of a hand-written machine, if it [names it](super::state).
        state: Option<Cow<'static, str>>,
        /// Where it stands: the `.await`, or the `poll` of a hand-written machine, that its innermost wait was reached by. `None` where that is the code of some library.
        place: Option<Place>,
    },
    /// **Woken**: what it waited for may have happened. It was put at the back of the ready queue. (Waking a task that stands there already does nothing, and is no event.)
    Woken {
        /// Who did it.
        by: Cause,
    },
    /// **Timer armed**: the loop is to wake it at a moment. (`call_at`; the timer stays the task's that armed it, even if the future moves to another.)
    TimerArmed {
        /// The timer's number; the first is 1.
        timer: u64,
        /// When it is to fire, counted from the loop's beginning; [`Duration::MAX`] is never.
        #[serde(with = "nanos")]
        deadline: Duration,
    },
    /// **Timer fired**: its moment has come, and it is no longer armed.
    TimerFired {
        /// The timer's number.
        timer: u64,
    },
    /// **Timer disarmed**: nobody waits for its moment any more.
    TimerDisarmed {
        /// The timer's number.
        timer: u64,
    },
    /// **Cancel requested**: it is to be dropped at its next turn. (`Task.cancel`; to ask once more is no event.)
    CancelRequested {
        /// The task that asked for it; `None` if none did.
        by: Option<TaskId>,
    },
    /// **Printed**: the program wrote a line.
    Printed {
        /// Who speaks, if the line says so.
        label: Option<String>,
        /// The line.
        text: String,
    },
    /// **Ended**: it has returned its value, in the step that is over now. Its destructors have run.
    Ended,
    /// **Dropped**: it was cancelled, or left behind when the root returned. Its destructors have run.
    Dropped,
    /// **Panicked**: it has ended by a panic, of its own or of a destructor.
    Panicked {
        /// What it said.
        message: String,
    },
    /// **Stuck**: no task can go on. The run ends here, with a [`Deadlock`](crate::Deadlock).
    Stuck,
}

/// Who wakes a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Cause {
    /// A task, in its step, by ending, or in its destructors.
    Task(TaskId),
    /// The timer of this number.
    Timer(u64),
    /// Somebody outside the loop: another thread, for example.
    Elsewhere,
}

impl What {
    /// How a task ends that has no value to give.
    pub(crate) fn of_failure(error: &JoinError) -> Self {
        match error {
            JoinError::Panicked(payload) => Self::Panicked {
                message: payload.message().to_owned(),
            },
            _ => Self::Dropped,
        }
    }

    /// The word for it.
    ///
    /// # Examples
    ///
    /// ```
    /// use yield_to_await::trace::What;
    ///
    /// assert_eq!(What::StepBegan { ready: 0 }.term(), "step begins");
    /// ```
    #[must_use]
    pub fn term(&self) -> &'static str {
        match self {
            Self::Spawned { .. } => "spawned",
            Self::StepBegan { .. } => "step begins",
            Self::Suspended { .. } => "suspended",
            Self::Woken { .. } => "woken",
            Self::TimerArmed { .. } => "timer armed",
            Self::TimerFired { .. } => "timer fired",
            Self::TimerDisarmed { .. } => "timer disarmed",
            Self::CancelRequested { .. } => "cancel requested",
            Self::Printed { .. } => "printed",
            Self::Ended => "ended",
            Self::Dropped => "dropped",
            Self::Panicked { .. } => "panicked",
            Self::Stuck => "stuck",
        }
    }
}
