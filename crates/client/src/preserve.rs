//! Sets time and permissions of an uploaded file: with MFMT and MFF if FEAT lists them
//! (draft-somers-ftp-mfxx), otherwise permissions with SITE CHMOD.

use std::fs::Metadata;

use packetboat_codes::Class;
use packetboat_proto::client::Request;
use packetboat_proto::time::Timestamp;
use packetboat_proto::verbs::Verb;

use crate::client::{Client, is_refusal, with_retry};
use crate::connection::{Connection, path_request};
use crate::error::Error;
use crate::local;
use crate::observer::Event;

impl Client {
    /// Gives a remote file the time and the permissions of a local one. What the server refuses is
    /// reported to the observer and is not an error, since the file itself has arrived.
    pub(crate) async fn preserve(&mut self, path: &[u8], metadata: &Metadata) -> Result<(), Error> {
        if let Ok(time) = metadata.modified() {
            let time = local::timestamp(time);
            let set = with_retry!(self, connection => connection.set_time(path, time).await);
            self.tell_if_lost(path, "time", set)?;
        }
        if let Some(mode) = local::mode(metadata) {
            let set = with_retry!(self, connection => connection.set_mode(path, mode).await);
            self.tell_if_lost(path, "permissions", set)?;
        }
        Ok(())
    }

    fn tell_if_lost(
        &self,
        path: &[u8],
        what: &'static str,
        set: Result<bool, Error>,
    ) -> Result<(), Error> {
        let error = match set {
            Ok(true) => return Ok(()),
            Ok(false) => None,
            Err(error) if is_refusal(&error) => Some(error),
            Err(error) => return Err(error),
        };
        self.observer.event(Event::NotKept { path, what, error: error.as_ref() });
        Ok(())
    }
}

impl Connection {
    /// Sets the time with MFMT. Returns false if the server does not support it.
    async fn set_time(&mut self, path: &[u8], time: Timestamp) -> Result<bool, Error> {
        if !self.features().await?.has("MFMT") {
            return Ok(false);
        }
        let argument = [time.to_string().as_bytes(), b" ", path].concat();
        self.command(&path_request(Verb::Mfmt, &argument)?).await?;
        Ok(true)
    }

    /// Sets the permissions with MFF or SITE CHMOD. Returns false if the server does not support it.
    async fn set_mode(&mut self, path: &[u8], mode: u32) -> Result<bool, Error> {
        let facts = self.features().await?.parameters("MFF").unwrap_or_default();
        let by_fact = facts.split(';').any(|fact| fact.trim().eq_ignore_ascii_case("UNIX.mode"));
        let request: Request = match by_fact {
            true => {
                let facts = format!("UNIX.mode={mode:04o}; ");
                path_request(Verb::Mff, &[facts.as_bytes(), path].concat())?
            }
            false => {
                let text = format!("CHMOD {mode:03o} ");
                path_request(Verb::Site, &[text.as_bytes(), path].concat())?
            }
        };
        let reply = self.exchange(&request).await?;
        match (reply.code().class(), reply.code().number()) {
            (Class::Completion, _) => Ok(true),
            (_, 500 | 502 | 504) => Ok(false),
            _ => Err(self.refused(&request, reply)),
        }
    }
}
