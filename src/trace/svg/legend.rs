//! What the marks of the picture mean: those that are in it.

use super::super::event::What;
use super::super::standing::Standing;
use super::super::timeline::{ArrowKind, Timeline};
use super::layout::{Layout, float};
use super::pen::Pen;

/// A mark, as the legend draws it.
enum Mark {
    Runs,
    Ready,
    Waits,
    Leaves,
    Arrow(ArrowKind),
    Prints,
    Ends(What),
}

impl Mark {
    fn width(&self) -> f64 {
        match self {
            Self::Runs | Self::Ready | Self::Waits | Self::Leaves => 24.0,
            Self::Arrow(_) | Self::Prints => 8.0,
            Self::Ends(_) => 12.0,
        }
    }

    fn draw(&self, pen: &mut Pen, x: f64, y: f64) {
        let (middle, end) = (x + self.width() / 2.0, x + self.width());
        match self {
            Self::Runs => pen.runs(x, end, y),
            Self::Ready => pen.ready(x, end, y),
            Self::Waits => pen.waits(x, end, y),
            Self::Leaves => pen.leaves(x, end, y),
            Self::Arrow(ArrowKind::Timer) => pen.arrow(ArrowKind::Timer, middle, y - 6.0, y + 9.0),
            Self::Arrow(kind) => pen.arrow(*kind, middle, y - 9.0, y + 9.0),
            Self::Prints => pen.printed(middle, y),
            Self::Ends(how) => pen.end(how, middle, y),
        }
    }
}

/// Draws the legend, and returns where the picture ends.
pub(super) fn draw(pen: &mut Pen, timeline: &Timeline<'_>, layout: &Layout) -> f64 {
    let (mut x, mut y) = (layout.left, layout.bottom + 26.0);
    for (mark, words) in marks(timeline) {
        let width = mark.width();
        let needed = width + 7.0 + 6.3 * float(words.len());
        if x + needed > layout.width - layout.left {
            (x, y) = (layout.left, y + 24.0);
        }
        mark.draw(pen, x, y);
        pen.text(x + width + 7.0, y + 4.0, "s", words);
        x += needed + 18.0;
    }
    let mut notes = Vec::new();
    if timeline.stuck.is_some() {
        notes.push("stuck: no task can go on".to_owned());
    }
    notes.extend(timeline.left_out());
    for note in notes {
        y += 24.0;
        pen.text(layout.left, y + 4.0, "s bad", &note);
    }
    y + 22.0
}

/// The marks that the picture has, and what they mean.
fn marks(timeline: &Timeline<'_>) -> Vec<(Mark, &'static str)> {
    let spans = || timeline.lanes.iter().flat_map(|lane| &lane.spans);
    let ends = || timeline.lanes.iter().filter_map(|lane| lane.end);
    let stands = |is: fn(Standing<'_>) -> bool| spans().any(|span| is(span.standing));
    let arrow = |kind| timeline.arrows.iter().any(|arrow| arrow.kind == kind);
    let panic = What::Panicked {
        message: String::new(),
    };
    let mut marks = Vec::new();
    let mut add = |is_there: bool, mark: Mark, words| {
        if is_there {
            marks.push((mark, words));
        }
    };
    add(stands(|it| it == Standing::Running), Mark::Runs, "runs");
    add(
        stands(|it| it == Standing::Ready),
        Mark::Ready,
        "ready, in the queue",
    );
    add(
        stands(|it| matches!(it, Standing::Waiting(_))),
        Mark::Waits,
        "waits",
    );
    add(
        stands(|it| it == Standing::Leaving),
        Mark::Leaves,
        "to be dropped",
    );
    for (kind, words) in [
        (ArrowKind::Spawn, "spawns"),
        (ArrowKind::Wake, "wakes"),
        (ArrowKind::Timer, "woken by a timer"),
        (ArrowKind::Outside, "woken from outside"),
        (ArrowKind::Cancel, "cancels"),
    ] {
        add(arrow(kind), Mark::Arrow(kind), words);
    }
    add(!timeline.lines.is_empty(), Mark::Prints, "prints");
    for how in [What::Ended, What::Dropped, panic] {
        let words = how.term();
        let is_there = ends().any(|(_, end)| end.term() == words);
        add(is_there, Mark::Ends(how), words);
    }
    marks
}
