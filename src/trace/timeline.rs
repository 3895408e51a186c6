//! The lanes of a run: what the chart and the picture draw.

use std::collections::HashMap;
use std::time::Duration;

use super::columns::{TURN, noticeable, positions};
use super::event::{Cause, Event, What};
use super::place::Place;
use super::recording::Recording;
use super::replay::Replay;
use super::standing::Standing;
use super::words;
use crate::info::TaskId;

/// The beginning of a run, laid out: a lane a task, a column a step.
///
/// Column `n` reaches from `n - 1` to `n`. The step itself takes the first part of it, up to [`TURN`]; what happens between it and the next, such as timers that fire, takes the rest. Within
/// each part the events have equal distances.
#[derive(Debug)]
pub(super) struct Timeline<'a> {
    pub(super) lanes: Vec<Lane<'a>>,
    pub(super) steps: usize,
    pub(super) more_steps: usize,
    pub(super) more_tasks: usize,
    /// Where the clock moves, as far as it is worth showing, and to what.
    pub(super) moments: Vec<(f64, Duration)>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) lines: Vec<Line>,
    pub(super) stuck: Option<f64>,
    pub(super) end: Duration,
    /// How many events stand between each step and the next.
    pub(super) between: Vec<usize>,
    /// Where the last event is.
    pub(super) last: f64,
    /// At the end of what is shown.
    pub(super) replay: Replay<'a>,
}

#[derive(Debug)]
pub(super) struct Lane<'a> {
    pub(super) name: String,
    pub(super) spawned_at: Option<&'a Place>,
    pub(super) spans: Vec<Span<'a>>,
    /// Where it ended, and how.
    pub(super) end: Option<(f64, &'a What)>,
}

/// How a task stood for a while.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span<'a> {
    pub(super) from: f64,
    pub(super) to: f64,
    pub(super) began: Duration,
    pub(super) ended: Duration,
    pub(super) standing: Standing<'a>,
    pub(super) state: Option<&'a str>,
    pub(super) place: Option<&'a Place>,
    /// The step, if it ran.
    pub(super) step: usize,
}

/// One task does something to another.
#[derive(Debug)]
pub(super) struct Arrow {
    pub(super) x: f64,
    pub(super) from: Option<usize>,
    pub(super) to: usize,
    pub(super) kind: ArrowKind,
    pub(super) words: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ArrowKind {
    Spawn,
    Wake,
    /// Woken by a timer.
    Timer,
    /// Woken by somebody outside of the loop.
    Outside,
    Cancel,
}

/// A line that was printed.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) x: f64,
    pub(super) lane: usize,
    pub(super) words: String,
}

impl<'a> Timeline<'a> {
    /// Linear in the number of events.
    pub(super) fn new(recording: &'a Recording, most_steps: usize, most_tasks: usize) -> Self {
        let events = recording.events();
        let xs = positions(events, most_steps);
        let mut timeline = Self {
            lanes: Vec::new(),
            steps: 0,
            more_steps: 0,
            more_tasks: 0,
            moments: Vec::new(),
            arrows: Vec::new(),
            lines: Vec::new(),
            stuck: None,
            end: Duration::ZERO,
            between: Vec::new(),
            last: xs.last().copied().unwrap_or(0.0),
            replay: Replay::new(recording),
        };
        let mut open: Vec<Span<'a>> = Vec::new();
        let mut seats = HashMap::new();
        for &x in &xs {
            let ran = timeline.replay.running();
            let Some(event) = timeline.replay.step() else {
                break;
            };
            if let What::StepBegan { .. } = event.what {
                timeline.steps += 1;
                timeline.between.push(0);
            }
            if let Some(between) = timeline.between.last_mut()
                && x.fract() > TURN + 1e-9
            {
                *between += 1;
            }
            if timeline
                .moments
                .last()
                .is_none_or(|last| last.1 != event.at)
            {
                timeline.moments.push((x, event.at));
            }
            timeline.end = event.at;
            while timeline.lanes.len() < timeline.replay.tasks().len().min(most_tasks) {
                let task = &timeline.replay.tasks()[timeline.lanes.len()];
                seats.insert(task.id, timeline.lanes.len());
                open.push(Span {
                    from: x,
                    to: x,
                    began: event.at,
                    ended: event.at,
                    standing: Standing::Waiting(&[]),
                    state: None,
                    place: None,
                    step: 0,
                });
                timeline.lanes.push(Lane {
                    name: timeline.replay.name(task.id),
                    spawned_at: task.spawned_at,
                    spans: Vec::new(),
                    end: None,
                });
            }
            for task in [ran, event.task].into_iter().flatten() {
                if let Some(&lane) = seats.get(&task) {
                    timeline.note(task, lane, x, event, &mut open[lane]);
                }
            }
            timeline.mark(x, event, &seats);
        }
        let last = timeline.last.ceil();
        for (lane, mut span) in timeline.lanes.iter_mut().zip(open) {
            (span.to, span.ended) = (last, timeline.end);
            if !span.standing.is_over() && span.to > span.from {
                lane.spans.push(span);
            }
        }
        let rest = &events[xs.len()..];
        let began = |event: &&Event| matches!(event.what, What::StepBegan { .. });
        timeline.moments = noticeable(&timeline.moments, timeline.end);
        timeline.more_steps = rest.iter().filter(began).count();
        timeline.more_tasks = tasks_of(events) - timeline.lanes.len();
        timeline
    }

