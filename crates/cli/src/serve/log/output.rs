//! Where lines go: standard error, or a file. A thread of its own writes, so that a log nobody reads and a disk
//! that is slow hold up no session; what does not fit is counted and said. A file that was moved away, as
//! logrotate does, is made anew.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// After it wrote, the writer rests this long: to wake it for every line would cost a busy server more
/// than all else about its log.
const REST: Duration = Duration::from_millis(20);
/// Lines that may wait to be written.
const WAITING: usize = 16 << 10;
/// How often it is looked whether the file is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What is written when lines were lost.
pub(super) type LostLine = fn(u64) -> String;

/// A writer and the way to it.
pub(super) struct Output {
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
    writer: Writer,
}

/// The thread that writes. It is started late: one that runs already when the process gives up rights would keep
/// them.
enum Writer {
    Waiting(Receiver<String>, Sheet, LostLine),
    Running(JoinHandle<()>),
}

/// Takes lines; clones lead to the same writer.
#[derive(Clone)]
pub(super) struct Lines {
    sender: SyncSender<String>,
    lost: Arc<AtomicU64>,
}

impl Lines {
    /// Never waits.
    pub(super) fn push(&self, line: String) {
        // The writer lives as long as there are senders.
        if let Err(TrySendError::Full(_)) = self.sender.try_send(line) {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

impl Output {
    /// To standard error.
    pub(super) fn stderr(lost_line: LostLine) -> Self {
        Self::start(Sheet::Stderr, lost_line)
    }

    /// To the end of a file, which is made for its owner alone if need be.
    pub(super) fn file(path: &Path, lost_line: LostLine) -> io::Result<Self> {
        let file = open(path)?;
        let sheet = Sheet::File { path: path.to_owned(), file, looked: Instant::now() };
        Ok(Self::start(sheet, lost_line))
    }

    fn start(sheet: Sheet, lost_line: LostLine) -> Self {
        let (sender, receiver) = sync_channel(WAITING);
        let writer = Writer::Waiting(receiver, sheet, lost_line);
        Self { sender, lost: Arc::new(AtomicU64::new(0)), writer }
    }

    /// Starts to write; what was said before has waited.
    pub(super) fn begin(self) -> Self {
        let Self { sender, lost, writer } = self;
        let counter = Arc::clone(&lost);
        let writer = match writer {
            Writer::Waiting(receiver, mut sheet, lost_line) => {
                let write = move || write_lines(&receiver, &counter, lost_line, &mut sheet);
                Writer::Running(std::thread::spawn(write))
            }
            running => running,
        };
        Self { sender, lost, writer }
    }

    pub(super) fn lines(&self) -> Lines {
        Lines { sender: self.sender.clone(), lost: Arc::clone(&self.lost) }
    }

    /// Waits until all is written. Everything that pushes lines has to be gone by then.
    pub(super) fn finish(self) {
        let Self { sender, writer, .. } = self.begin();
        drop(sender);
        if let Writer::Running(writer) = writer {
            // A writer that panicked has nothing more to write.
            let _ = writer.join();
        }
    }
}

fn write_lines(
    receiver: &Receiver<String>,
    lost: &AtomicU64,
    lost_line: LostLine,
    sheet: &mut Sheet,
) {
    while let Ok(line) = receiver.recv() {
        let (mut text, mut count) = (line, 1);
        // What has gathered meanwhile is written in one go.
        while text.len() < 64 << 10 {
            let Ok(more) = receiver.try_recv() else { break };
            text.push_str(&more);
            count += 1;
        }
        let missing = lost.swap(0, Ordering::Relaxed);
        if missing > 0 {
            text.push_str(&lost_line(missing));
        }
        if !sheet.write(text.as_bytes()) {
            lost.fetch_add(missing + count, Ordering::Relaxed);
        }
        std::thread::sleep(REST);
    }
}

/// What is written on.
enum Sheet {
    Stderr,
    File { path: PathBuf, file: File, looked: Instant },
}

impl Sheet {
    /// Whether all was written. What was not is counted, and said as soon as something can be written again.
    fn write(&mut self, text: &[u8]) -> bool {
        match self {
            // Without standard error there is nowhere to say anything.
            Self::Stderr => io::stderr().lock().write_all(text).is_ok(),
            Self::File { path, file, looked } => {
                if looked.elapsed() >= LOOK {
                    *looked = Instant::now();
                    if let Some(new) = renewed(path, file) {
                        *file = new;
                    }
                }
                file.write_all(text).is_ok()
            }
        }
    }
}

/// The file of this name, if it is not the one that is open any more. Where none can be opened, the old one
/// still takes lines.
fn renewed(path: &Path, file: &File) -> Option<File> {
    let same = |open: fs::Metadata, named: fs::Metadata| {
        (open.dev(), open.ino()) == (named.dev(), named.ino())
    };
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open_file), Ok(named)) if same(open_file.clone(), named.clone()) => None,
        _ => open(path).ok(),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(count: u64) -> String {
        format!("{count} lost\n")
    }

    #[test]
    fn lines_reach_the_file_and_a_new_one_when_it_was_moved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let output = Output::file(&path, lost).expect("a file");
        let lines = output.lines();
        lines.push("one\n".into());
        drop(lines);
        output.finish();
        assert_eq!(fs::read_to_string(&path).expect("the log"), "one\n");

        let mut sheet = Sheet::File {
            path: path.clone(),
            file: open(&path).expect("a file"),
            looked: Instant::now() - LOOK,
        };
        fs::rename(&path, folder.path().join("log.1")).expect("a move");
        assert!(sheet.write(b"two\n"));
        assert_eq!(fs::read_to_string(&path).expect("the new log"), "two\n");
    }

    #[test]
    fn what_could_not_be_written_is_counted_and_said() {
        let (sender, receiver) = sync_channel(8);
        let lost_count = AtomicU64::new(2);
        sender.send("kept\n".into()).expect("a place");
        drop(sender);
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut sheet = Sheet::File {
            path: path.clone(),
            file: open(&path).expect("a file"),
            looked: Instant::now(),
        };
        write_lines(&receiver, &lost_count, lost, &mut sheet);
        assert_eq!(fs::read_to_string(&path).expect("the log"), "kept\n2 lost\n");

        // A file that takes nothing.
        let (sender, receiver) = sync_channel(8);
        sender.send("gone\n".into()).expect("a place");
        drop(sender);
        let file = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let mut full = Sheet::File { path: "/dev/full".into(), file, looked: Instant::now() };
        write_lines(&receiver, &lost_count, lost, &mut full);
        assert_eq!(lost_count.load(Ordering::Relaxed), 1);
    }
}
