//! What a task waits for, in words on its line, where they fit.

use super::super::names::wide;
use super::super::standing::Standing;
use super::super::timeline::Timeline;
use super::super::wait::Wait;
use super::super::words;
use super::layout::{Layout, float};
use super::pen::Pen;

/// The width of a letter, about.
const LETTER: f64 = 5.7;

pub(super) fn draw(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout) {
    let names = timeline.replay.names();
    let crossed = crossings(timeline, layout);
    for (i, lane) in timeline.lanes.iter().enumerate() {
        for span in &lane.spans {
            let Standing::Waiting(on) = span.standing else {
                continue;
            };
            let (from, to) = (layout.x(span.from) + 4.0, layout.x(span.to) - 7.0);
            let gaps = gaps(&crossed[i], from, to);
            let [few, fewer] = words::short_waits(on, names);
            let mut texts = vec![words::waits(on, names), few, fewer];
            if let [Wait::Sleep(_)] = on {
                // The most frequent reads the same everywhere, whether there is room or not.
                texts.remove(0);
            }
            let fits = |text: &String| {
                let width = LETTER * float(wide(text));
                let fitting = |gap: &&(f64, f64)| gap.1 - gap.0 >= width;
                gaps.iter().find(fitting).map(|gap| (gap.0, text.clone()))
            };
            if let Some((x, text)) = texts.iter().find_map(fits) {
                pen.text(x, layout.y(i) - 5.0, "w", &text);
            }
        }
    }
}

/// Where arrows cross a row, from left to right, for every row.
fn crossings(timeline: &Timeline<'_>, layout: &Layout) -> Vec<Vec<f64>> {
    let mut crossed = vec![Vec::new(); timeline.lanes.len()];
    for arrow in &timeline.arrows {
        let Some(from) = arrow.from else { continue };
        // The half of a row above its line is where the words stand.
        let (high, low) = (from.min(arrow.to), from.max(arrow.to));
        for lane in &mut crossed[high + 1..=low.max(high + 1).min(timeline.lanes.len() - 1)] {
            lane.push(layout.x(arrow.x));
        }
    }
    for lane in &mut crossed {
        lane.extend(timeline.stuck.map(|x| layout.x(x)));
        lane.sort_by(f64::total_cmp);
    }
    crossed
}

/// The stretches between `from` and `to` that nothing crosses.
fn gaps(crossed: &[f64], from: f64, to: f64) -> Vec<(f64, f64)> {
    let mut gaps = Vec::new();
    let mut start = from;
    for &x in &crossed[crossed.partition_point(|x| *x < from)..] {
        if x > to {
            break;
        }
        gaps.push((start, x - 4.0));
        start = x + 4.0;
    }
    gaps.push((start, to));
    gaps
}
