//! Writes log lines to standard error or a file. A separate thread writes, so that neither a slow
//! disk nor a reader that stalls can hold up a session; lines that do not fit are counted and
//! reported. Lines are gathered in one string, so that no memory is passed between threads for each
//! line. If a file is moved away, as logrotate does, a new one is created; if that fails, it is
//! reported elsewhere and tried again.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::permission_denied::Refused;

/// How long the writer rests after each write. Waking it for every line would cost a busy server
/// more than everything else about its logs.
const REST: Duration = Duration::from_millis(20);
/// The most lines that may wait to be written.
const WAITING: u64 = 16 << 10;
/// The capacity that the writer keeps for its text.
const KEPT: usize = 512 << 10;
/// How often to check whether the file is still there.
const LOOK: Duration = Duration::from_secs(1);

/// Makes the line that reports lost lines.
pub(super) type LostLine = fn(u64) -> String;
/// Reports elsewhere what has happened to a log.
pub(super) type Tell = Box<dyn Fn(String) + Send>;

/// A writer and the queue to it.
pub(super) struct Output {
    queue: Arc<Queue>,
    writer: Writer,
}

/// The writing thread. It starts late, because a thread that is running when the process drops
/// privileges would keep them.
enum Writer {
    Waiting(Page, LostLine),
    Running(JoinHandle<()>),
}

/// Takes lines; clones share the same writer.
#[derive(Clone)]
pub(super) struct Lines {
    queue: Arc<Queue>,
}

/// The lines that wait to be written.
#[derive(Default)]
struct Queue {
    gathered: Mutex<Gathered>,
    more: Condvar,
}

#[derive(Default)]
struct Gathered {
    text: String,
    /// The number of lines in the text.
    lines: u64,
    lost: u64,
    /// The writer has written everything.
    idle: bool,
    /// No more lines will come.
    closed: bool,
}

impl Lines {
    /// Adds a line, without ever waiting for the writer.
    pub(super) fn push(&self, line: &str) {
        let mut gathered = self.queue.lock();
        if gathered.lines >= WAITING {
            gathered.lost += 1;
            return;
        }
        gathered.text.push_str(line);
        gathered.lines += 1;
        if std::mem::take(&mut gathered.idle) {
            drop(gathered);
            self.queue.more.notify_one();
        }
    }
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Gathered> {
        // The contents are consistent even if a thread panicked.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Swaps the gathered text with a finished one, and returns how many lines it has and how many
    /// were lost. Waits for lines; returns `None` once there will be no more.
    fn take(&self, text: &mut String) -> Option<(u64, u64)> {
        text.clear();
        text.shrink_to(KEPT);
        let mut gathered = self.lock();
        while gathered.lines == 0 {
            if gathered.closed {
                return None;
            }
            gathered.idle = true;
            gathered = self.more.wait(gathered).unwrap_or_else(PoisonError::into_inner);
        }
        std::mem::swap(text, &mut gathered.text);
        Some((std::mem::take(&mut gathered.lines), std::mem::take(&mut gathered.lost)))
    }
}

impl Output {
    /// Writes to standard error.
    pub(super) fn stderr(lost_line: LostLine) -> Self {
        Self::start(Page::new(Sheet::Stderr), lost_line)
    }

    /// Appends to a file, which is created if needed, readable by its owner and group only.
    pub(super) fn file(path: &Path, lost_line: LostLine, tell: Tell) -> io::Result<Self> {
        let named =
            Named { path: path.to_owned(), file: open(path)?, trouble: None, told: 0, tell };
        let sheet = Sheet::File { named, looked: Instant::now() };
        Ok(Self::start(Page::new(sheet), lost_line))
    }

    fn start(page: Page, lost_line: LostLine) -> Self {
        Self { queue: Arc::default(), writer: Writer::Waiting(page, lost_line) }
    }

