//! The figures as bars: a panel for every workload and size, each with an axis of its own that begins at zero, so that a bar of twice
//! the length is twice the time.

use std::error::Error;

use plotters::coord::Shift;
use plotters::prelude::{DrawingArea, IntoDrawingArea, RGBColor, Rectangle, SVGBackend, WHITE};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color, IntoFont, TextStyle};

use crate::measure::Figures;
use crate::peers::Peer;
use crate::table::nanos;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Result<T> = std::result::Result<T, Box<dyn Error>>;

const COLUMNS: usize = 3;
/// Pixels.
const PANEL_WIDTH: u32 = 300;
/// For everybody, and a gap below.
const PANEL_HEIGHT: u32 = 210;
const MARGIN: i32 = 8;
const HEAD: i32 = 44;
const BAR: i32 = 16;
/// What the longest bar leaves to the name before it and to the figure behind it.
const NAMES: i32 = 100;
const FIGURES: i32 = 46;

const INK: RGBColor = RGBColor(0x24, 0x29, 0x2f);
const LIMIT: RGBColor = RGBColor(0xb0, 0xb7, 0xc0);
const LANE: RGBColor = RGBColor(0x1f, 0x6f, 0xd0);
const OTHER: RGBColor = RGBColor(0xe0, 0x8a, 0x2e);

/// Draws it on a white ground of its own: it is to be read on a dark page, too.
pub(crate) fn svg(all: &[Figures]) -> Result<String> {
    let rows = all.len().div_ceil(COLUMNS);
    let size = (
        PANEL_WIDTH * u32::try_from(COLUMNS)?,
        PANEL_HEIGHT * u32::try_from(rows)?,
    );
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        root.fill(&WHITE)?;
        for (area, figures) in root.split_evenly((rows, COLUMNS)).iter().zip(all) {
            panel(area, figures)?;
        }
        root.present()?;
    }
    Ok(svg)
}

fn panel(area: &Area<'_>, figures: &Figures) -> Result<()> {
    let left = |size: i32| text(size, HPos::Left);
    let unit = format!("ns per {}", figures.workload.unit);
    area.draw_text(&figures.title(), &left(14), (MARGIN, MARGIN + 8))?;
    area.draw_text(&unit, &left(11), (MARGIN, MARGIN + 25))?;
    let bars = Peer::ALL
        .iter()
        .filter_map(|&peer| Some((peer, figures.of(peer)?)));
    let longest = bars.clone().map(|bar| bar.1).fold(0.0, f64::max);
    let width = i32::try_from(PANEL_WIDTH)? - 2 * MARGIN - NAMES - FIGURES;
    for ((peer, time), top) in bars.zip((HEAD..).step_by(BAR as usize)) {
        let (begin, middle) = (MARGIN + NAMES, top + BAR / 2);
        let end = begin + pixels(time / longest * f64::from(width));
        let bar = Rectangle::new(
            [(begin, top + 2), (end, top + BAR - 2)],
            color(peer).filled(),
        );
        area.draw(&bar)?;
        area.draw_text(peer.name(), &text(12, HPos::Right), (begin - 6, middle))?;
        area.draw_text(&nanos(time), &left(12), (end + 4, middle))?;
    }
    Ok(())
}

fn color(peer: Peer) -> RGBColor {
    if Peer::LIMITS.contains(&peer) {
        LIMIT
    } else if Peer::LANES.contains(&peer) {
        LANE
    } else {
        OTHER
    }
}

fn text(size: i32, side: HPos) -> TextStyle<'static> {
    let font = ("sans-serif", size).into_font().color(&INK);
    font.pos(Pos::new(side, VPos::Center))
}

/// At least one: a bar should be seen.
#[expect(clippy::cast_possible_truncation, reason = "a plot is not that wide")]
fn pixels(length: f64) -> i32 {
    (length.round() as i32).max(1)
}