    /// Says what is not shown, if that is anything.
    pub(super) fn left_out(&self) -> Option<String> {
        let counts = [
            (self.more_steps, "later step"),
            (self.more_tasks, "more task"),
        ];
        let counts = counts.into_iter().filter(|(number, _)| *number > 0);
        let counts: Vec<String> = counts
            .map(|(number, noun)| words::count(number, noun))
            .collect();
        (!counts.is_empty()).then(|| format!("not shown: {}", counts.join(" and ")))
    }

    /// Closes the span of a task whose standing has changed, and opens the next.
    fn note(&mut self, id: TaskId, lane: usize, x: f64, event: &'a Event, open: &mut Span<'a>) {
        let Some(task) = self.replay.task(id) else {
            return;
        };
        let begins = matches!(event.what, What::StepBegan { .. }) && event.task == Some(id);
        if task.standing == open.standing && !begins {
            return;
        }
        let lane = &mut self.lanes[lane];
        (open.to, open.ended) = (x, event.at);
        if open.to > open.from && !open.standing.is_over() {
            lane.spans.push(*open);
        }
        if task.standing.is_over() && lane.end.is_none() {
            lane.end = Some((x, &event.what));
        }
        *open = Span {
            from: x,
            to: x,
            began: event.at,
            ended: event.at,
            standing: task.standing,
            state: task.state,
            place: task.place,
            step: self.steps,
        };
    }

    /// Notes what is drawn between the lanes, or on them.
    fn mark(&mut self, x: f64, event: &Event, seats: &HashMap<TaskId, usize>) {
        if event.what == What::Stuck {
            self.stuck = Some(x);
        }
        let Some(to) = event.task.and_then(|task| seats.get(&task).copied()) else {
            return;
        };
        let lane = |task: Option<TaskId>| task.and_then(|task| seats.get(&task).copied());
        let (kind, from) = match &event.what {
            What::Spawned { by, .. } => (ArrowKind::Spawn, lane(*by)),
            What::Woken {
                by: Cause::Task(task),
            } => (ArrowKind::Wake, lane(Some(*task))),
            What::Woken {
                by: Cause::Timer(_),
            } => (ArrowKind::Timer, None),
            What::Woken { .. } => (ArrowKind::Outside, None),
            What::CancelRequested { by } => (ArrowKind::Cancel, lane(*by)),
            What::Printed { .. } => {
                let words = words::details(event, self.replay.names());
                self.lines.push(Line { x, lane: to, words });
                return;
            }
            _ => return,
        };
        let details = words::details(event, self.replay.names());
        self.arrows.push(Arrow {
            x,
            from,
            to,
            kind,
            words: format!("{} {} {details}", self.lanes[to].name, event.what.term()),
        });
    }
}

/// How many tasks a recording has heard of.
fn tasks_of(events: &[Event]) -> usize {
    let tasks = events.iter().filter_map(|event| event.task);
    tasks.collect::<std::collections::HashSet<_>>().len()
}
