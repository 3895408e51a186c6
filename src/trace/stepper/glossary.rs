//! The page's glossary: what can happen, in the words of [`What`](crate::trace::What), and how a task can stand.

/// A term and a line on it, in the order of a task's life.
pub(super) const GLOSSARY: &[(&str, &str)] = &[
    (
        "task",
        "A coroutine that the loop runs by itself, in turn with the others. (asyncio.Task)",
    ),
    (
        "step",
        "One turn of a task: from where it was resumed to where it waits next. Nothing can interrupt it.",
    ),
    (
        "ready queue",
        "Those who can go on, in the order in which they will. The loop always takes the one at the front.",
    ),
    (
        "timer",
        "A moment at which the loop is to wake a task. When nobody is ready, the loop waits for the earliest.",
    ),
    (
        "clock",
        "The loop's own time. On the simulated clock it stands still while tasks run, and leaps to the next timer.",
    ),
    (
        "spawned",
        "The task was made, and stands at the back of the ready queue. It has done nothing yet. (create_task)",
    ),
    (
        "step begins",
        "Its turn has come. It is taken off the front of the ready queue and resumed, or polled.",
    ),
    (
        "suspended",
        "Its step is over, and it waits. (an await that really waits)",
    ),
    (
        "woken",
        "What it waited for may have happened. It was put at the back of the ready queue.",
    ),
    (
        "timer armed",
        "The loop is to wake it at a moment. (call_at)",
    ),
    (
        "timer fired",
        "The timer's moment has come, and it is no longer armed.",
    ),
    (
        "timer disarmed",
        "Nobody waits for the timer's moment any more.",
    ),
    (
        "cancel requested",
        "It is to be dropped at its next turn. (Task.cancel)",
    ),
    ("printed", "The program wrote a line."),
    (
        "ended",
        "It has returned its value, in the step that is over now. Its destructors have run.",
    ),
    (
        "dropped",
        "It was cancelled, or left behind when the root returned. Its destructors have run.",
    ),
    (
        "panicked",
        "It has ended by a panic, of its own or of a destructor.",
    ),
    (
        "stuck",
        "No task can go on. The run ends here, with a report on who waits for what.",
    ),
    ("running", "It has the turn. At most one task has."),
    ("ready", "It stands in the ready queue."),
    ("waiting", "It is suspended, and nothing has woken it."),
    (
        "leaving",
        "Its cancellation was requested: it stands in the ready queue to be dropped, or is being dropped.",
    ),
    (
        "root",
        "The first task, number 0. When it returns the run is over, and who is left is dropped.",
    ),
];
