//! The FTP protocol without I/O: verbs, commands, replies, addresses, times, listings, encodings
//! and the two session machines, [`server::Session`] and [`client::Session`]. Nothing here reads a
//! clock, a socket or a file: bytes, events and times go in, bytes and actions come out.

#![forbid(unsafe_code)]

pub mod address;
pub mod anonymous;
pub mod client;
pub mod command;
pub mod encoding;
pub mod host;
pub mod line;
pub mod listing;
pub mod listing_parse;
mod listing_words;
pub mod pathname;
pub mod pattern;
pub mod proxy;
pub mod reply;
pub mod reply_reader;
pub mod server;
mod telnet;
pub mod text;
pub mod time;
pub mod url;
pub mod verbs;
