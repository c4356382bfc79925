//! The working directory of a session: it stays the login directory, to which the client returns
//! after each CWD into another one.

use std::sync::Arc;
use std::time::Duration;

use packetboat_codes::Class;
use packetboat_proto::client::{Request, parse_path};
use packetboat_proto::reply::Reply;
use packetboat_proto::verbs::Verb;
use tokio::time::timeout;

use crate::connection::{Connection, path_request};
use crate::error::{Error, Phase};

/// The login directory.
#[derive(Clone, Debug)]
pub(crate) enum Home {
    At(Vec<u8>),
    /// The server refused PWD with this reply.
    Untold(Reply),
}

impl Connection {
    /// The login directory. The server is asked once per session.
    pub(crate) async fn home(&mut self) -> Result<Home, Error> {
        if let Some(home) = &self.home {
            return Ok(home.clone());
        }
        let request = Request::bare(Verb::Pwd);
        let reply = self.exchange(&request).await?;
        let home = match (reply.code().class(), reply.code().number()) {
            (Class::Completion, _) => Home::At(parse_path(&reply).ok_or_else(|| {
                let what = format!("the reply to PWD contains no directory: {}", reply.text());
                Error::protocol(Phase::Command, what).during(&request).with_reply(reply)
            })?),
            (Class::PermanentNegative, number) if number != 530 => Home::Untold(reply),
            _ => return Err(self.refused(&request, reply)),
        };
        Ok(self.home.insert(home).clone())
    }

    /// The login directory; an error if the server does not report it.
    pub(crate) async fn told_home(&mut self) -> Result<Vec<u8>, Error> {
        match self.home().await? {
            Home::At(home) => Ok(home),
            Home::Untold(reply) => Err(self.refused(&Request::bare(Verb::Pwd), reply)),
        }
    }

    /// Whether the path is a directory that can be entered.
    pub(crate) async fn is_directory(&mut self, path: &[u8]) -> Result<bool, Error> {
        self.refusal_to_enter(path).await.map(|refusal| refusal.is_none())
    }

    /// The server's refusal to enter a directory; `None` if it can be entered.
    pub(crate) async fn refusal_to_enter(&mut self, path: &[u8]) -> Result<Option<Error>, Error> {
        if path.is_empty() {
            return Ok(None);
        }
        let home = self.home().await?;
        let request = path_request(Verb::Cwd, path)?;
        let reply = self.exchange(&request).await?;
        if reply.code().class() != Class::Completion {
            return Ok(Some(self.refused(&request, reply)));
        }
        match home {
            Home::At(home) => self.command_on(Verb::Cwd, &home).await.map(drop)?,
            Home::Untold(_) => self.begin_again().await?,
        }
        Ok(None)
    }

    /// Replaces this session by a new one, where the login directory is unknown and only a new
    /// login leads back to it. CDUP would not do: after entering a link it leads to another
    /// directory.
    async fn begin_again(&mut self) -> Result<(), Error> {
        let goodbye = Request::bare(Verb::Quit);
        let left = self.control.exchange(Phase::Command, &goodbye);
        // The server may be gone already, so the outcome does not matter.
        let _ = timeout(Duration::from_secs(2), left).await;
        let options = Arc::clone(&self.options);
        let observer = self.control.observer();
        let home = self.home.take();
        *self = Self::open(&options, &observer).await?;
        self.home = home;
        Ok(())
    }
}
