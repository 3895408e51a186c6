//! Who a task is: number, name, and the line that spawned it.

use std::fmt;
use std::panic::Location;
use std::rc::Rc;

use crate::slots::TaskId;

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
    name: Option<Rc<str>>,
    spawned_at: &'static Location<'static>,
}

impl TaskInfo {
    pub(crate) fn new(
        id: TaskId,
        name: Option<&str>,
        spawned_at: &'static Location<'static>,
    ) -> Self {
        let name = name.map(Rc::from);
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
        self.name.as_deref()
    }

    /// The line that spawned the task, or called `run` for the root.
    #[must_use]
    pub fn spawned_at(&self) -> &'static Location<'static> {
        self.spawned_at
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
