//! [`Connection`], one logged-in session: commands, and transfers of one attempt each. Retries are up to
//! [`Client`](crate::Client).

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use packetboat_codes::Class;
use packetboat_proto::client::{
    Features, HashAlgorithm, Reaction, Request, parse_modified, parse_size, policy,
};
use packetboat_proto::encoding::Format;
use packetboat_proto::reply::Reply;
use packetboat_proto::time::Timestamp;
use packetboat_proto::verbs::Verb;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::account::Account;
use crate::completeness::stores;
use crate::control::Control;
use crate::copy::{Copied, HangUp, Meter, Sink};
use crate::data::{Opened, Ways};
use crate::encoded::{InUse, VERBATIM};
use crate::error::{Error, Phase};
use crate::interrupt::{Interrupt, Running};
use crate::observer::Observer;
use crate::options::Options;
use crate::read_listing::gather;
use crate::source::Source;
use crate::wire::DataStream;
use crate::working_directory::Home;

pub(crate) struct Connection {
    pub(crate) control: Control,
    ways: Ways,
    pub(crate) features: Option<Features>,
    /// The login directory, once known.
    pub(crate) home: Option<Home>,
    pub(crate) options: Arc<Options>,
    pub(crate) in_use: InUse,
    /// The data connection of the last transfer in MODE B or C.
    pub(crate) kept: Option<TcpStream>,
    pub(crate) stall: Duration,
    account: Account,
    /// Data connections use TLS (PROT P).
    pub(crate) private_data: bool,
    /// The algorithm last selected for HASH.
    pub(crate) hash_in_use: Option<HashAlgorithm>,
    /// The refusal of a server that supports no hash at all.
    pub(crate) no_hash: Option<Reply>,
    /// The server accepts the hash verbs that it lists, but its replies contain no hash.
    pub(crate) tells_no_hash: bool,
    pub(crate) interrupt: Interrupt,
    /// The last transfer is known to be complete: by an end mark, TLS, or the reply of a Packetboat
    /// server.
    pub(crate) is_surely_whole: bool,
}

impl Connection {
    /// Connects and logs in.
    pub(crate) async fn open(
        options: &Arc<Options>,
        observer: &Arc<dyn Observer>,
    ) -> Result<Self, Error> {
        let control = Control::connect(options, observer).await?;
        let ways = Ways::new(options, control.peer().ip());
        let mut connection = Self {
            control,
            ways,
            features: None,
            home: None,
            options: Arc::clone(options),
            in_use: InUse::default(),
            kept: None,
            stall: options.reply_timeout,
            account: options.account.clone(),
            hash_in_use: None,
            private_data: false,
            no_hash: None,
            tells_no_hash: false,
            interrupt: options.interrupt.clone(),
            is_surely_whole: false,
        };
        connection.choose_host(options).await?;
        connection.begin_tls(options).await?;
        connection.login(options).await?;
        connection.protect_data(options).await?;
        if let Some(mount) = &options.mount {
            connection.command_on(Verb::Smnt, mount).await?;
        }
        Ok(connection)
    }

    /// Sends HOST before AUTH, so that the server knows which certificate to present (RFC 7151 §3.3).
    async fn choose_host(&mut self, options: &Options) -> Result<(), Error> {
        let Some(host) = &options.virtual_host else { return Ok(()) };
        let request = path_request(Verb::Host, host.as_bytes())?;
        self.command(&request).await.map(drop)
    }

    async fn login(&mut self, options: &Options) -> Result<(), Error> {
        let secret = |verb, text: &[u8]| {
            Request::new(verb, text).map_err(|error| Error::illegal_name(Phase::Login, error))
        };
        let mut request = secret(Verb::User, &options.login.user)?;
        let mut reply = self.control.exchange(Phase::Login, &request).await?;
        // RFC 1123 §4.1.2.11: the first digit decides. Of the 3yz replies only 332 asks for
        // something other than a password.
        if reply.code().class() == Class::Intermediate && reply.code().number() != 332 {
            request = secret(Verb::Pass, &options.login.password)?;
            reply = self.control.exchange(Phase::Login, &request).await?;
        }
        match reply.code().class() {
            Class::Completion => Ok(()),
            _ if asks_account(&reply, request.verb()) => {
                self.send_account(Phase::Login, &request, reply).await
            }
            _ => {
                let error =
                    Error::refused(Phase::Login, &request, reply).of_guest(options.login.is_guest);
                Err(error.at(self.control.peer_name()))
            }
        }
    }

    pub(crate) fn is_usable(&self) -> bool {
        self.control.is_usable()
    }

