//! Obtains certificates from an ACME authority (RFC 8555), stores them in a folder and renews them
//! in time. This crate answers the challenges (HTTP-01 of RFC 8555 §8.3, TLS-ALPN-01 of RFC 8737);
//! a library implements the protocol itself. It knows nothing about FTP and prints nothing: the
//! [`Keeper`] reports events to its caller.

#![forbid(unsafe_code)]

mod answers;
mod config;
mod error;
mod folder;
mod http;
mod keeper;
mod order;
mod tls_alpn;
mod validity;

pub use config::{AcmeConfig, Challenge, ExternalAccount};
pub use error::AcmeError;
pub use folder::certificate_file;
pub use http::page_folder;
pub use keeper::{Keeper, News};
pub use validity::Validity;
