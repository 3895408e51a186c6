//! Where events stand when a run is laid out with a column a step.

use std::time::Duration;

use super::event::{Cause, Event, What};

/// What a step takes of its column.
pub(super) const TURN: f64 = 0.8;
/// The width of what is before the first step.
pub(super) const LEAD: f64 = 0.4;

/// Where the events stand, as far as the steps are shown.
pub(super) fn positions(events: &[Event], most_steps: usize) -> Vec<f64> {
    let began = |event: &Event| matches!(event.what, What::StepBegan { .. });
    let mut xs = Vec::new();
    let mut column = 0.0;
    let mut steps = 0;
    let mut rest = events;
    while let Some(first) = rest.first() {
        let len = rest.iter().skip(1).position(began);
        let (group, later) = rest.split_at(len.map_or(rest.len(), |len| len + 1));
        rest = later;
        if !began(first) {
            spread(&mut xs, -LEAD, LEAD, group.len(), false);
            continue;
        }
        if steps == most_steps {
            break;
        }
        let turn = turn_of(group);
        spread(&mut xs, column, TURN, turn, true);
        let between = column + TURN;
        let after = &group[turn..];
        let set_off = set_off_by(&group[turn - 1], after);
        xs.extend(std::iter::repeat_n(between, set_off));
        let others = &after[set_off..];
        match others.iter().position(|event| event.what == What::Stuck) {
            // Where the run gets stuck is in the middle: before it, all wait, and behind it, the loop clears up.
            Some(stuck) => {
                let half = (1.0 - TURN) / 2.0;
                spread(&mut xs, between, half, stuck, false);
                xs.push(between + half);
                let behind = others.len() - stuck - 1;
                spread(&mut xs, between + half, half, behind, false);
            }
            None => spread(&mut xs, between, 1.0 - TURN, others.len(), false),
        }
        steps += 1;
        column += 1.0;
    }
    xs
}

/// How many events of a column belong to the step that it begins with.
fn turn_of(group: &[Event]) -> usize {
    let over = |event: &Event| {
        let ends = matches!(
            event.what,
            What::Suspended { .. } | What::Ended | What::Dropped | What::Panicked { .. }
        );
        ends && event.task == group[0].task
    };
    group.iter().position(over).map_or(group.len(), |at| at + 1)
}

/// On the simulated clock time stands still in a step, and all its movements count. On the real one it always moves: then those count that are a hundredth of the whole, or more.
pub(super) fn noticeable(moments: &[(f64, Duration)], end: Duration) -> Vec<(f64, Duration)> {
    let in_step = |x: f64| x > 0.0 && x.fract() < TURN - 0.01;
    let is_real = moments.iter().any(|(x, _)| in_step(*x));
    let least = if is_real { end / 100 } else { Duration::ZERO };
    let mut kept: Vec<(f64, Duration)> = Vec::new();
    for &(x, at) in moments {
        let is_far = |last: &(f64, Duration)| at.abs_diff(last.1) >= least;
        if kept.last().is_none_or(is_far) {
            kept.push((x, at));
        }
    }
    kept
}

/// How many of the events behind the end of a task it has set off itself: these stand where the end does.
fn set_off_by(end: &Event, after: &[Event]) -> usize {
    let is_end = matches!(
        end.what,
        What::Ended | What::Dropped | What::Panicked { .. }
    );
    let set_off = |event: &&Event| match event.what {
        What::Woken {
            by: Cause::Task(task),
        } => is_end && end.task == Some(task),
        _ => false,
    };
    after.iter().take_while(set_off).count()
}

/// Puts `count` events at equal distances; if they fill it, from the very beginning to the very end.
fn spread(xs: &mut Vec<f64>, start: f64, width: f64, count: usize, fills: bool) {
    let Ok(count) = u32::try_from(count) else {
        return;
    };
    for i in 0..count {
        let part = match fills {
            true => f64::from(i) / f64::from(count.max(2) - 1),
            false => f64::from(i + 1) / f64::from(count + 1),
        };
        xs.push(start + width * part);
    }
}

/// The column in which `x` lies; before the first it is the first.
pub(super) fn column(x: f64) -> usize {
    // There are a thousand at most, and they are not negative.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let column = x.max(0.0) as usize;
    column
}
