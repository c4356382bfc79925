//! How a session comes to TLS and leaves it again: AUTH, connections that begin with TLS, REIN, CCC.

use std::io;
use std::sync::Arc;

use packetboat_proto::server::{Event as Report, TlsFailure};
use packetboat_store::VirtualPath;

use crate::connection::Connection;
use crate::event::EventKind;
use crate::life::Phase;
use crate::news::Renewal;
use crate::tls::{Guard, HandshakeError};

impl Connection {
    /// After AUTH: what is said so far leaves in clear, what was known of the client is forgotten (RFC 4217
    /// §4.2), and TLS begins.
    pub(crate) async fn start_tls(&mut self) -> io::Result<()> {
        self.flush().await?;
        (self.listening, self.kept, self.prepared, self.account) = (None, None, None, None);
        (self.ledger, self.own_root, self.renewal) = (None, false, Renewal::default());
        self.directory = VirtualPath::root();
        self.storage = Arc::clone(&self.site.storage);
        self.shared.who.is(self.number, None);
        // The session machine says what follows.
        let _ = self.negotiate_tls().await;
        Ok(())
    }

    /// Negotiates, and tells the session how it went. Whether it came about.
    pub(crate) async fn negotiate_tls(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut phase = shared.phase.subscribe();
        let live = Arc::clone(&self.live);
        let negotiated = match &live.config.tls {
            // The session machine offers TLS only where there is a certificate.
            None => Err(HandshakeError::Failed(io::ErrorKind::Unsupported.into())),
            Some(config) => tokio::select! {
                negotiated = self.control.begin(config) => negotiated,
                _ = phase.wait_for(|phase| *phase >= Phase::Draining) => {
                    Err(HandshakeError::Failed(io::Error::other("the server shuts down")))
                }
            },
        };
        let is_secured = negotiated.is_ok();
        match negotiated {
            Ok(negotiated) => {
                self.emit(EventKind::Secured { version: negotiated.version });
                let server_name = negotiated.server_name;
                self.enter_named(server_name.as_deref());
                let certificate = self.control.certificate().is_some();
                self.report(Report::TlsStarted { server_name, certificate });
            }
            Err(HandshakeError::NotTls) => {
                self.emit(EventKind::NotSecured { error: "the client sent no TLS".into() });
                self.report(Report::TlsFailed(TlsFailure::NotTls));
            }
            Err(HandshakeError::Silent) => {
                let waited = self.live.config.handshake_timeout;
                self.emit(EventKind::NotSecured { error: "the client sent nothing".into() });
                self.report(Report::TlsFailed(TlsFailure::Silent { waited }));
            }
            Err(HandshakeError::Failed(error)) => {
                self.emit(EventKind::NotSecured { error: packetboat_tls::io_words(&error) });
                self.report(Report::TlsFailed(TlsFailure::Broken));
            }
        }
        is_secured
    }

    /// After the reply to REIN, which still leaves under TLS (RFC 4217 §13).
    pub(crate) async fn end_tls(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.control.end().await
    }

    /// After the reply to CCC, which still leaves under TLS (RFC 4217 §5): what the client says from then on is
    /// taken in clear, and what it said under TLS before still counts.
    pub(crate) async fn clear_control(&mut self) -> io::Result<()> {
        self.flush().await?;
        let shared = Arc::clone(&self.shared);
        let mut phase = shared.phase.subscribe();
        let (session, now) = (&mut self.session, shared.now());
        let take = |bytes: &[u8]| {
            session.handle_bytes(bytes, now);
            session.wants_input()
        };
        let cleared = tokio::select! {
            cleared = self.control.clear(take) => cleared,
            _ = phase.wait_for(|phase| *phase >= Phase::Draining) => {
                Err(io::Error::other("the server shuts down"))
            }
        };
        if let Err(error) = &cleared {
            let error = format!("it did not end after CCC: {}", packetboat_tls::io_words(error));
            self.emit(EventKind::NotSecured { error });
        }
        cleared?;
        self.report(Report::ControlCleared);
        Ok(())
    }

    /// What a data connection under TLS has to fulfil.
    pub(crate) fn guard(&self) -> Option<Guard> {
        let config = self.live.config.tls.as_ref()?;
        self.control.guard(config, self.live.config.connect_timeout)
    }
}
