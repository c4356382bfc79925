//! FTP without input or output: verbs, commands, replies, addresses, times, listings and the two session
//! machines. No clock, no socket, no file: bytes, events and times come in, bytes and actions go out.

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
