//! The page that leads to the others.

use yield_to_await::programs::{DEADLOCKS, Program};

use crate::views::File;

const STYLE: &str = "
:root { color-scheme: light dark; --text: #1a1c23; --quiet: #565b68; --paper: #f4f5f8; --card: #fff; --edge: #d5d8e0; --link: #005a9c; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e9eaf0; --quiet: #a9aebb; --paper: #14161b; --card: #1d2027; --edge: #363a45; --link: #7cc4ff; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1rem 4rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--paper); }
h1 { margin: 0 0 .25rem; font-size: 1.75rem; }
h2 { margin: 3rem 0 0; font-size: 1.25rem; }
p { margin: .25rem 0 1rem; color: var(--quiet); max-width: 44rem; }
article { margin: 1.25rem 0; padding: 1.25rem; border: 1px solid var(--edge); border-radius: .75rem; background: var(--card); }
h3 { margin: 0; font: 600 1.1rem/1.5 ui-monospace, monospace; }
a { color: var(--link); }
nav a { margin-right: 1rem; }
nav a:first-child { font-weight: 600; }
img { display: block; max-width: 100%; height: auto; margin: 1rem 0 0; }
";

/// What there is of each program, and what to call it.
const VIEWS: [(&str, &str); 6] = [
    ("html", "step through it"),
    ("txt", "text"),
    ("svg", "picture"),
    ("mmd", "Mermaid"),
    ("perfetto.json", "Perfetto"),
    ("recording.json", "recording"),
];

fn article(program: &Program) -> String {
    let Program { name, shows, .. } = program;
    let links = VIEWS.map(|(ending, what)| format!("<a href=\"{name}.{ending}\">{what}</a>\n"));
    format!(
        "<article>\n<h3 id=\"{name}\">{name}</h3>\n<p>{shows}</p>\n<nav aria-label=\"Views of {name}\">\n{}</nav>\n\
         <a href=\"{name}.html\"><img src=\"{name}.svg\" alt=\"The timeline of {name}\" loading=\"lazy\"></a>\n</article>\n",
        links.concat()
    )
}

pub(crate) fn page(programs: &[&Program]) -> File {
    let gets_stuck = |program: &&&Program| DEADLOCKS.iter().any(|other| other.name == program.name);
    let (stuck, others): (Vec<_>, Vec<_>) = programs.iter().partition(gets_stuck);
    let mut body = String::new();
    for (heading, programs) in [("Programs", others), ("Programs that get stuck", stuck)] {
        if !programs.is_empty() {
            body += &format!("<h2>{heading}</h2>\n");
            body.extend(programs.into_iter().map(article));
        }
    }
    let text = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>Programs, run and recorded</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Programs, run and recorded</h1>\n\
         <p>Each was recorded on the simulated clock. A column of a picture is a step, a turn given to a task: while tasks run, the clock stands still. \
         The recordings of the three lanes are equal, event by event, but for the places in the source.</p>\n{body}</main>\n</body>\n</html>\n"
    );
    File {
        name: "index.html".to_owned(),
        text,
    }
}
