//! Where a program writes its lines.

use std::cell::RefCell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use crate::clock::Time;
use crate::runner;
use crate::trace::observer;

/// One line of a trace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The loop's time when the line was written.
    pub at: Duration,
    /// The task that wrote it.
    pub task: String,
    /// What it wrote.
    pub text: String,
}

impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, task, text } = self;
        let line = format!("{:>5} ms  {task:<9} {text}", at.as_millis());
        f.write_str(line.trim_end())
    }
}

/// Takes lines and stamps them with the time of the running loop. Clones write to the same log. An observer of the run hears them, too.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
/// use yield_to_await::programs::Log;
/// use yield_to_await::{Clock, async_await as aw};
///
/// let log = Log::new();
/// aw::run_on(Clock::Simulated, async {
///     aw::sleep(Duration::from_secs(1)).await;
///     log.say("main", "good morning");
/// });
/// assert_eq!(log.take()[0].to_string(), " 1000 ms  main      good morning");
/// ```
#[derive(Clone, Debug)]
pub struct Log {
    /// `None` for a log that drops every line.
    lines: Option<Rc<RefCell<Vec<Line>>>>,
}

impl Log {
    /// An empty log.
    #[must_use]
    pub fn new() -> Self {
        Self {
            lines: Some(Rc::default()),
        }
    }

    /// A log that drops every line unformatted: for measuring the program and not its prints.
    #[must_use]
    pub fn muted() -> Self {
        Self { lines: None }
    }

    /// Writes a line for `task`. Hand it `format_args!(..)` for a text that is only made if it is kept.
    pub fn say(&self, task: &str, text: impl fmt::Display) {
        if let Some(lines) = &self.lines {
            let line = Line {
                at: runner::now().map_or(Duration::ZERO, Time::since_start),
                task: task.to_owned(),
                text: text.to_string(),
            };
            if observer::listens() {
                observer::printed(Some(task), line.text.clone());
            }
            lines.borrow_mut().push(line);
        }
    }

    /// Takes what has been written so far.
    #[must_use]
    pub fn take(&self) -> Vec<Line> {
        self.lines
            .as_ref()
            .map(|lines| lines.take())
            .unwrap_or_default()
    }
}

impl Default for Log {
    fn default() -> Self {
        Self::new()
    }
}
