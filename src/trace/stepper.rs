//! A page to step through runs with.

use std::fmt;

use super::event::Event;
use super::names::Names;
use super::recording::Recording;

mod data;
mod glossary;

/// So many events of a run are put into the page.
const MOST_EVENTS: usize = 20_000;

const PAGE: &str = include_str!("stepper/page.html");
/// Each may overrule those before it.
const STYLES: [&str; 6] = [
    include_str!("stepper/style.css"),
    include_str!("stepper/page.css"),
    include_str!("stepper/state.css"),
    include_str!("stepper/source.css"),
    include_str!("stepper/events.css"),
    include_str!("stepper/screens.css"),
];
/// In the order in which they need each other.
const SCRIPTS: [&str; 9] = [
    include_str!("stepper/data.js"),
    include_str!("stepper/loop.js"),
    include_str!("stepper/run.js"),
    include_str!("stepper/words.js"),
    include_str!("stepper/source.js"),
    include_str!("stepper/timeline.js"),
    include_str!("stepper/pane.js"),
    include_str!("stepper/events.js"),
    include_str!("stepper/script.js"),
];

/// Makes a page to step through runs with: the ready queue, the timers, every task, the output and the source, at every moment.
///
/// The page is one HTML file that needs nothing else, no network and no server; its moments can be linked to (`#12,async_await`). Runs of the same program in several
/// lanes can be looked at side by side. Of each run the first 20,000 events are put in; if there are more, the page says so.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::{Recorder, Stepper};
/// use yield_to_await::{Clock, Setup, async_await as aw};
///
/// let recorder = Recorder::new();
/// aw::run_with(Setup::new().clock(Clock::Simulated).record(&recorder), async {
///     aw::spawn_named("greeter", async {}).await.unwrap();
/// });
/// let page = Stepper::new("A greeting")
///     .about("One task spawns another and waits for it.")
///     .run("async_await", &recorder.take())
///     .to_html();
/// assert!(page.starts_with("<!doctype html>"));
/// ```
#[derive(Clone, Debug, Default)]
#[must_use]
pub struct Stepper {
    title: String,
    about: String,
    runs: Vec<Run>,
    sources: Vec<Source>,
}

#[derive(Clone, Debug)]
struct Run {
    label: String,
    events: Vec<Event>,
    /// How many there were.
    total: usize,
    names: Names,
}

#[derive(Clone, Debug)]
struct Source {
    /// The run that it belongs to.
    label: String,
    file: String,
    first_line: u32,
    text: String,
}

impl Stepper {
    /// A page of this title, with no run yet.
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            title: title.into(),
            ..Self::default()
        }
    }

    /// A line on what there is to see.
    pub fn about(mut self, about: impl Into<String>) -> Self {
        self.about = about.into();
        self
    }

    /// Adds a run. The page opens with the first one, and offers them in the order in which they were added.
    pub fn run(mut self, label: impl Into<String>, recording: &Recording) -> Self {
        self.runs.push(Run {
            label: label.into(),
            events: recording.iter().take(MOST_EVENTS).cloned().collect(),
            total: recording.len(),
            names: Names::of(recording),
        });
        self
    }

    /// Adds a source text, or a part of one, to the run of this label. The file is called what it is called in the recording's [`Place`](super::Place)s, and the text begins with its
    /// line number `first_line`, counted from 1.
    pub fn source(
        mut self,
        label: impl Into<String>,
        file: impl Into<String>,
        first_line: u32,
        text: impl Into<String>,
    ) -> Self {
        self.sources.push(Source {
            label: label.into(),
            file: file.into(),
            first_line,
            text: text.into(),
        });
        self
    }

    /// The page. It takes time and room in proportion to the events: a few dozen bytes for each.
    #[must_use]
    pub fn to_html(&self) -> String {
        self.to_string()
    }
}

/// The page, as [`Stepper::to_html`] gives it.
impl fmt::Display for Stepper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = PAGE;
        while let Some((before, from)) = rest.split_once("{{") {
            f.write_str(before)?;
            let (slot, after) = from.split_once("}}").unwrap_or((from, ""));
            match slot {
                "title" => f.write_str(&escaped(&self.title))?,
                "about" => f.write_str(&escaped(&self.about))?,
                "style" => STYLES.iter().try_for_each(|part| f.write_str(part))?,
                "script" => SCRIPTS.iter().try_for_each(|part| f.write_str(part))?,
                "data" => f.write_str(&data::json(self))?,
                other => unreachable!("page.html has no slot {other}"),
            }
            rest = after;
        }
        f.write_str(rest)
    }
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            _ => escaped.push(c),
        }
    }
    escaped
}

// Not under Miri: they go through long texts, for minutes, and there is nothing in them that it could find.
#[cfg(all(test, not(miri)))]
mod tests;