    /// The final reply to a request, of whichever class. RFC 1123 §4.1.3.1: a server that does not
    /// know a verb may know its experimental (X) name.
    pub(crate) async fn exchange(&mut self, request: &Request) -> Result<Reply, Error> {
        let reply = self.exchange_once(request).await?;
        match request.experimental() {
            Some(old) if matches!(reply.code().number(), 500 | 502) => {
                self.exchange_once(&old).await
            }
            _ => Ok(reply),
        }
    }

    /// The same for one name of the verb. If the server asks for an account, ACCT is sent and the
    /// request repeated.
    async fn exchange_once(&mut self, request: &Request) -> Result<Reply, Error> {
        let reply = self.control.exchange(Phase::Command, request).await?;
        // RNTO cannot be repeated alone: `rename` repeats RNFR too.
        if !asks_account(&reply, request.verb()) || request.verb() == Verb::Rnto {
            return Ok(reply);
        }
        self.send_account(Phase::Command, request, reply).await?;
        self.control.exchange(Phase::Command, request).await
    }

    /// Answers 332 and 532 with ACCT (RFC 959 §4.1.1). Without an account the request stays refused.
    pub(crate) async fn send_account(
        &mut self,
        phase: Phase,
        request: &Request,
        reply: Reply,
    ) -> Result<(), Error> {
        let Some(account) = self.account.get().await else {
            return Err(Error::refused(phase, request, reply).at(self.control.peer_name()));
        };
        let acct =
            Request::new(Verb::Acct, account).map_err(|error| Error::illegal_name(phase, error))?;
        let reply = self.control.exchange(phase, &acct).await?;
        match reply.code().class() {
            Class::Completion => Ok(()),
            _ => Err(Error::refused(phase, &acct, reply).at(self.control.peer_name())),
        }
    }

    /// The reply to a request if it is 2yz, or 3yz for verbs that start a sequence. Any other reply
    /// is an error.
    pub(crate) async fn command(&mut self, request: &Request) -> Result<Reply, Error> {
        let reply = self.exchange(request).await?;
        let begins = !request.verb().row().replies.intermediate.is_empty();
        match reply.code().class() {
            Class::Completion => Ok(reply),
            Class::Intermediate if begins => Ok(reply),
            _ => Err(self.refused(request, reply)),
        }
    }

    /// Sends a verb with a pathname.
    pub(crate) async fn command_on(&mut self, verb: Verb, path: &[u8]) -> Result<Reply, Error> {
        self.command(&path_request(verb, path)?).await
    }

    pub(crate) fn refused(&self, request: &Request, reply: Reply) -> Error {
        Error::refused(Phase::Command, request, reply).at(self.control.peer_name())
    }

    /// The features that the server offers, asked once. If they include UTF-8, the client turns it
    /// on, which some servers need. RFC 2640 §3 requires no such command, so a refusal is ignored.
    pub(crate) async fn features(&mut self) -> Result<&Features, Error> {
        if self.features.is_none() {
            let reply = self.exchange(&Request::bare(Verb::Feat)).await?;
            let features = Features::parse(&reply);
            if features.has("UTF8") {
                self.exchange(&Request::with_text(Verb::Opts, "UTF8 ON")).await?;
            }
            self.features = Some(features);
        }
        Ok(self.features.get_or_insert_default())
    }

    /// Sets TYPE I, so that sizes and data are those of the file itself (RFC 959 §3.1.1.3).
    pub(crate) async fn binary(&mut self) -> Result<(), Error> {
        self.set_type(VERBATIM).await
    }

    /// The length of a file; `None` if the server does not report it. A missing file is an error.
    pub(crate) async fn size(&mut self, path: &[u8]) -> Result<Option<u64>, Error> {
        self.binary().await?;
        let request = path_request(Verb::Size, path)?;
        let reply = self.exchange(&request).await?;
        match (reply.code().number(), reply.code().class()) {
            (213, _) => Ok(parse_size(&reply)),
            (550, _) | (_, Class::TransientNegative) => Err(self.refused(&request, reply)),
            _ => Ok(None),
        }
    }

    /// The time of last modification; `None` if the server does not report it.
    pub(crate) async fn modified(&mut self, path: &[u8]) -> Result<Option<Timestamp>, Error> {
        let reply = self.exchange(&path_request(Verb::Mdtm, path)?).await?;
        match reply.code().number() {
            213 => Ok(parse_modified(&reply)),
            421 => Err(self.refused(&path_request(Verb::Mdtm, path)?, reply)),
            _ => Ok(None),
        }
    }

