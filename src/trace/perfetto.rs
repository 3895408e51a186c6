//! A recording as a trace for Perfetto.

use std::collections::{BTreeMap, HashMap};

use serde::Serialize;
use serde_json::{Value, json};

use super::event::{Cause, Event, What};
use super::recording::Recording;
use super::replay::Replay;
use super::standing::Standing;
use super::words;
use crate::info::TaskId;

/// The run in Chrome's trace event format, as JSON: open it in [Perfetto](https://ui.perfetto.dev/) or in `chrome://tracing`.
///
/// The thread `loop` has a slice for every step, and every task has a track of its own, with the spans in which it was ready, ran or waited, and what for. Arrows lead from who wakes or
/// spawns a task to the step that follows; what timers and others outside do has a short slice of its own. Printed lines are instants, armed timers spans, the length of the ready queue is a
/// counter.
///
/// Times are in microseconds. On the simulated clock much happens at one moment, and nothing would be seen of it: so every event stands at its own time, or one microsecond after the event
/// before it, whichever is later. `at` in the arguments is the true time.
///
/// It is linear in the number of events, but for the logarithm of the number of armed timers.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, perfetto};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {});
/// let trace: serde_json::Value = serde_json::from_str(&perfetto(&recorder.take()))?;
/// let events = trace["traceEvents"].as_array().unwrap();
/// assert!(events.iter().any(|event| event["ph"] == "B" && event["name"] == "main"));
/// # Ok::<(), serde_json::Error>(())
/// ```
#[must_use]
pub fn perfetto(recording: &Recording) -> String {
    let mut trace = Trace {
        json: r#"{"displayTimeUnit":"ms","traceEvents":["#.to_owned(),
        replay: Replay::new(recording),
        ts: 0,
        slice: None,
        spans: HashMap::new(),
        flows: HashMap::new(),
        flow: 0,
        timers: BTreeMap::new(),
        ready: None,
    };
    for (name, meant) in [("process_name", "yield-to-await"), ("thread_name", "loop")] {
        trace.put(Entry {
            args: Some(json!({"name": meant})),
            ..Entry::new("M", name)
        });
    }
    loop {
        let ran = trace.replay.running();
        let Some(event) = trace.replay.step() else {
            break;
        };
        let at = u64::try_from(event.at.as_micros()).unwrap_or(u64::MAX);
        trace.ts = at.min(LATEST).max(trace.ts + 1);
        trace.event(event, ran);
    }
    trace.close();
    // The last has a comma behind it, and there are two at least.
    trace.json.pop();
    trace.json + "]}\n"
}

/// A later time is written as this one. Readers of the format take times as floating-point numbers, which are exact to twice as much.
const LATEST: u64 = 1 << 52;

/// An event of the trace, with the fields of the format.
#[derive(Serialize)]
struct Entry<'a> {
    ph: &'a str,
    name: &'a str,
    pid: u64,
    tid: u64,
    ts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    cat: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    bp: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    s: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    args: Option<Value>,
}

impl<'a> Entry<'a> {
    fn new(ph: &'a str, name: &'a str) -> Self {
        Self {
            ph,
            name,
            pid: 1,
            tid: 1,
            ts: 0,
            cat: None,
            id: None,
            bp: None,
            s: None,
            args: None,
        }
    }
}

struct Trace<'a> {
    json: String,
    replay: Replay<'a>,
    /// The time of the trace.
    ts: u64,
    /// Whose step has an open slice.
    slice: Option<TaskId>,
    /// What is open on the track of each task that has not ended: its own span, and within it one that says how it stands.
    spans: HashMap<TaskId, (String, String)>,
    /// The arrows to each task that lead to its next step, with their names.
    flows: HashMap<TaskId, Vec<(u64, &'static str)>>,
    flow: u64,
    /// The open spans of the armed timers.
    timers: BTreeMap<u64, String>,
    /// The last length of the ready queue that was told.
    ready: Option<usize>,
}

