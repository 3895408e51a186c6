//! What the views call a task.

use std::collections::HashMap;

use super::event::What;
use super::recording::Recording;
use crate::info::TaskId;

/// What the views call the tasks of a recording: by their names, and where these are not enough, by their numbers.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    names: HashMap<TaskId, String>,
}

impl Names {
    pub(super) fn of(recording: &Recording) -> Self {
        let mut names = HashMap::new();
        // Who has a name first, and whether somebody else has it, too.
        let mut bearers: HashMap<String, (TaskId, bool)> = HashMap::new();
        for (task, name) in spawned(recording) {
            let bearer = bearers.entry(name.clone()).or_insert((task, false));
            bearer.1 |= bearer.0 != task;
            names.entry(task).or_insert(name);
        }
        for (task, name) in &mut names {
            if bearers[name].1 {
                *name = format!("{name} ({task})");
            }
        }
        Self { names }
    }

    pub(super) fn name(&self, task: TaskId) -> String {
        match self.names.get(&task) {
            Some(name) => name.clone(),
            None => task.to_string(),
        }
    }
}

/// The tasks that a recording has the beginnings of, and what they would be called if they were alone.
fn spawned(recording: &Recording) -> impl Iterator<Item = (TaskId, String)> + '_ {
    recording.iter().filter_map(|event| match &event.what {
        What::Spawned { name, .. } => {
            let task = event.task?;
            let name = name.as_deref().filter(|name| !name.is_empty());
            Some((task, name.map_or_else(|| task.to_string(), clean)))
        }
        _ => None,
    })
}

/// The text on one line, with nothing in it that would not be seen where it is shown: such a character is written as its escape.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // What turns the direction of a text round, breaks a line, or has no place in XML.
            '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                clean.extend(c.escape_unicode());
            }
            '\u{feff}' | '\u{fffe}' | '\u{ffff}' => clean.extend(c.escape_unicode()),
            _ if c.is_control() => clean.extend(c.escape_default()),
            _ => clean.push(c),
        }
    }
    clean
}

/// The text, or its beginning and an ellipsis: at most `longest` characters.
pub(super) fn short(text: &str, longest: usize) -> String {
    match text.char_indices().nth(longest) {
        None => text.to_owned(),
        Some(_) => {
            let kept = text.chars().take(longest.saturating_sub(1));
            kept.chain(['…']).collect()
        }
    }
}

/// How many columns of a terminal a text takes, about: the letters of East Asia and pictures take two.
pub(super) fn wide(text: &str) -> usize {
    let wide = |c: char| matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe6f}' | '\u{ff00}'..='\u{ff60}' | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..);
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}