    /// Fetches a file into a sink, in one attempt, from an offset with REST. Some servers end the
    /// data connection without the TLS close_notify (RFC 4217 §12.7); then the length shows whether
    /// the file is complete, if it is known.
    pub(crate) async fn retrieve(
        &mut self,
        path: &[u8],
        (offset, size): (u64, Option<u64>),
        sink: Sink,
        meter: &Meter,
    ) -> Result<u64, Error> {
        self.set_format(VERBATIM).await?;
        let request = path_request(Verb::Retr, path)?;
        let running = self.interrupt.begin().await;
        let opened = self.open_data(&request, restart_at(offset)).await?;
        let copy = crate::copy::receive(opened.stream, sink, self.stall, meter);
        let (copied, running) = self.unless_interrupted(copy, running).await;
        let finished = self.finish(&request, opened.done, copied, Some(running)).await;
        match finished {
            Err(error) if error.is_unmarked() && size == Some(offset + error.moved()) => {
                Ok(error.moved())
            }
            finished => finished.map(|(bytes, _)| bytes).map_err(|error| error.behind(offset)),
        }
    }

    /// Sends a local file to the server, in one attempt.
    pub(crate) async fn store(
        &mut self,
        request: &Request,
        offset: u64,
        source: Source,
        meter: &Meter,
    ) -> Result<u64, Error> {
        self.set_format(VERBATIM).await?;
        let announcement = self.announcement(&source).await?;
        let running = self.interrupt.begin().await;
        self.control.announcement = announcement;
        let opened = self.open_data(request, restart_at(offset)).await;
        self.control.announcement = None;
        let opened = opened?;
        let begins_at = source.offset();
        let copy = crate::copy::send(opened.stream, source, self.stall, meter);
        let ((copied, hang_up), running) = self.unless_interrupted(copy, running).await;
        if copied.failed_here() {
            return Err(self.give_up(request, copied, hang_up).await);
        }
        drop(hang_up);
        let finished = self.finish(request, opened.done, copied, Some(running)).await;
        let (bytes, _) = finished.map_err(|error| error.behind(begins_at))?;
        // A resumed upload is checked as a whole by `Client::put`.
        if begins_at == 0 {
            self.check_stored(request, bytes).await?;
        }
        Ok(bytes)
    }

    /// Runs a copy to its end. If the user interrupts it, the server is told with ABOR before the
    /// data connection is closed, and this never returns.
    pub(crate) async fn unless_interrupted<T>(
        &mut self,
        copy: impl Future<Output = T>,
        running: Running,
    ) -> (T, Running) {
        let mut copy = Box::pin(copy);
        let interrupt = self.interrupt.clone();
        tokio::select! {
            copied = &mut copy => (copied, running),
            () = interrupt.raised() => {
                self.abort().await;
                drop(copy);
                drop(running);
                std::future::pending().await
            }
        }
    }

    /// Aborts an upload after a local failure, before closing the data connection would mark the
    /// end of the file (RFC 959 §3.4.1).
    pub(crate) async fn give_up(
        &mut self,
        request: &Request,
        copied: Copied,
        hang_up: Option<HangUp>,
    ) -> Error {
        self.abort().await;
        drop(hang_up);
        let error = copied.error.unwrap_or_else(Error::cut_off);
        error.during(request).at(self.control.peer_name())
    }

    /// Tells the server to stop the transfer, and does not wait long for its answer.
    pub(crate) async fn abort(&mut self) {
        /// How long the server may take to answer.
        const PATIENCE: Duration = Duration::from_secs(2);
        let _ = timeout(PATIENCE, self.control.abort()).await;
    }

    /// Everything that LIST, NLST or MLSD sends, and the final reply.
    pub(crate) async fn list_bytes(
        &mut self,
        request: &Request,
    ) -> Result<(Vec<u8>, Reply), Error> {
        // A listing is the same text under TYPE A and I (RFC 959 §4.1.3), but STRU and MODE apply to it.
        if self.in_use.is_ebcdic() {
            self.set_type(Format::default()).await?;
        }
        self.set_structure_and_mode(VERBATIM).await?;
        let Opened { stream, done } = self.open_data(request, None).await?;
        let (bytes, error) = gather(stream, self.stall).await;
        let copied = Copied::new(bytes.len() as u64, error);
        let (_, reply) = self.finish(request, done, copied, None).await?;
        if bytes.last().is_some_and(|last| *last != b'\n') {
            let error = Error::listing_cut("the listing ended in the middle of a line");
            return Err(error.during(request).at(self.control.peer_name()));
        }
        Ok((bytes, reply))
    }

    /// Begins a transfer, over a data connection that is still open or over a new one.
    pub(crate) async fn open_data(
        &mut self,
        request: &Request,
        restart: Option<Request>,
    ) -> Result<Opened, Error> {
        let kept = self.take_kept();
        let opened = self.ways.open(&mut self.control, kept, restart.as_ref(), request).await;
        let error = match opened {
            Err(error) => error,
            Ok(opened) => return self.protected(request, opened).await,
        };
        match error.reply() {
            Some(reply) if asks_account(reply, request.verb()) => {
                let reply = reply.clone();
                self.send_account(Phase::Transfer, request, reply).await?;
            }
            _ => return Err(error),
        }
        let opened = self.ways.open(&mut self.control, None, restart.as_ref(), request).await?;
        self.protected(request, opened).await
    }

