//! Renaming with RNFR and RNTO. If the connection is lost before the reply to RNTO, the rename may
//! or may not have taken place, so the client checks both names before it repeats anything.

use packetboat_codes::Class;
use packetboat_proto::reply::Reply;
use packetboat_proto::verbs::Verb;

use crate::client::Client;
use crate::connection::{Connection, asks_account, path_request};
use crate::diagnose::{Presence, presence};
use crate::error::{Error, Phase, Unknown};

/// What a check of both names shows after the reply to RNTO was lost.
enum Found {
    /// The old name is gone and the new one exists.
    Renamed,
    /// The old name still exists.
    AsBefore,
    Unknown,
}

impl Client {
    /// Gives a file or directory another path. The reply is `None` if it was lost and a check of
    /// both names shows that the rename took place.
    pub async fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<Option<Reply>, Error> {
        self.prepare_for(to).await?;
        self.prepare_for(from).await?;
        let (mut attempt, mut lost) = (0, false);
        let result = loop {
            let result = match lost {
                false => self.rename_once(from, to).await.map(Some),
                true => match self.find_renamed(from, to).await {
                    Ok(Found::Renamed) => break Ok(None),
                    Ok(Found::AsBefore) => self.rename_once(from, to).await.map(Some),
                    Ok(Found::Unknown) => {
                        let error = Error::closed(Phase::Command, None);
                        break Err(error.during(&path_request(Verb::Rnto, to)?));
                    }
                    Err(error) => Err(error),
                },
            };
            match result {
                Ok(reply) => break Ok(reply),
                Err(error) => {
                    lost |= error.is_lost() && error.verb() == Some(Verb::Rnto);
                    if let Err(error) = self.recover(error, &mut attempt).await {
                        break Err(error);
                    }
                }
            }
        };
        let unknown = |error: Error| match lost && error.reply().is_none() {
            true => error.leaving_unknown(Unknown::Renamed),
            false => error,
        };
        let result = result.map_err(unknown);
        let second = result.as_ref().is_err_and(|error| error.verb() == Some(Verb::Rnto));
        self.told_apart(if second { to } else { from }, result).await
    }

    async fn rename_once(&mut self, from: &[u8], to: &[u8]) -> Result<Reply, Error> {
        self.connection().await?.rename(from, to).await
    }

    async fn find_renamed(&mut self, from: &[u8], to: &[u8]) -> Result<Found, Error> {
        let connection = self.connection().await?;
        let old = presence(connection, Verb::Rnfr, from).await?;
        let new = presence(connection, Verb::Rnfr, to).await?;
        Ok(match (old, new) {
            (Presence::Absent, Presence::There(_)) => Found::Renamed,
            (Presence::There(_), _) => Found::AsBefore,
            _ => Found::Unknown,
        })
    }
}

impl Connection {
    /// Sends RNFR and RNTO. RNTO must follow its RNFR immediately (RFC 959 §4.1.3), so after an
    /// ACCT in between both are sent again.
    pub(crate) async fn rename(&mut self, from: &[u8], to: &[u8]) -> Result<Reply, Error> {
        let rnto = path_request(Verb::Rnto, to)?;
        self.command_on(Verb::Rnfr, from).await?;
        let reply = self.exchange(&rnto).await?;
        if !asks_account(&reply, Verb::Rnto) {
            return match reply.code().class() {
                Class::Completion => Ok(reply),
                _ => Err(self.refused(&rnto, reply)),
            };
        }
        self.send_account(Phase::Command, &rnto, reply).await?;
        self.command_on(Verb::Rnfr, from).await?;
        self.command(&rnto).await
    }
}
