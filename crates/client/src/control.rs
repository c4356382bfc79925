//! [`Control`], the control connection: it runs the session machine of `packetboat_proto::client`
//! over a TCP or TLS stream. It sends requests and reads replies; what they mean is up to
//! [`crate::connection`].

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use packetboat_proto::client::{Event as SessionEvent, Request, RequestId, Session, parse_delay};
use packetboat_proto::reply::Reply;
use packetboat_proto::reply_reader::ReplyError;
use packetboat_proto::time::Instant as SessionTime;
use packetboat_proto::verbs::Verb;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_rustls::client::TlsStream;

use crate::completeness::stores;
use crate::error::{Cause, Error, Phase};
use crate::observer::{Event, Observer, SessionId};
use crate::options::Options;
use crate::tls::{Negotiator, Tls};

/// The hint if no greeting arrives.
const SILENT: &str = "either the server hangs, or something in between holds back its greeting: try again later, or ask the \
                      administrator of the server. If this port expects TLS from the start, use an ftps:// address.";
/// The hint if no greeting arrives on port 990, where TLS is the usual reason.
const SILENT_990: &str = "port 990 normally expects TLS from the start: use an ftps:// address.";

/// The hint if the greeting is not FTP.
const NO_FTP: &str = "another service answers on that port: give the port of the FTP server, usually 21 (990 for ftps://). If \
                      the answer begins with SSH, the server speaks SFTP: use `sftp` or `scp`.";

/// The hint if something that is not FTP arrives after the greeting.
const GARBLED: &str = "the greeting was valid FTP, so either the server is faulty or something in between changes the \
                       traffic, such as a proxy or a firewall that inspects FTP. -v shows the dialogue; with TLS (--tls require) nothing \
                       in between can change it.";

pub(crate) struct Control {
    stream: Stream,
    /// Set once the connection uses TLS.
    negotiator: Option<Negotiator>,
    session: Session,
    started: Instant,
    reply_timeout: Duration,
    peer_name: String,
    peer: SocketAddr,
    local: SocketAddr,
    id: SessionId,
    observer: Arc<dyn Observer>,
    /// An unsolicited reply, usually the 421 that explains why the server closes the connection.
    last_words: Option<Reply>,
    /// A request to send in the same packet before the command of an upload.
    pub(crate) announcement: Option<Request>,
    /// The announcement that was sent. Its reply is shown but otherwise ignored.
    aside: Option<RequestId>,
}

