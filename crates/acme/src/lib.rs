//! Certificates from an authority that speaks ACME (RFC 8555): obtained, kept in a folder, and renewed in
//! time. How an authority makes sure of a name is answered here (HTTP-01 of RFC 8555 §8.3, TLS-ALPN-01 of
//! RFC 8737); the protocol itself is the library's. Nothing here knows of FTP, and nothing is printed: what
//! happens is told to whoever runs the [`Keeper`].

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
