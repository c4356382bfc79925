//! Where lines go: standard error, or a file. A thread of its own writes, so that a log nobody reads and a disk
//! that is slow hold up no session; what does not fit is counted and said. Lines gather in one text, for which no
//! memory goes from thread to thread. A file that was moved away, as logrotate does, is made anew; where that fails, it
//! is told elsewhere and tried again.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::refused::Refused;

/// After it wrote, the writer rests this long: to wake it for every line would cost a busy server more
/// than all else about its log.
const REST: Duration = Duration::from_millis(20);
/// Lines that may wait to be written.
const WAITING: u64 = 16 << 10;
/// A writer keeps room for so much text.
const KEPT: usize = 512 << 10;
/// How often it is looked whether the file is still there.
const LOOK: Duration = Duration::from_secs(1);

/// What is written when lines were lost.
pub(super) type LostLine = fn(u64) -> String;
/// Tells somewhere else what has become of a log.
pub(super) type Tell = Box<dyn Fn(String) + Send>;

/// A writer and the way to it.
pub(super) struct Output {
    queue: Arc<Queue>,
    writer: Writer,
}

/// The thread that writes. It is started late: one that runs already when the process gives up rights would keep
/// them.
enum Writer {
    Waiting(Page, LostLine),
    Running(JoinHandle<()>),
}

/// Takes lines; clones lead to the same writer.
#[derive(Clone)]
pub(super) struct Lines {
    queue: Arc<Queue>,
}

/// What waits to be written.
#[derive(Default)]
struct Queue {
    gathered: Mutex<Gathered>,
    more: Condvar,
}

#[derive(Default)]
struct Gathered {
    text: String,
    /// How many there are in the text.
    lines: u64,
    lost: u64,
    /// The writer has written all there was.
    idle: bool,
    /// No more will come.
    closed: bool,
}

impl Lines {
    /// Never waits for the writer.
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
        // Nothing in there is ever half done.
        self.gathered.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts what has gathered in place of a text that is done with: how many lines, and how many were lost. Waits
    /// for some; nothing once there will be none.
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
    /// To standard error.
    pub(super) fn stderr(lost_line: LostLine) -> Self {
        Self::start(Page::new(Sheet::Stderr), lost_line)
    }

    /// To the end of a file, which is made for its owner alone if need be.
    pub(super) fn file(path: &Path, lost_line: LostLine, tell: Tell) -> io::Result<Self> {
        let named = Named { path: path.to_owned(), file: open(path)?, trouble: None, tell };
        let sheet = Sheet::File { named, looked: Instant::now() };
        Ok(Self::start(Page::new(sheet), lost_line))
    }

    fn start(page: Page, lost_line: LostLine) -> Self {
        Self { queue: Arc::default(), writer: Writer::Waiting(page, lost_line) }
    }

    /// Starts to write; what was said before has waited.
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

    /// Waits until all is written. What is pushed after that is written by nobody.
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
            // The line that tells of the lost ones is the last.
            let whole = text.as_bytes()[..written].iter().filter(|&&byte| byte == b'\n').count();
            queue.lock().lost += lost + lines.saturating_sub(whole as u64);
        }
        std::thread::sleep(REST);
    }
}

/// What is written on, and whether it ends in the middle of a line, as where a disk was full by then.
struct Page {
    sheet: Sheet,
    broken: bool,
}

enum Sheet {
    Stderr,
    File { named: Named, looked: Instant },
}

/// A file that is to be found by its name.
struct Named {
    path: PathBuf,
    file: File,
    /// It has lost its name, and no other could be opened. So many lines went where nobody finds them.
    trouble: Option<u64>,
    tell: Tell,
}

impl Page {
    fn new(sheet: Sheet) -> Self {
        Self { sheet, broken: false }
    }

    /// How much of the text was written; what was not is counted, and said as soon as something can be written again. A
    /// broken line is ended first, so that it spoils none but itself. `lines` are those in it that tell of what happened;
    /// one that tells of lost ones is none of them.
    fn write(&mut self, text: &[u8], lines: u64) -> usize {
        self.look();
        match &mut self.sheet {
            // Without standard error there is nowhere to say anything.
            Sheet::Stderr => write_on(&mut io::stderr().lock(), &mut self.broken, text),
            Sheet::File { named, .. } => {
                let written = write_on(&mut named.file, &mut self.broken, text);
                // The disk takes it, and nobody gets to see it.
                if named.miss(lines) { 0 } else { written }
            }
        }
    }

    /// Tells elsewhere how many lines are missing, where the format has no line for it.
    fn tell_lost(&self, lost: u64) {
        if let Sheet::File { named, .. } = &self.sheet {
            let path = named.path.display();
            (named.tell)(format!(
                "has lost {lost} lines of the log {path}: it could not be written, or not fast enough"
            ));
        }
    }

    /// Takes another file where the one that is open has lost its name.
    fn look(&mut self) {
        let Sheet::File { named, looked } = &mut self.sheet else { return };
        // A file that is gone takes lines to nowhere: another is opened at once, and where that fails, tried now and then.
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
    /// Whether there is another file now. Where none can be opened, the old one still takes lines.
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
                if self.trouble.is_none() {
                    self.trouble = Some(0);
                    (self.tell)(self.not_made(&error));
                }
                false
            }
        }
    }

    /// All is well, which is told if it was not.
    fn found(&mut self) {
        let Some(missed) = self.trouble.take() else { return };
        let path = self.path.display();
        (self.tell)(match missed {
            0 => format!("writes the log {path} again"),
            _ => format!("writes the log {path} again; lines lost meanwhile: {missed}"),
        });
    }

    fn not_made(&self, error: &io::Error) -> String {
        let path = self.path.display();
        let refused = Refused::write(&self.path).map(|refused| refused.to_string());
        let why = refused.unwrap_or_else(|| format!("{error}; make room for it"));
        let meanwhile = match self.is_gone() {
            true => "until then its lines are lost",
            false => "until then its lines go to where the old file was moved",
        };
        format!("cannot make the log {path} anew: {why}; {meanwhile}")
    }

    /// Whether no name leads to the file any more.
    fn is_gone(&self) -> bool {
        self.file.metadata().is_ok_and(|file| file.nlink() == 0)
    }

    /// Counts what went into a file that nobody finds.
    fn miss(&mut self, lines: u64) -> bool {
        let is_gone = self.is_gone();
        if let (true, Some(missed)) = (is_gone, &mut self.trouble) {
            *missed += lines;
            return true;
        }
        false
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

/// How much could be written.
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

/// The file of this name, if it is not the one that is open any more.
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