    /// Negotiates TLS on the data connection if data is protected. If that fails, the server
    /// reports it too.
    async fn protected(&mut self, request: &Request, opened: Opened) -> Result<Opened, Error> {
        if let Some(reply) = opened.done.as_ref().filter(|_| stores(request.verb())) {
            let what = "the server reported the upload complete before anything was sent, so it is unknown what it \
                        stored";
            let error = Error::protocol(Phase::Transfer, what).with_reply(reply.clone());
            return Err(error.during(request).at(self.control.peer_name()));
        }
        let Some(negotiator) = self.control.negotiator().filter(|_| self.private_data).cloned()
        else {
            return Ok(opened);
        };
        let Opened { stream, done } = opened;
        match negotiator.negotiate_data(stream.socket).await {
            Ok((socket, tls)) => Ok(Opened { stream: DataStream { socket, tls: Some(tls) }, done }),
            Err(error) => {
                let failed = self.finish(request, done, Copied::failed(0, error), None).await;
                // `finish` always returns an error for a failed copy.
                Err(failed.err().unwrap_or_else(|| Error::tls("the data connection has no TLS")))
            }
        }
    }

    /// Reads the final reply of a transfer and decides how it went. If the data connection failed,
    /// the reply is added to the error, since it says more.
    pub(crate) async fn finish(
        &mut self,
        request: &Request,
        done: Option<Reply>,
        copied: Copied,
        running: Option<Running>,
    ) -> Result<(u64, Reply), Error> {
        self.control.data_ended();
        self.is_surely_whole = false;
        let peer = self.control.peer_name().to_owned();
        let moved = copied.bytes;
        let named = |error: Error| error.during(request).at(peer.as_str());
        let Some(error) = copied.error else {
            let reply = match done {
                Some(reply) => reply,
                None => {
                    let lost = |error: Error| named(error.during(request).after_data_end(moved));
                    self.outcome(running).await.map_err(lost)?
                }
            };
            return match reply.code().class() {
                Class::Completion => match self.compare_ends(request, &copied, &reply) {
                    Ok(()) => Ok((copied.bytes, reply)),
                    Err(error) => Err(named(error)),
                },
                _ => {
                    if reply.code().number() == 425 {
                        self.ways.give_up_current();
                    }
                    Err(named(Error::refused_unasked(Phase::Transfer, reply).after_moving(moved)))
                }
            };
        };
        let error = self.control.told_by_tls(error).after_moving(moved).of_data();
        // The transfer has failed, so an interrupt has nothing left to stop.
        drop(running);
        if let Some(reply) = done {
            return Err(named(error.ended_by(reply)));
        }
        let patience = error.patience_for_reason(self.stall);
        let reason = timeout(patience, self.control.final_reply(Phase::Transfer));
        Err(named(match reason.await {
            Ok(Ok(reply)) => error.ended_by(reply),
            _ => error,
        }))
    }

    /// The final reply of a transfer whose bytes have left this program. The bytes may stay in the
    /// buffers of both systems for long, so an interrupt still stops the transfer until the reply
    /// arrives.
    async fn outcome(&mut self, running: Option<Running>) -> Result<Reply, Error> {
        let Some(running) = running else {
            return self.control.final_reply(Phase::Transfer).await;
        };
        let interrupt = self.interrupt.clone();
        tokio::select! {
            reply = self.control.final_reply(Phase::Transfer) => reply,
            () = interrupt.raised() => self.stop(running).await,
        }
    }

    /// Aborts a transfer whose data connection has already ended, and never returns.
    pub(crate) async fn stop<T>(&mut self, running: Running) -> T {
        self.abort().await;
        drop(running);
        std::future::pending().await
    }

    /// Sends QUIT. The server may be gone already, so the outcome does not matter.
    pub(crate) async fn quit(mut self) {
        let goodbye = Request::bare(Verb::Quit);
        let _ =
            timeout(Duration::from_secs(2), self.control.exchange(Phase::Command, &goodbye)).await;
    }
}

fn restart_at(offset: u64) -> Option<Request> {
    (offset > 0).then(|| Request::with_text(Verb::Rest, offset))
}

pub(crate) fn asks_account(reply: &Reply, verb: Verb) -> bool {
    policy(reply.code(), Some(verb)).reaction == Reaction::SendAccount
}

/// A request with a path given by the user or a listing.
pub(crate) fn path_request(verb: Verb, path: &[u8]) -> Result<Request, Error> {
    Request::new(verb, path).map_err(|error| Error::illegal_name(Phase::Command, error))
}
