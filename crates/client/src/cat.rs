//! Downloads to a writer such as standard output ([`Client::cat`]). What was written cannot be
//! taken back, so a broken download is only resumed after it, if length and time show that the file
//! on the server is still the same. It starts over only as long as nothing was written.

use std::io::{self, Write};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::Client;
use crate::copy::{Meter, Sink};
use crate::error::{Anew, Error, Phase};
use crate::get::{Known, ask, is_too_much};
use crate::observer::{Direction, Event};

/// A writer that several attempts share, and how much it has taken.
#[derive(Clone)]
struct Output {
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    written: Arc<AtomicU64>,
}

impl Output {
    fn new(writer: Box<dyn Write + Send>) -> Self {
        Self { writer: Arc::new(Mutex::new(writer)), written: Arc::default() }
    }

    fn written(&self) -> u64 {
        self.written.load(Ordering::Relaxed)
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        // A panic inside the writer does not make it unusable for the client.
        let length = self.writer.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)?;
        self.written.fetch_add(length as u64, Ordering::Relaxed);
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner).flush()
    }
}

impl Client {
    /// Writes a remote file into `writer`, and returns the number of bytes.
    pub async fn cat(&mut self, path: &[u8], writer: Box<dyn Write + Send>) -> Result<u64, Error> {
        self.prepare_for(path).await?;
        let output = Output::new(writer);
        let meter = self.start(Direction::Get, path, None, 0);
        let (mut attempt, mut ways) = (0, 0);
        let mut known = Known::default();
        let result = loop {
            let error = match self.cat_once(path, &output, &mut known, &meter).await {
                Ok(()) => break Ok(output.written()),
                Err(error) => error,
            };
            if ways < 3 && self.may_go_another_way(&error) {
                ways += 1;
                continue;
            }
            let goes_on = self.coding().format.is_verbatim() && known.size.is_some();
            if output.written() > 0 && !goes_on {
                self.forget(&error);
                break Err(error);
            }
            if let Err(error) = self.recover(error, &mut attempt).await {
                break Err(error);
            }
        };
        self.observer.event(Event::Ended { id: meter.id });
        let result = result.map_err(|error| match output.written() {
            0 => error,
            // A failing writer has nothing to do with the server.
            _ if error.phase() == Phase::LocalFile => error,
            written => error.beginning_anew(Anew::Written(written)),
        });
        self.told_apart(path, result).await
    }

    /// One attempt, which resumes after what was written.
    async fn cat_once(
        &mut self,
        path: &[u8],
        output: &Output,
        known: &mut Known,
        meter: &Meter,
    ) -> Result<(), Error> {
        let coding = self.coding();
        let connection = self.connection().await?;
        let offset = output.written();
        let sink = Sink::Writer(Box::new(output.clone()));
        if !coding.format.is_verbatim() {
            let received = connection.retrieve_encoded(path, sink, coding, &mut None, meter).await;
            return received.map(drop);
        }
        let now = ask(connection, path, false).await?;
        if offset > 0 && now != *known {
            return Err(Error::changed());
        }
        *known = now;
        let received = connection.retrieve(path, (offset, now.size), sink, meter).await?;
        let length = offset + received;
        if is_too_much(offset, received, now.size) {
            return Err(Error::changed());
        }
        match now.size {
            Some(size) if length < size => Err(Error::truncated(size, length)),
            _ => Ok(()),
        }
    }
}
