//! The marks of the picture: what a bar, an arrow or the end of a task looks like. The legend draws the same.

use std::fmt::Write as _;

use super::super::event::What;
use super::super::timeline::ArrowKind;

/// The picture so far, and the prefix of its ids.
#[derive(Debug)]
pub(super) struct Pen {
    pub(super) svg: String,
    pub(super) prefix: String,
}

/// Half the height of the bar of a task that runs.
pub(super) const BAR: f64 = 9.0;
/// Half the height of the bar of a task that is ready.
const SLIM: f64 = 5.5;

/// A coordinate, as short as it gets at a tenth of a pixel.
pub(super) fn px(x: f64) -> String {
    let text = format!("{x:.1}");
    match text.strip_suffix(".0") {
        Some("-0") => "0".to_owned(),
        Some(whole) => whole.to_owned(),
        None => text,
    }
}

/// A text, harmless between tags and in an attribute. It has no control characters: `clean` has seen to it.
pub(super) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

impl Pen {
    pub(super) fn put(&mut self, line: &str) {
        self.svg.push_str(line);
        self.svg.push('\n');
    }

    pub(super) fn text(&mut self, x: f64, y: f64, class: &str, text: &str) {
        let (x, y, text) = (px(x), px(y), escape(text));
        let _ = writeln!(
            self.svg,
            r#"<text class="{class}" x="{x}" y="{y}">{text}</text>"#
        );
    }

    /// Draws something that says what it is when it is pointed at.
    pub(super) fn told(&mut self, words: &str, draw: impl FnOnce(&mut Self)) {
        let _ = writeln!(self.svg, "<g><title>{}</title>", escape(words));
        draw(self);
        self.put("</g>");
    }

    pub(super) fn rect(&mut self, class: &str, [x, y, width, height]: [f64; 4], rest: &str) {
        let [x, y, width, height] = [x, y, width, height].map(px);
        let _ = writeln!(
            self.svg,
            r#"<rect class="{class}" x="{x}" y="{y}" width="{width}" height="{height}"{rest}/>"#
        );
    }

    pub(super) fn path(&mut self, class: &str, d: &str) {
        let _ = writeln!(self.svg, r#"<path class="{class}" d="{d}"/>"#);
    }

    pub(super) fn vertical(&mut self, class: &str, x: f64, from: f64, to: f64) {
        self.path(class, &format!("M{} {}V{}", px(x), px(from), px(to)));
    }

    pub(super) fn runs(&mut self, from: f64, to: f64, y: f64) {
        let width = (to - from).max(2.0);
        let place = [from, y - BAR, width, 2.0 * BAR];
        self.rect("runs", place, r#" rx="2.5""#);
    }

    pub(super) fn ready(&mut self, from: f64, to: f64, y: f64) {
        let place = [from, y - SLIM, (to - from).max(1.0), 2.0 * SLIM];
        let fill = format!(r#" rx="1.5" fill="url(#{}-hatch)""#, self.prefix);
        self.rect("ready", place, &fill);
    }

    pub(super) fn leaves(&mut self, from: f64, to: f64, y: f64) {
        let place = [from, y - SLIM, (to - from).max(1.0), 2.0 * SLIM];
        self.rect("leaves", place, r#" rx="1.5""#);
    }

    pub(super) fn waits(&mut self, from: f64, to: f64, y: f64) {
        self.path("wait", &format!("M{} {}H{}", px(from), px(y), px(to)));
    }

    pub(super) fn printed(&mut self, x: f64, y: f64) {
        let (x, y) = (px(x), px(y - 4.5));
        self.path("print", &format!("M{x} {y}l3.6 4.5l-3.6 4.5l-3.6-4.5z"));
    }

    pub(super) fn end(&mut self, how: &What, x: f64, y: f64) {
        match how {
            What::Dropped => {
                let (x, y) = (px(x - 4.5), px(y - 4.5));
                let cross = format!("M{x} {y}l9 9m0-9l-9 9");
                self.path("bad line thick", &cross);
            }
            What::Panicked { .. } => {
                let (left, low) = (px(x - 7.0), px(y + 6.0));
                let triangle = format!("M{left} {low}l7-13l7 13z");
                self.path("bad fill", &triangle);
                let (x, y) = (px(x), px(y - 2.0));
                self.path("bang line", &format!("M{x} {y}v3.6m0 1.4v1.4"));
            }
            _ => {
                let (x, y) = (px(x), px(y));
                let _ = writeln!(self.svg, r#"<circle class="end" cx="{x}" cy="{y}" r="5"/>"#);
            }
        }
    }

    /// An arrow at `x`, from one height to another.
    pub(super) fn arrow(&mut self, kind: ArrowKind, x: f64, from: f64, to: f64) {
        let class = match kind {
            ArrowKind::Spawn => "spawn",
            ArrowKind::Wake => "wake",
            ArrowKind::Timer | ArrowKind::Outside => "call",
            ArrowKind::Cancel => "cancel",
        };
        let back = if to > from { -1.0 } else { 1.0 };
        self.vertical(&format!("{class} line"), x, from, to + 2.0 * back);
        let (x_at, tip) = (px(x), px(to));
        if kind == ArrowKind::Spawn {
            let open = format!(
                "M{} {}L{x_at} {tip}l4 {}",
                px(x - 4.0),
                px(to + 6.0 * back),
                px(6.0 * back)
            );
            self.path(&format!("{class} line solid"), &open);
        } else {
            let side = px(7.0 * back);
            let head = format!("M{x_at} {tip}l3.6 {side}h-7.2z");
            self.path(&format!("{class} head"), &head);
        }
        match kind {
            ArrowKind::Timer => {
                let (y, hands) = (px(from), px(from - 2.6));
                let _ = writeln!(
                    self.svg,
                    r#"<circle class="call line face" cx="{x_at}" cy="{y}" r="4"/>"#
                );
                self.path("call line thin", &format!("M{x_at} {hands}V{y}h2"));
            }
            _ => {
                let _ = writeln!(
                    self.svg,
                    r#"<circle class="{class} line solid face" cx="{x_at}" cy="{}" r="1.8"/>"#,
                    px(from)
                );
            }
        }
    }
}
