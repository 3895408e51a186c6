//! Who a task is: number, name, and the line that spawned it.

use std::fmt;
use std::panic::Location;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// The number of a task: tasks are counted as they are spawned, the root is 0.
///
/// A number is used once in the life of a loop. In asyncio it is the object itself (or its generated name, `Task-3`) that
/// tells tasks apart.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     assert_eq!(aw::current().id().to_string(), "task 0");
///     assert_eq!(aw::spawn(async {}).id().number(), 1);
/// });
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct TaskId(pub(crate) u64);

impl TaskId {
    /// The number itself: 0 for the root, 1 for the first task spawned.
    #[must_use]
    pub fn number(self) -> u64 {
        self.0
    }
}

impl fmt::Display for TaskId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "task {}", self.0)
    }
}

/// The name of a task or a primitive. One word, for every handle has room for it; shared between threads, for reports may go anywhere.
pub(crate) type Name = Arc<String>;

/// Who a task is, as [`current`](crate::async_await::current) tells it.
///
/// # Examples
///
/// ```
/// use yield_to_await::{Clock, async_await as aw};
///
/// aw::run_on(Clock::Simulated, async {
///     let task = aw::spawn_named("greeter", async { aw::current() });
///     let info = task.await.unwrap();
///     assert_eq!((info.id().number(), info.name()), (1, Some("greeter")));
///     assert_eq!(info.to_string(), "task 1 `greeter`");
///     assert!(info.spawned_at().file().ends_with(".rs"));
/// });
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TaskInfo {
    id: TaskId,
    name: Option<Name>,
    spawned_at: &'static Location<'static>,
}

impl TaskInfo {
    pub(crate) fn new(
        id: TaskId,
        name: Option<Name>,
        spawned_at: &'static Location<'static>,
    ) -> Self {
        Self {
            id,
            name,
            spawned_at,
        }
    }

    /// The task's number.
    #[must_use]
    pub fn id(&self) -> TaskId {
        self.id
    }

    /// The name that `spawn_named` was given; the root's is `main`.
    #[must_use]
    #[doc(alias = "get_name")]
    pub fn name(&self) -> Option<&str> {
        self.name.as_ref().map(|name| name.as_str())
    }

    /// The line that spawned the task, or called `run` for the root.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
    }
}

impl TaskInfo {
    /// Where it comes from, in the words of the reports.
    pub(crate) fn origin(&self) -> impl fmt::Display + use<> {
        let began = match self.id.number() {
            0 => "begun",
            _ => "spawned",
        };
        format!("{began} at {}", self.spawned_at)
    }
}

impl fmt::Display for TaskInfo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.id)?;
        match &self.name {
            Some(name) => write!(f, " `{name}`"),
            None => Ok(()),
        }
    }
}
