//! The client side of the protocol without I/O: [`Request`]s as bytes, values read from replies,
//! what the client does on each reply, and the [`Session`] that matches replies to requests. The
//! sockets are in `packetboat-client`.

mod answers;
mod hash;
mod policy;
mod request;
mod session;

pub use answers::{
    Features, parse_delay, parse_extended_passive, parse_marker_pair, parse_modified,
    parse_passive, parse_path, parse_size,
};
pub use hash::{HashAlgorithm, UnknownHash, offered_hashes, parse_hash};
pub use policy::{POLICY, PolicyRow, Reaction, policies, policy};
pub use request::Request;
pub use session::{Event, RequestId, Session};
