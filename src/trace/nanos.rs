//! Moments as numbers: nanoseconds since the loop began. 584 years fit; what is beyond is never.

use std::time::Duration;

use serde::{Deserialize, Deserializer, Serializer};

pub(super) fn serialize<S: Serializer>(moment: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(moment.as_nanos()).unwrap_or(u64::MAX))
}

pub(super) fn deserialize<'a, D: Deserializer<'a>>(from: D) -> Result<Duration, D::Error> {
    Ok(match u64::deserialize(from)? {
        u64::MAX => Duration::MAX,
        nanos => Duration::from_nanos(nanos),
    })
}
