//! The events of a run as `tracing` spans, named as tokio-console expects them.
//!
//! A task is a span `runtime.spawn`, entered while the task has its turn; a wake-up is an event of the target `tokio::task::waker`. What the program itself logs is inside the
//! span of its task. Here a plain subscriber prints all of it; any other will do. For the console, which wants a program that goes on for a while, replace the subscriber by
//! `console_subscriber::init()` of the crate `console-subscriber`, run your own main future, and start `tokio-console`.
//!
//! In the lines of the target `tokio::task::waker` the console wants `task.id` to be the number of the task's *span*; in `runtime.spawn` it is the number of the task.
//!
//! `cargo run --example tracing`

use std::collections::HashMap;
use std::time::Duration;

use tracing::span::Id;
use tracing::{Span, dispatcher, info, trace, trace_span};
use tracing_subscriber::fmt::format::FmtSpan;
use yield_to_await::trace::{Event, Place, What};
use yield_to_await::{Clock, Setup, TaskId, async_await as aw};

/// An observer that keeps a span for each task.
#[derive(Default)]
struct Spans {
    open: HashMap<TaskId, Span>,
}

impl Spans {
    fn hear(&mut self, event: Event) {
        // A timer may be none of a task's; the console has nothing to show for it.
        let Some(task) = event.task else { return };
        match event.what {
            What::Spawned { name, place, .. } => self.spawn(task, name.as_deref(), &place),
            What::StepBegan { .. } => {
                self.with(task, |id| dispatcher::get_default(|d| d.enter(id)));
            }
            What::Suspended { .. } => self.exit(task),
            What::Woken { .. } => self.wake(task),
            // A span is closed when the last who has it lets go.
            What::Ended | What::Dropped | What::Panicked { .. } => {
                self.exit(task);
                self.open.remove(&task);
            }
            _ => {}
        }
    }

    fn spawn(&mut self, task: TaskId, name: Option<&str>, place: &Place) {
        let span = trace_span!(
            target: "tokio::task",
            parent: None,
            "runtime.spawn",
            kind = "task",
            task.name = name.unwrap_or_default(),
            task.id = task.number(),
            loc.file = &*place.file,
            loc.line = u64::from(place.line),
            loc.col = u64::from(place.column),
        );
        self.open.insert(task, span);
    }

    /// A span that is not entered is left as it is: a task that is dropped has no step.
    fn exit(&self, task: TaskId) {
        self.with(task, |id| {
            dispatcher::get_default(|dispatch| {
                if dispatch.current_span().id() == Some(id) {
                    dispatch.exit(id);
                }
            });
        });
    }

    /// The console finds the task by the number of its span.
    fn wake(&self, task: TaskId) {
        self.with(task, |id| {
            trace!(target: "tokio::task::waker", op = "waker.wake", task.id = id.into_u64());
        });
    }

    fn with(&self, task: TaskId, act: impl FnOnce(&Id)) {
        if let Some(id) = self.open.get(&task).and_then(Span::id) {
            act(&id);
        }
    }
}

async fn say_after(delay: Duration, message: &str) {
    aw::sleep(delay).await;
    info!("{message}");
}

fn main() {
    tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_span_events(FmtSpan::NEW | FmtSpan::ENTER | FmtSpan::EXIT | FmtSpan::CLOSE)
        .without_time()
        .with_ansi(false)
        .with_writer(std::io::stdout)
        .init();
    let mut spans = Spans::default();
    let setup = Setup::new()
        .clock(Clock::Simulated)
        .observe(move |event| spans.hear(event));
    let report = aw::run_with(setup, async {
        let second = Duration::from_secs(1);
        let hello = aw::spawn_named("hello", say_after(second, "Hello"));
        let world = aw::spawn_named("world", say_after(2 * second, "World"));
        aw::gather([hello, world]).await
    });
    report
        .outcome
        .expect("nobody gets stuck")
        .expect("nobody panics");
}
