//! A replay, and the views of a recording.

mod drawn;
mod harmless;
mod made;
mod replay;
mod runs;
mod soup;
mod trace_format;
