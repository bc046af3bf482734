//! Large replies as one piece of bytes: thousands of small objects take a browser longer to hand over than to draw.

use serde::de::{DeserializeOwned, Error as _};
use serde::ser::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_bytes::ByteBuf;

/// Serializes a value as bytes.
pub(super) fn serialize<T: Serialize, S: Serializer>(
    value: &T,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let bytes = postcard::to_allocvec(value).map_err(S::Error::custom)?;
    ByteBuf::from(bytes).serialize(serializer)
}

/// Reads a value from such bytes.
pub(super) fn deserialize<'de, T: DeserializeOwned, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<T, D::Error> {
    let bytes = ByteBuf::deserialize(deserializer)?;
    postcard::from_bytes(&bytes).map_err(D::Error::custom)
}
