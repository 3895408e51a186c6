//! What a page shows at a moment, and what it has to.

use std::time::Duration;

use serde_json::{Value, json};
use yield_to_await::trace::{Event, Place, Recording, Replay, ReplayedTask, Standing, What};

use crate::browser::Browser;

/// Goes to each of the moments and looks at one of the panes.
const LOOK: &str = r##"
    const [prefix, moments] = arguments;
    const part = (name) => document.getElementById(prefix + name);
    const all = (name, entry) => [...part(name).querySelectorAll(entry)];
    const number = (text) => (text === undefined ? null : Number(text));
    const own = (text) => (text === undefined ? null : text);
    const box = document.getElementById('number');
    return moments.map((moment) => {
        box.value = moment;
        box.dispatchEvent(new Event('change'));
        const line = part('source').querySelector('[aria-current]');
        return {
            moment: Number(part('moment').dataset.moment),
            clock: part('clock').textContent,
            step: Number(part('step').textContent),
            term: part('sentence').dataset.kind,
            queue: all('queue', '[data-task]').map(({dataset}) => Number(dataset.task)),
            timers: all('timers', '[data-timer]').map(({dataset}) => [number(dataset.timer), dataset.deadline, number(dataset.task)]),
            tasks: all('tasks', '[data-task]').map((row) => [number(row.dataset.task), row.querySelector('.task').textContent,
                row.dataset.state, own(row.dataset.waits), own(row.dataset.machine), row.querySelector('.spawner').textContent]),
            output: all('output', '[data-line]').map((row) => [...row.children].map((child) => child.textContent)),
            line: line === null ? null : Number(line.dataset.line),
            counts: ['queue', 'timers', 'tasks', 'output'].map((list) => Number(part(list).dataset.count)),
        };
    });
"##;

/// The parts of lists that a page shows: so many of each.
const QUEUE: usize = 24;
const TIMERS: usize = 10;
const TASKS: usize = 40;
const OUTPUT: usize = 40;

pub(crate) fn seen(browser: &Browser, prefix: &str, moments: &[usize]) -> Vec<Value> {
    let seen = browser.script(LOOK, &[prefix.into(), moments.into()]);
    seen.as_array().unwrap().clone()
}

fn words(at: Duration) -> String {
    match at {
        Duration::ZERO => "0s".to_owned(),
        Duration::MAX => "never".to_owned(),
        at => format!("{at:?}"),
    }
}

/// What is to be seen at these moments, which are in order. `has_line` says whether the page has the source of a place.
pub(crate) fn expected(
    recording: &Recording,
    moments: &[usize],
    has_line: impl Fn(&Place) -> bool,
) -> Vec<Value> {
    let mut replay = Replay::new(recording);
    let mut chosen = recording.events().first().and_then(|event| event.task);
    let mut last: Option<&Event> = None;
    let mut expected = Vec::new();
    for &moment in moments {
        while replay.position() < moment {
            last = replay.step();
            chosen = last.and_then(|event| event.task).or(chosen);
        }
        let shown = chosen.and_then(|task| replay.task(task));
        let place = shown.and_then(|task| task.place.or(task.spawned_at));
        let line = place
            .filter(|place| has_line(place))
            .map(|place| place.line);
        let index = |task: &ReplayedTask<'_>| Some(task.id) == chosen;
        let first = replay
            .tasks()
            .iter()
            .position(index)
            .map_or(0, |index| index / TASKS * TASKS);
        let tasks = replay.tasks().iter().skip(first).take(TASKS);
        let output = replay.output();
        expected.push(json!({
            "moment": moment,
            "clock": words(replay.clock()),
            "step": replay.steps(),
            "term": last.map_or("", |event| event.what.term()),
            "queue": replay.queue().take(QUEUE).collect::<Vec<_>>(),
            "timers": replay.timers().take(TIMERS)
                .map(|timer| json!([timer.timer, words(timer.deadline), timer.task]))
                .collect::<Vec<_>>(),
            "tasks": tasks.map(|task| row(&replay, task)).collect::<Vec<_>>(),
            "output": output.iter().skip(output.len().saturating_sub(OUTPUT)).map(|event| printed(event)).collect::<Vec<_>>(),
            "line": line,
            "counts": [replay.ready(), replay.timers().count(), replay.tasks().len(), output.len()],
        }));
    }
    expected
}

fn row(replay: &Replay<'_>, task: &ReplayedTask<'_>) -> Value {
    let mut waits = None;
    let state = match task.standing {
        Standing::Ready => "ready",
        Standing::Running => "running",
        Standing::Waiting(on) => {
            let words = on.iter().map(|wait| wait.words(|task| replay.name(task)));
            waits = (!on.is_empty()).then(|| words.collect::<Vec<_>>().join(", "));
            "waiting"
        }
        Standing::Leaving => "leaving",
        Standing::Ended => "ended",
        Standing::Dropped => "dropped",
        Standing::Panicked => "panicked",
        _ => unreachable!("there are seven"),
    };
    let spawner = match task.spawned_by {
        Some(by) => format!("by {}", replay.name(by)),
        None if task.id.number() == 0 => "root".to_owned(),
        None => String::new(),
    };
    json!([
        task.id,
        replay.name(task.id),
        state,
        waits,
        task.state,
        spawner
    ])
}

fn printed(event: &Event) -> Value {
    let What::Printed { label, text } = &event.what else {
        unreachable!("output is what was printed");
    };
    json!([words(event.at), label.as_deref().unwrap_or(""), text])
}
