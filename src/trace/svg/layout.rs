//! Where things stand in the picture.

use super::super::columns::{LEAD, TURN, column};
use super::super::names::wide;
use super::super::timeline::Timeline;

#[derive(Debug)]
pub(super) struct Layout {
    pub(super) left: f64,
    pub(super) width: f64,
    /// Where the rows begin.
    pub(super) top: f64,
    /// Where they end.
    pub(super) bottom: f64,
    pub(super) row: f64,
    /// The width of a step.
    pub(super) column: f64,
    /// Where the first step begins.
    start: f64,
    /// By how much the gap behind each step is wider than it would be, in columns.
    wider: Vec<f64>,
    /// The same for all the gaps before a step together.
    before: Vec<f64>,
    pub(super) longest_name: usize,
}

/// A picture is about as wide as the text of a page, if it can be.
const WIDE: f64 = 860.0;
const NARROW: f64 = 560.0;
const MARGIN: f64 = 20.0;

/// A number of things as a number to calculate with. There are hundreds at most.
pub(super) fn float(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

impl Layout {
    pub(super) fn new(timeline: &Timeline<'_>) -> Self {
        let longest_name = 20;
        let names = timeline
            .lanes
            .iter()
            .map(|lane| wide(&lane.name).min(longest_name));
        let names = 7.8 * float(names.max().unwrap_or(0).max(5)) + 14.0;
        let wider = wider(timeline);
        let before = wider.iter().scan(0.0, |sum, gap| {
            let before = *sum;
            *sum += gap;
            Some(before)
        });
        let before: Vec<f64> = before.collect();
        let columns = float(timeline.steps.max(1)) + wider.iter().sum::<f64>();
        let room = WIDE - 2.0 * MARGIN - names;
        let column = (room / (columns + LEAD)).clamp(9.0, 64.0);
        let start = MARGIN + names + LEAD * column;
        let (row, top) = (38.0, 116.0);
        Self {
            left: MARGIN,
            width: (start + columns * column + MARGIN).max(NARROW).ceil(),
            top,
            bottom: top + row * float(timeline.lanes.len()),
            row,
            column,
            start,
            wider,
            before,
            longest_name,
        }
    }

    pub(super) fn x(&self, x: f64) -> f64 {
        let step = column(x).min(self.wider.len().saturating_sub(1));
        let (wider, before) = match self.wider.get(step) {
            Some(wider) => (*wider, self.before[step]),
            None => (0.0, 0.0),
        };
        let in_gap = (x - float(step) - TURN).max(0.0) / (1.0 - TURN);
        self.start + (x + before + wider * in_gap) * self.column
    }

    /// The middle of a row.
    pub(super) fn y(&self, lane: usize) -> f64 {
        self.top + self.row * (float(lane) + 0.5)
    }

    /// How many letters of this width go into a line.
    pub(super) fn letters(&self, width: f64) -> usize {
        let room = self.width - 2.0 * self.left;
        // A few hundred at most, and not negative.
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let letters = (room / width) as usize;
        letters
    }
}

/// A gap in which the clock moves is wider, for much may pass in it; so is one in which much happens; and so is the last, where the loop clears up. If it has got stuck there must be room for the
/// words that say on what.
fn wider(timeline: &Timeline<'_>) -> Vec<f64> {
    let crowd = |events: &usize| match events {
        0..=2 => 0.0,
        events => (0.07 * float(*events)).min(1.2),
    };
    let mut wider: Vec<f64> = timeline.between.iter().map(crowd).collect();
    let mut widen = |gap: usize, least: f64| {
        if let Some(gap) = wider.get_mut(gap) {
            *gap = gap.max(least);
        }
    };
    for (x, _) in timeline.moments.iter().filter(|(x, _)| *x > 0.0) {
        // Where a step finds the clock moved, it has moved in the gap before it.
        widen(column((x.ceil() - 1.0).max(0.0)), 0.5);
    }
    if let Some(last) = timeline.steps.checked_sub(1)
        && timeline.between[last] > 0
    {
        widen(last, if timeline.stuck.is_some() { 2.8 } else { 0.9 });
    }
    wider
}
