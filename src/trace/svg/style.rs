//! The colours, for light and for dark, and what refers to them by name.

use std::fmt::Write as _;

/// The rules of the picture, each below its root class: it may stand in a page with rules of its own. The colours are those of Okabe and Ito, which colour-blind people can tell apart.
pub(super) fn style(to: &mut String) {
    to.push_str("<style>\n");
    for (selector, rule) in SHAPES {
        let _ = writeln!(to, ".yta-timeline{selector}{{{rule}}}");
    }
    colours(to, &LIGHT);
    to.push_str("@media (prefers-color-scheme:dark){\n");
    colours(to, &DARK);
    to.push_str("}\n</style>\n");
}

const SHAPES: [(&str, &str); 17] = [
    ("", "max-width:100%;height:auto"),
    (
        " text",
        "font:11px system-ui,-apple-system,'Segoe UI','DejaVu Sans',sans-serif",
    ),
    (" text.h", "font-size:16px;font-weight:600"),
    (" text.s", "font-size:12px"),
    (
        " text.n",
        "font:12.5px ui-monospace,'SF Mono',Menlo,Consolas,'DejaVu Sans Mono',monospace",
    ),
    (" text.k", "font-size:10px;text-anchor:middle"),
    (
        " text.w",
        "font-size:10px;paint-order:stroke;stroke-width:3px;stroke-linejoin:round",
    ),
    (" .wait", "stroke-width:1.5;fill:none"),
    (" .line", "stroke-width:1.5;fill:none"),
    (" .spawn.line", "stroke-dasharray:4 3"),
    (" .cancel.line", "stroke-dasharray:1.5 2.5"),
    (" .line.solid", "stroke-dasharray:none"),
    (" .line.thick", "stroke-width:2.5"),
    (" .line.thin", "stroke-width:1"),
    (" .leaves", "stroke-dasharray:1.5 2.5"),
    (" .tick", "stroke-width:1;stroke-dasharray:2 3;fill:none"),
    (" .hit", "fill:transparent"),
];

struct Colours {
    card: &'static str,
    edge: &'static str,
    band: &'static str,
    ink: &'static str,
    soft: &'static str,
    wait: &'static str,
    tick: &'static str,
    runs: &'static str,
    ready: &'static str,
    spawn: &'static str,
    wake: &'static str,
    bad: &'static str,
    print: &'static str,
}

const LIGHT: Colours = Colours {
    card: "#ffffff",
    edge: "#d4d9df",
    band: "#f4f6f8",
    ink: "#1b2128",
    soft: "#535c66",
    wait: "#7d8790",
    tick: "#9aa3ac",
    runs: "#0072b2",
    ready: "#b87700",
    spawn: "#00825f",
    wake: "#a04a86",
    bad: "#c24e00",
    print: "#f0e442",
};

const DARK: Colours = Colours {
    card: "#15191e",
    edge: "#363d45",
    band: "#1c2127",
    ink: "#e9edf1",
    soft: "#a9b2bc",
    wait: "#87919b",
    tick: "#616a74",
    runs: "#56b4e9",
    ready: "#e69f00",
    spawn: "#2fc39a",
    wake: "#e08fc0",
    bad: "#ff8a45",
    print: "#f0e442",
};

fn colours(to: &mut String, colours: &Colours) {
    let Colours {
        card,
        edge,
        band,
        ink,
        soft,
        wait,
        tick,
        runs,
        ready,
        spawn,
        wake,
        bad,
        print,
    } = colours;
    for (selector, rule) in [
        (".card", format!("fill:{card};stroke:{edge}")),
        (".band", format!("fill:{band}")),
        ("text", format!("fill:{ink}")),
        ("text.s", format!("fill:{soft}")),
        ("text.k", format!("fill:{soft}")),
        ("text.w", format!("fill:{soft};stroke:{card}")),
        (".wait", format!("stroke:{wait}")),
        (".tick", format!("stroke:{tick}")),
        (".runs", format!("fill:{runs}")),
        (".ready", format!("stroke:{ready}")),
        (".leaves", format!("stroke:{bad};fill:{card}")),
        (".end", format!("fill:{ink};stroke:{card}")),
        (".spawn.line", format!("stroke:{spawn}")),
        (".wake.line", format!("stroke:{wake}")),
        (".call.line", format!("stroke:{soft}")),
        (".cancel.line", format!("stroke:{bad}")),
        (".bad.line", format!("stroke:{bad}")),
        (".wake.head", format!("fill:{wake}")),
        (".call.head", format!("fill:{soft}")),
        (".cancel.head", format!("fill:{bad}")),
        (".face", format!("fill:{card}")),
        (".bang.line", format!("stroke:{card}")),
        (".bad.fill", format!("fill:{bad}")),
        ("text.bad", format!("fill:{bad}")),
        (".print", format!("fill:{print};stroke:#1b2128")),
    ] {
        let _ = writeln!(to, ".yta-timeline {selector}{{{rule}}}");
    }
}