impl Trace<'_> {
    fn put(&mut self, entry: Entry<'_>) {
        let entry = Entry {
            ts: self.ts,
            ..entry
        };
        // Plain fields cannot fail to be written.
        if let Ok(text) = serde_json::to_string(&entry) {
            self.json += &text;
            self.json.push(',');
        }
    }

    fn slice(&mut self, ph: &str, name: &str, args: Option<Value>) {
        self.put(Entry {
            args,
            ..Entry::new(ph, name)
        });
    }

    fn track(&mut self, ph: &str, cat: &str, number: u64, name: &str) {
        self.put(Entry {
            cat: Some(cat),
            id: Some(format!("{number:#x}")),
            ..Entry::new(ph, name)
        });
    }

    fn arrow(&mut self, ph: &str, number: u64, name: &str) {
        self.put(Entry {
            cat: Some("flow"),
            id: Some(format!("{number:#x}")),
            bp: (ph == "f").then_some("e"),
            ..Entry::new(ph, name)
        });
    }

    fn event(&mut self, event: &Event, ran: Option<TaskId>) {
        let other = ran.filter(|ran| Some(*ran) != event.task);
        for task in [other, event.task].into_iter().flatten() {
            self.stand(task);
        }
        if let Some(task) = event.task {
            self.task_event(task, event);
        }
        match &event.what {
            What::TimerArmed { timer, deadline } => {
                self.disarm(*timer);
                let task = words::by(event.task, self.replay.names());
                let name = format!("timer {timer} of {task}, for {}", words::moment(*deadline));
                self.track("b", "timer", *timer, &name);
                self.timers.insert(*timer, name);
            }
            What::TimerFired { timer } | What::TimerDisarmed { timer } => self.disarm(*timer),
            What::Printed { .. } | What::CancelRequested { .. } | What::Stuck | What::Dropped => {
                self.instant(event);
            }
            _ => {}
        }
        let ready = self.replay.ready();
        if self.ready.replace(ready) != Some(ready) {
            self.slice("C", "ready queue", Some(json!({"tasks": ready})));
        }
    }

    fn task_event(&mut self, task: TaskId, event: &Event) {
        match &event.what {
            What::Spawned { by, .. } => {
                let cause = by.map_or(Cause::Elsewhere, Cause::Task);
                self.depart(task, cause, "spawn");
            }
            What::Woken { by } => self.depart(task, *by, "wake"),
            What::StepBegan { ready } => {
                self.end_slice(None);
                let name = self.replay.name(task);
                let at = words::moment(event.at);
                let args = json!({"step": event.step, "ready behind it": ready, "at": at});
                self.slice("B", &name, Some(args));
                self.slice = Some(task);
                for (id, name) in self.flows.remove(&task).unwrap_or_default() {
                    self.arrow("f", id, name);
                }
            }
            What::Suspended { .. } | What::Ended | What::Dropped | What::Panicked { .. }
                if self.slice == Some(task) =>
            {
                let details = words::details(event, self.replay.names());
                self.end_slice(Some(json!({event.what.term(): details})));
            }
            _ => {}
        }
    }

    fn end_slice(&mut self, args: Option<Value>) {
        if let Some(task) = self.slice.take() {
            let name = self.replay.name(task);
            self.slice("E", &name, args);
        }
    }

    /// Begins an arrow to the next step of a task, in the open slice, or in one of its own.
    fn depart(&mut self, to: TaskId, cause: Cause, name: &'static str) {
        self.flow += 1;
        self.flows.entry(to).or_default().push((self.flow, name));
        let own = match cause {
            _ if self.slice.is_some() => None,
            // What its end sets off comes when its step is over.
            Cause::Task(task) => Some(format!("after {}", self.replay.name(task))),
            cause => Some(words::cause(cause, self.replay.names())),
        };
        if let Some(own) = &own {
            self.slice("B", own, None);
        }
        self.arrow("s", self.flow, name);
        if let Some(own) = own {
            self.ts += 1;
            self.slice("E", &own, None);
        }
    }

    /// Brings the track of a task up to date.
    fn stand(&mut self, id: TaskId) {
        let Some(task) = self.replay.task(id) else {
            return;
        };
        let stands = match task.standing {
            Standing::Ready => "ready".to_owned(),
            Standing::Running => "running".to_owned(),
            Standing::Waiting(on) => {
                format!("waits for {}", words::waits(on, self.replay.names()))
            }
            Standing::Leaving => "to be dropped".to_owned(),
            Standing::Ended | Standing::Dropped | Standing::Panicked => {
                self.leave(id);
                return;
            }
        };
        match self.spans.get_mut(&id) {
            None => {
                let name = self.replay.name(id);
                self.track("b", "task", id.number(), &name);
                self.track("b", "task", id.number(), &stands);
                self.spans.insert(id, (name, stands));
            }
            Some((_, stood)) if *stood != stands => {
                let stood = std::mem::replace(stood, stands.clone());
                self.track("e", "task", id.number(), &stood);
                self.track("b", "task", id.number(), &stands);
            }
            Some(_) => {}
        }
    }

    /// Closes the track of a task.
    fn leave(&mut self, id: TaskId) {
        if let Some((name, stood)) = self.spans.remove(&id) {
            self.track("e", "task", id.number(), &stood);
            self.track("e", "task", id.number(), &name);
        }
    }

    fn instant(&mut self, event: &Event) {
        let name = event.task.map(|task| self.replay.name(task));
        let name = name.unwrap_or_default();
        let details = words::details(event, self.replay.names());
        let words = match event.what {
            What::Printed { .. } => details,
            _ => format!("{name} {} {details}", event.what.term()),
        };
        let args = json!({"task": name, "at": words::moment(event.at)});
        self.put(Entry {
            s: Some("t"),
            args: Some(args),
            ..Entry::new("i", words.trim())
        });
    }

    fn disarm(&mut self, timer: u64) {
        if let Some(name) = self.timers.remove(&timer) {
            self.track("e", "timer", timer, &name);
        }
    }

    /// Closes what is open at the end.
    fn close(&mut self) {
        self.ts += 1;
        self.end_slice(None);
        let tasks: Vec<TaskId> = self.replay.tasks().iter().map(|task| task.id).collect();
        for task in tasks {
            self.leave(task);
        }
        while let Some((&timer, _)) = self.timers.first_key_value() {
            self.disarm(timer);
        }
    }
}