impl Control {
    /// Connects and waits for the greeting.
    pub(crate) async fn connect(
        options: &Options,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self, Error> {
        static NEXT_ID: AtomicU64 = AtomicU64::new(1);
        let stream = connect_to_any(options, observer.as_ref()).await?;
        let failed = |error| Error::socket(Phase::Connect, error).at(options.peer());
        // Short commands must not wait until earlier ones are acknowledged.
        stream.set_nodelay(true).map_err(failed)?;
        let (peer, local) =
            (stream.peer_addr().map_err(failed)?, stream.local_addr().map_err(failed)?);
        let mut control = Self {
            stream: Stream::Clear(stream),
            negotiator: None,
            session: Session::new(options.reply_timeout, SessionTime::default()),
            started: Instant::now(),
            reply_timeout: options.reply_timeout,
            peer_name: options.peer(),
            peer,
            local,
            id: SessionId(NEXT_ID.fetch_add(1, Ordering::Relaxed)),
            observer: Arc::clone(observer),
            last_words: None,
            announcement: None,
            aside: None,
        };
        control.session.set_longest_delay(options.longest_delay);
        observer.event(Event::Connected(control.id, peer));
        if options.tls == Tls::Implicit {
            control.begin_tls(options).await?;
        }
        let greeting = control.greeting(options).await.map_err(|error| match error.cause() {
            Cause::TimedOut(_) if options.tls != Tls::Implicit => {
                error.with_hint(if options.port == 990 { SILENT_990 } else { SILENT })
            }
            _ => error,
        })?;
        match greeting.code().number() / 100 {
            2 => Ok(control),
            _ => Err(Error::refused_unasked(Phase::Greeting, greeting).at(&control.peer_name)),
        }
    }

    /// Waits for the greeting, and for any delay that the server announces (RFC 959 §5.4: 120, then
    /// 220).
    async fn greeting(&mut self, options: &Options) -> Result<Reply, Error> {
        loop {
            let reply = self.reply(Phase::Greeting).await?;
            if !reply.code().is_preliminary() {
                return Ok(reply);
            }
            let delay = parse_delay(&reply).unwrap_or_default();
            if delay > options.longest_delay || !options.retry.waits_out(&reply) {
                return Err(Error::refused_unasked(Phase::Greeting, reply).at(&self.peer_name));
            }
            self.observer.event(Event::Waiting { reply: &reply, delay });
        }
    }

    /// Switches the connection to TLS.
    pub(crate) async fn begin_tls(&mut self, options: &Options) -> Result<(), Error> {
        // Plaintext received before the handshake must not be read as replies sent under TLS:
        // anyone in between could have injected it.
        if self.session.has_unread() {
            let what = "unencrypted data followed the server's reply to AUTH; someone in between may have injected it";
            return Err(Error::tls(what).at(&self.peer_name));
        }
        let negotiator = Negotiator::new(options)?;
        let Stream::Clear(stream) = std::mem::replace(&mut self.stream, Stream::Lost) else {
            return Err(Error::tls("the connection already uses TLS").at(&self.peer_name));
        };
        let stream = negotiator.negotiate(stream).await;
        self.stream = Stream::Private(Box::new(stream.map_err(|error| error.at(&self.peer_name))?));
        self.negotiator = Some(negotiator);
        Ok(())
    }

    /// The TLS state for data connections; `None` if the session is unencrypted.
    pub(crate) fn negotiator(&self) -> Option<&Negotiator> {
        self.negotiator.as_ref()
    }

    /// Replaces a socket error by the server's rejection of the client certificate, if that caused it.
    pub(crate) fn told_by_tls(&self, error: Error) -> Error {
        match (error.cause(), &self.negotiator) {
            (Cause::Socket(broken), Some(negotiator)) => {
                negotiator.refusal(broken).unwrap_or(error)
            }
            _ => error,
        }
    }

    /// The observer of this session.
    pub(crate) fn observer(&self) -> Arc<dyn Observer> {
        Arc::clone(&self.observer)
    }

    /// The server's address.
    pub(crate) fn peer(&self) -> SocketAddr {
        self.peer
    }

    /// The server as the user wrote it.
    pub(crate) fn peer_name(&self) -> &str {
        &self.peer_name
    }

    /// The local address.
    pub(crate) fn local(&self) -> SocketAddr {
        self.local
    }

    /// Sends a request without waiting for its reply.
    pub(crate) async fn submit(&mut self, phase: Phase, request: &Request) -> Result<(), Error> {
        let now = self.now();
        if let Some(announcement) = self.announcement.as_ref().filter(|_| stores(request.verb())) {
            self.observer.event(Event::Command(self.id, announcement));
            self.aside = Some(self.session.send(announcement, now));
        }
        self.observer.event(Event::Command(self.id, request));
        self.session.send(request, now);
        let bytes = self.session.take_output();
        let written = timeout(self.reply_timeout, self.stream.write_all(&bytes)).await;
        let error = match written {
            Ok(Ok(())) => return Ok(()),
            Ok(Err(error)) => Error::socket(phase, error),
            Err(_) => Error::timed_out(phase, self.reply_timeout),
        };
        // Before it closed the connection, the server may have sent the reason.
        let error = match timeout(Duration::from_secs(1), self.reply(phase)).await {
            Ok(Ok(reply)) if !reply.code().is_preliminary() => error.with_reply(reply),
            Ok(Err(closed)) if matches!(closed.cause(), Cause::Tls(_)) => closed,
            Ok(Err(closed)) => {
                closed.reply().cloned().map_or(error, |reply| Error::closed(phase, Some(reply)))
            }
            _ => error,
        };
        Err(error.during(request).at(&self.peer_name))
    }

    /// Sends a request and waits for its final reply, of whichever class.
    pub(crate) async fn exchange(
        &mut self,
        phase: Phase,
        request: &Request,
    ) -> Result<Reply, Error> {
        self.submit(phase, request).await?;
        self.final_reply(phase).await.map_err(|error| error.during(request))
    }

    /// The final reply to the oldest pending request.
    pub(crate) async fn final_reply(&mut self, phase: Phase) -> Result<Reply, Error> {
        loop {
            let reply = self.reply(phase).await?;
            if !reply.code().is_preliminary() {
                return Ok(reply);
            }
        }
    }

    /// The next reply to the oldest pending request, preliminary or final. Dropping the future
    /// loses nothing.
    pub(crate) async fn reply(&mut self, phase: Phase) -> Result<Reply, Error> {
        loop {
            match self.session.poll_event() {
                Some(SessionEvent::Final(id, reply)) if self.aside == Some(id) => {
                    self.observer.event(Event::Reply(self.id, &reply));
                    // A server that closes the session may send its 421 as the reply to any request.
                    if reply.code().number() == 421 {
                        self.last_words = Some(reply);
                    }
                }
                Some(SessionEvent::Preliminary(_, reply) | SessionEvent::Final(_, reply)) => {
                    self.observer.event(Event::Reply(self.id, &reply));
                    return Ok(reply);
                }
                Some(SessionEvent::Unasked(reply)) => {
                    self.observer.event(Event::Reply(self.id, &reply));
                    self.last_words = Some(reply);
                }
                Some(SessionEvent::Closed(unfinished)) => {
                    let last_words = unfinished.or_else(|| self.last_words.take());
                    return Err(Error::closed(phase, last_words).at(&self.peer_name));
                }
                Some(SessionEvent::TimedOut) => {
                    return Err(Error::timed_out(phase, self.reply_timeout).at(&self.peer_name));
                }
                Some(SessionEvent::Malformed(error)) => {
                    let garbled =
                        matches!(error, ReplyError::NotAReply(_) | ReplyError::EndlessLine);
                    let error = Error::protocol(phase, error.to_string()).at(&self.peer_name);
                    let hint = if phase == Phase::Greeting { NO_FTP } else { GARBLED };
                    return Err(if garbled { error.with_hint(hint) } else { error });
                }
                None if self.session.is_ended() => {
                    return Err(Error::closed(phase, None).at(&self.peer_name));
                }
                None => self.receive(phase).await?,
            }
        }
    }

    /// Records that the data connection is closed, which starts the timeout for the final reply.
    pub(crate) fn data_ended(&mut self) {
        let now = self.now();
        self.session.handle_data_end(now);
    }

    /// Stops the running transfer and ends the session. RFC 959 §4.1.3 announces ABOR with the
    /// Telnet Interrupt Process and Synch signals; current servers read ABOR without them, and some
    /// take the signals for part of the command.
    pub(crate) async fn abort(&mut self) -> Result<(), Error> {
        self.submit(Phase::Transfer, &Request::bare(Verb::Abor)).await?;
        // One reply belongs to the transfer, one to ABOR.
        while self.session.is_waiting() {
            self.reply(Phase::Transfer).await?;
        }
        self.exchange(Phase::Command, &Request::bare(Verb::Quit)).await.map(drop)
    }

    /// Whether the connection can carry another command.
    pub(crate) fn is_usable(&self) -> bool {
        !self.session.is_ended() && !self.session.is_waiting()
    }

    /// Reads once, or records that the reply is overdue.
    async fn receive(&mut self, phase: Phase) -> Result<(), Error> {
        let mut buffer = [0; 2048];
        let read = self.stream.read(&mut buffer);
        let result = match self.session.deadline() {
            Some(deadline) => timeout_at(self.started + deadline.0, read).await,
            None => Ok(read.await),
        };
        let now = self.now();
        match result {
            Ok(Ok(0)) => self.session.handle_close(),
            Ok(Ok(length)) => {
                self.session.handle_bytes(&buffer[..length], now);
                // Reading succeeds again and again if a server never stops sending, so check the
                // deadline here too.
                self.session.handle_time(now);
            }
            Ok(Err(error)) => {
                // The server may have sent the reason before the reset.
                self.session.handle_close();
                let error = self.told_by_tls(Error::socket(phase, error)).at(&self.peer_name);
                return Err(match self.last_words.take() {
                    Some(reply) => error.with_reply(reply),
                    None => error,
                });
            }
            // The timer and the session machine use the same clock.
            Err(_) => self.session.handle_time(now.max(self.session.deadline().unwrap_or(now))),
        }
        Ok(())
    }

    fn now(&self) -> SessionTime {
        SessionTime(self.started.elapsed())
    }
}

/// The connection itself.
enum Stream {
    Clear(TcpStream),
    Private(Box<TlsStream<TcpStream>>),
    /// The handshake failed and consumed the stream.
    Lost,
}

impl Stream {
    async fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Clear(stream) => stream.read(buffer).await,
            Self::Private(stream) => match stream.read(buffer).await {
                // Most servers close without close_notify; an incomplete reply is detected anyway.
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(0),
                read => read,
            },
            Self::Lost => Ok(0),
        }
    }

    async fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Clear(stream) => stream.write_all(bytes).await,
            Self::Private(stream) => {
                stream.write_all(bytes).await?;
                stream.flush().await
            }
            Self::Lost => Err(io::ErrorKind::NotConnected.into()),
        }
    }
}

/// Tries the addresses of the host in turn, each with the full timeout. If all fail, the last
/// failure is returned.
async fn connect_to_any(options: &Options, observer: &dyn Observer) -> Result<TcpStream, Error> {
    let name = (options.host.as_str(), options.port);
    let resolved = timeout(options.connect_timeout, lookup_host(name)).await;
    let addresses = match resolved {
        Ok(Ok(addresses)) => addresses,
        Ok(Err(error)) => return Err(Error::socket(Phase::Resolve, error).at(options.peer())),
        Err(_) => {
            return Err(
                Error::timed_out(Phase::Resolve, options.connect_timeout).at(options.peer())
            );
        }
    };
    let mut last = None;
    for address in addresses {
        observer.event(Event::Connecting(address));
        match timeout(options.connect_timeout, TcpStream::connect(address)).await {
            Ok(Ok(stream)) => return Ok(stream),
            Ok(Err(error)) => last = Some(Error::socket(Phase::Connect, error)),
            Err(_) => last = Some(Error::timed_out(Phase::Connect, options.connect_timeout)),
        }
    }
    let none =
        || Error::socket(Phase::Resolve, std::io::Error::other("the host name has no address"));
    Err(last.unwrap_or_else(none).at(options.peer()))
}
