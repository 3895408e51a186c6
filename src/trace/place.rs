//! Places in a program's source.

use std::borrow::Cow;
use std::fmt;
use std::panic::Location;

use serde::{Deserialize, Serialize};

/// A place in a program's source: a file and a line in it.
///
/// # Examples
///
/// ```
/// use yield_to_await::trace::Place;
///
/// let place = Place::new("src/main.rs", 3, 5);
/// assert_eq!(place.to_string(), "src/main.rs:3:5");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Place {
    /// The file, as the compiler was given it.
    pub file: Cow<'static, str>,
    /// Counted from 1.
    pub line: u32,
    /// Counted from 1.
    pub column: u32,
}

impl Place {
    /// A place.
    #[must_use]
    pub fn new(file: impl Into<Cow<'static, str>>, line: u32, column: u32) -> Self {
        Self {
            file: file.into(),
            line,
            column,
        }
    }

    /// Whether a source file is neither this crate's nor another library's: those wait on behalf of somebody else.
    pub(crate) fn is_of_user(file: &str) -> bool {
        let file = file.replace('\\', "/");
        let here = file!().replace('\\', "/");
        let src = here.strip_suffix("trace/place.rs");
        let own = src.and_then(|src| file.strip_prefix(src));
        let is_ours = own.is_some_and(|path| OURS.iter().any(|part| path.starts_with(part)));
        !is_ours && !LIBRARIES.iter().any(|folder| file.contains(folder))
    }
}

/// What of this crate's `src` has futures that poll others.
const OURS: [&str; 4] = ["async_await.rs", "generators/", "state_machines/", "trace/"];

/// Where the standard library was built, and where cargo keeps the sources of dependencies.
const LIBRARIES: [&str; 4] = ["/rustc/", "/registry/src/", "/git/checkouts/", "/vendor/"];

impl From<&'static Location<'static>> for Place {
    fn from(location: &'static Location<'static>) -> Self {
        Self::new(location.file(), location.line(), location.column())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.file, self.line, self.column)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_waits_for_somebody_else_is_no_user() {
        let library = "/home/x/.cargo/registry/src/index/futures-util-0.3/src/future/select.rs";
        let windows = "C:\\Users\\x\\.cargo\\registry\\src\\index\\futures-util-0.3\\src\\lib.rs";
        let std = "/rustc/0123/library/core/src/future/future.rs";
        let own = file!().replace("place.rs", "at.rs");
        for file in [library, windows, std, &own, "src\\generators\\timeout.rs"] {
            assert!(!Place::is_of_user(file), "{file}");
        }
    }

    #[test]
    fn whoever_writes_a_program_is_a_user() {
        for file in [
            "src/main.rs",
            "src/bin/x.rs",
            "src\\main.rs",
            "src/programs/ticker.rs",
            "examples/tour.rs",
            "/home/x/p/src/lib.rs",
        ] {
            assert!(Place::is_of_user(file), "{file}");
        }
    }
}
