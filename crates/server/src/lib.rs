//! The FTP server: runs the session machine of `packetboat-proto` on tokio. Sockets, timers, files
//! and threads live here. Which reply is sent is decided by the session machine, not here.

#![forbid(unsafe_code)]

mod account_changes;
mod actions;
mod admission;
mod change;
mod config;
mod connection;
mod data;
mod deed;
mod event;
mod files;
mod guards;
mod handle;
mod hash;
mod lane;
mod ledger;
mod life;
mod listen;
mod login;
mod login_delay;
mod markers;
mod own_tree;
mod page_buffer;
mod parts;
mod policy;
mod pool;
mod prepare;
mod processors;
mod proxy;
mod pump;
mod rate;
mod reload;
mod secure;
mod server;
mod session_start;
mod setback;
pub mod settings;
mod snapshot;
mod spare_descriptor;
mod task;
mod tls;
mod transfer;
mod upload_rights;
mod who;
mod wire;
mod worker;

pub use admission::Readiness;
pub use config::{NatRule, PassiveAddress, PassivePorts, ServerConfig, Site, Sites, WhoShown};
pub use deed::{Deed, DeedKind};
pub use event::{CloseCause, Event, EventKind, Sink};
pub use guards::{GuardConfig, Rate};
pub use life::{Order, StopConfig};
pub use listen::{Inherited, Listeners, ServerError};
pub use proxy::ProxyConfig;
pub use rate::{RateConfig, RatePair};
pub use reload::{Changes, Handle};
pub use server::{Reach, Server};
pub use tls::{
    Certificate, CertificateError, ClientCertificates, SelfSigned, TlsConfig, Vouchers,
    certificate_fingerprint, login_certificate, self_signed,
};
pub use worker::Lent;
