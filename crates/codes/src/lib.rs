//! The catalogue: what every FTP reply code and every Winsock code means, who sends it when, and what
//! to do about it. Server, client and `packetboat code` read their facts about codes here and nowhere
//! else. No input or output, no allocation, no dependency.

#![no_std]
#![forbid(unsafe_code)]

#[cfg(any(test, feature = "std"))]
extern crate std;

mod fault;
mod reply;

pub use fault::Fault;
pub use reply::{Class, ReplyCode};