    /// Starts writing. Lines from before have waited.
    pub(super) fn begin(self) -> Self {
        let Self { queue, writer } = self;
        let writer = match writer {
            Writer::Waiting(mut page, lost_line) => {
                let queue = Arc::clone(&queue);
                let write = move || write_lines(&queue, lost_line, &mut page);
                Writer::Running(std::thread::spawn(write))
            }
            running => running,
        };
        Self { queue, writer }
    }

    pub(super) fn lines(&self) -> Lines {
        Lines { queue: Arc::clone(&self.queue) }
    }

    /// Waits until everything is written. Lines pushed later are never written.
    pub(super) fn finish(self) {
        let Self { queue, writer } = self.begin();
        queue.lock().closed = true;
        queue.more.notify_one();
        if let Writer::Running(writer) = writer {
            // A writer that panicked has nothing more to write.
            let _ = writer.join();
        }
    }
}

fn write_lines(queue: &Queue, lost_line: LostLine, page: &mut Page) {
    let mut text = String::new();
    while let Some((lines, lost)) = queue.take(&mut text) {
        let line = if lost > 0 { lost_line(lost) } else { String::new() };
        text.push_str(&line);
        let written = page.write(text.as_bytes(), lines);
        if written == text.len() && lost > 0 && line.is_empty() {
            page.tell_lost(lost);
        }
        if written < text.len() {
            // The report of lost lines is the last line.
            let whole = text.as_bytes()[..written].iter().filter(|&&byte| byte == b'\n').count();
            queue.lock().lost += lost + lines.saturating_sub(whole as u64);
        }
        std::thread::sleep(REST);
    }
}

/// Where lines are written, and whether the last line is incomplete, for example because the disk
/// was full.
struct Page {
    sheet: Sheet,
    broken: bool,
}

enum Sheet {
    Stderr,
    File { named: Named, looked: Instant },
}

/// A file that people look for by its name.
struct Named {
    path: PathBuf,
    file: File,
    /// Set if the file has lost its name and no new one could be opened.
    trouble: Option<Trouble>,
    /// The lost lines that were reported when the trouble ended.
    told: u64,
    tell: Tell,
}

struct Trouble {
    /// The number of lines written where nobody finds them.
    missed: u64,
    /// Why no new file could be opened, as last reported.
    reason: io::ErrorKind,
}

impl Page {
    fn new(sheet: Sheet) -> Self {
        Self { sheet, broken: false }
    }

    /// Writes the text, and returns how many bytes were written. The rest is counted, and reported
    /// as soon as writing works again. An incomplete line is ended first, so that it spoils only
    /// itself. `lines` counts the events in the text, without the report of lost lines.
    fn write(&mut self, text: &[u8], lines: u64) -> usize {
        self.look();
        match &mut self.sheet {
            // Nothing can be reported if standard error is closed.
            Sheet::Stderr => write_on(&mut io::stderr().lock(), &mut self.broken, text),
            Sheet::File { named, .. } => {
                let written = write_on(&mut named.file, &mut self.broken, text);
                // The disk takes the lines, but nobody will see them.
                if named.miss(lines) { 0 } else { written }
            }
        }
    }

    /// Reports lost lines elsewhere, for formats that have no line for it, unless the end of the
    /// trouble has reported them.
    fn tell_lost(&mut self, lost: u64) {
        if let Sheet::File { named, .. } = &mut self.sheet {
            let lost = lost.saturating_sub(std::mem::take(&mut named.told));
            if lost == 0 {
                return;
            }
            let path = named.path.display();
            (named.tell)(format!(
                "has lost {lost} lines of the log {path}: it could not be written, or not fast enough"
            ));
        }
    }

