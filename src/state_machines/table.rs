//! What the executor keeps of a task.

use std::pin::Pin;
use std::rc::Rc;

use super::state::AnyState;

pub(super) type TaskFuture = Pin<Box<dyn Future<Output = ()>>>;

pub(super) struct Task {
    /// Out of its slot while it is polled. The root's lives with the caller of `run`.
    pub(super) future: Option<TaskFuture>,
    pub(super) state: Rc<dyn AnyState>,
    pub(super) queued: bool,
    pub(super) cancelled: bool,
}
