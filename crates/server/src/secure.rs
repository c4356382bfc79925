//! How a session starts and ends TLS: AUTH, connections that begin with TLS, REIN, CCC.

use std::io;
use std::sync::Arc;

use packetboat_proto::server::{Event as Report, TlsFailure};
use packetboat_store::VirtualPath;

use crate::account_changes::Renewal;
use crate::connection::Connection;
use crate::event::EventKind;
use crate::life::Phase;
use crate::tls::{Guard, HandshakeError};

impl Connection {
    /// After AUTH: sends pending replies in clear text, forgets what is known about the client (RFC
    /// 4217 §4.2), and begins TLS.
    pub(crate) async fn start_tls(&mut self) -> io::Result<()> {
        self.flush().await?;
        (self.listening, self.kept, self.prepared, self.account) = (None, None, None, None);
        (self.ledger, self.own_root, self.renewal) = (None, false, Renewal::default());
        self.directory = VirtualPath::root();
        self.storage = Arc::clone(&self.site.storage);
        self.shared.who.is(self.number, None);
        // The session machine decides what follows.
        let _ = self.negotiate_tls().await;
        Ok(())
    }

    /// Negotiates TLS, and reports the result to the session machine. Returns whether it succeeded.
    pub(crate) async fn negotiate_tls(&mut self) -> bool {
        let shared = Arc::clone(&self.shared);
        let mut phase = shared.phase.subscribe();
        let live = Arc::clone(&self.live);
        let negotiated = match &live.config.tls {
            // The session machine offers TLS only if there is a certificate.
            None => Err(HandshakeError::Failed(io::ErrorKind::Unsupported.into())),
            Some(config) => tokio::select! {
                negotiated = self.control.begin(config) => negotiated,
                _ = phase.wait_for(|phase| *phase >= Phase::Draining) => {
                    Err(HandshakeError::Failed(io::Error::other("the server is shutting down")))
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
                self.emit(EventKind::NotSecured { error: "the client did not send TLS".into() });
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

    /// After the reply to REIN, which is still sent under TLS (RFC 4217 §13).
    pub(crate) async fn end_tls(&mut self) -> io::Result<()> {
        self.flush().await?;
        self.control.end().await
    }

    /// After the reply to CCC, which is still sent under TLS (RFC 4217 §5): reads the client's
    /// commands in clear text from now on. Those that it sent under TLS before still count.
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
            Err(io::Error::other("the server is shutting down")) } };
        if let Err(error) = &cleared {
            let error = format!("TLS did not end after CCC: {}", packetboat_tls::io_words(error));
            self.emit(EventKind::NotSecured { error });
        }
        cleared?;
        self.report(Report::ControlCleared);
        Ok(())
    }

    /// What a data connection under TLS must satisfy.
    pub(crate) fn guard(&self) -> Option<Guard> {
        let config = self.live.config.tls.as_ref()?;
        self.control.guard(config, self.live.config.connect_timeout)
    }
}