    /// Opens a new file if the open one has lost its name.
    fn look(&mut self) {
        let Sheet::File { named, looked } = &mut self.sheet else { return };
        // Lines written to a deleted file are gone, so a new one is opened immediately. If that
        // fails, it is retried every now and then.
        let due = looked.elapsed() >= LOOK || (named.trouble.is_none() && named.is_gone());
        if !due {
            return;
        }
        *looked = Instant::now();
        if named.renew() {
            self.broken = false;
        }
    }
}

impl Named {
    /// Opens a new file if there should be one, and returns whether it did. If that fails, the old
    /// file keeps taking lines.
    fn renew(&mut self) -> bool {
        match renewed(&self.path, &self.file) {
            Ok(None) => {
                self.found();
                false
            }
            Ok(Some(new)) => {
                self.file = new;
                self.found();
                true
            }
            Err(error) => {
                let reason = error.kind();
                let told = self.trouble.as_ref().map(|trouble| trouble.reason);
                self.trouble.get_or_insert(Trouble { missed: 0, reason }).reason = reason;
                if told != Some(reason) {
                    (self.tell)(self.not_made(&error));
                }
                false
            }
        }
    }

    /// Ends the trouble, if there was any, and reports that.
    fn found(&mut self) {
        let Some(Trouble { missed, .. }) = self.trouble.take() else { return };
        self.told = missed;
        let path = self.path.display();
        (self.tell)(match missed {
            0 => format!("writes the log {path} again"),
            _ => format!("writes the log {path} again; lines lost meanwhile: {missed}"),
        });
    }

    fn not_made(&self, error: &io::Error) -> String {
        let path = self.path.display();
        let refused = Refused::write(&self.path).map(|refused| refused.to_string());
        let why = refused.unwrap_or_else(|| format!("{error}; {}", way_out(error.kind())));
        let meanwhile = match self.is_gone() {
            true => "until then its lines are lost",
            false => "until then its lines go to where the old file was moved",
        };
        format!("cannot recreate the log {path}: {why}; {meanwhile}")
    }

    /// Whether the file has been deleted.
    fn is_gone(&self) -> bool {
        self.file.metadata().is_ok_and(|file| file.nlink() == 0)
    }

    /// Counts lines that went into a deleted file.
    fn miss(&mut self, lines: u64) -> bool {
        let is_gone = self.is_gone();
        if let (true, Some(trouble)) = (is_gone, &mut self.trouble) {
            trouble.missed += lines;
            return true;
        }
        false
    }
}

/// What to do if a log cannot be recreated.
fn way_out(reason: io::ErrorKind) -> &'static str {
    match reason {
        io::ErrorKind::NotFound => {
            "recreate its folder, and then restart the server if it uses Landlock"
        }
        // The permissions of the folder allow it, so something else does not.
        io::ErrorKind::PermissionDenied => {
            "if its folder was recreated, restart the server: Landlock only lets it use the folder it started with"
        }
        io::ErrorKind::StorageFull => "free space on the disk",
        _ => "make sure it can be created",
    }
}

fn write_on(to: &mut impl io::Write, broken: &mut bool, text: &[u8]) -> usize {
    if *broken {
        *broken = write_as_far(to, b"\n") == 0;
    }
    if *broken {
        return 0;
    }
    let written = write_as_far(to, text);
    *broken = text[..written].last().is_some_and(|&last| last != b'\n');
    written
}

/// Writes as much as possible, and returns how much that was.
fn write_as_far(to: &mut impl io::Write, text: &[u8]) -> usize {
    let mut written = 0;
    while written < text.len() {
        match to.write(&text[written..]) {
            Ok(0) => break,
            Ok(count) => written += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
    }
    written
}

/// The file that has this name now, if it is not the open one.
fn renewed(path: &Path, file: &File) -> io::Result<Option<File>> {
    let same = |open: fs::Metadata, named: fs::Metadata| {
        (open.dev(), open.ino()) == (named.dev(), named.ino())
    };
    match (file.metadata(), fs::metadata(path)) {
        (Ok(open_file), Ok(named)) if same(open_file.clone(), named.clone()) => Ok(None),
        _ => open(path).map(Some),
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).append(true).mode(0o640).open(path)
}

#[cfg(test)]
mod tests;
