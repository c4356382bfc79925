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
mod tests {
    use super::*;

    fn lost(count: u64) -> String {
        format!("{count} lost\n")
    }

    fn untold() -> Tell {
        Box::new(|text| panic!("{text}"))
    }

    fn page(path: &Path, file: File, tell: Tell) -> Page {
        let named = Named { path: path.to_owned(), file, trouble: None, tell };
        Page::new(Sheet::File { named, looked: Instant::now() })
    }

    impl Page {
        /// Lets it look at the file before the next text.
        fn is_due(&mut self) {
            let Sheet::File { looked, .. } = &mut self.sheet else { return };
            *looked = Instant::now().checked_sub(LOOK).expect("a time");
        }
    }

    /// Lines went into a file that was removed, and nobody heard of it.
    #[test]
    fn a_log_that_cannot_be_made_anew_is_told_once_and_its_lines_are_counted() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("logs");
        fs::create_dir(&folder).expect("a folder");
        let path = folder.join("log");
        let (sender, told) = std::sync::mpsc::channel();
        let tell = Box::new(move |text| sender.send(text).expect("a receiver"));
        let mut page = page(&path, open(&path).expect("a file"), tell);
        // Root may write anywhere, but not into a folder that is not there.
        fs::remove_dir_all(&folder).expect("removed");
        let queue = Arc::new(Queue::default());
        let lines = Lines { queue: Arc::clone(&queue) };
        let write = |line: &str, page: &mut Page| {
            lines.push(line);
            queue.lock().closed = true;
            write_lines(&queue, lost, page);
        };
        write("one\n", &mut page);
        page.is_due();
        write("two\n", &mut page);
        let text = told.try_recv().expect("told");
        assert!(text.contains("cannot make the log") && text.contains("are lost"), "{text}");
        assert!(told.try_recv().is_err(), "told once");
        fs::create_dir(&folder).expect("a folder");
        page.is_due();
        write("three\n", &mut page);
        let text = told.try_recv().expect("told");
        assert!(text.ends_with("again; lines lost meanwhile: 2"), "{text}");
        assert_eq!(fs::read_to_string(&path).expect("the log"), "three\n2 lost\n");
    }

    /// It was moved, and goes on where it is.
    #[test]
    fn a_log_that_was_moved_and_cannot_be_made_anew_loses_nothing() {
        let place = tempfile::tempdir().expect("a folder");
        let (folder, moved) = (place.path().join("logs"), place.path().join("moved"));
        fs::create_dir(&folder).expect("a folder");
        let path = folder.join("log");
        let (sender, told) = std::sync::mpsc::channel();
        let tell = Box::new(move |text| sender.send(text).expect("a receiver"));
        let mut page = page(&path, open(&path).expect("a file"), tell);
        fs::rename(&folder, &moved).expect("a move");
        page.is_due();
        assert_eq!(page.write(b"one\n", 1), 4);
        let text = told.try_recv().expect("told");
        assert!(text.contains("where the old file was moved"), "{text}");
        assert_eq!(fs::read_to_string(moved.join("log")).expect("the log"), "one\n");
        fs::rename(&moved, &folder).expect("a move");
        page.is_due();
        assert_eq!(page.write(b"two\n", 1), 4);
        let text = told.try_recv().expect("told");
        assert!(text.ends_with("again"), "{text}");
    }

    #[test]
    fn lines_reach_the_file_and_a_new_one_when_it_was_moved() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let output = Output::file(&path, lost, untold()).expect("a file");
        output.lines().push("one\n");
        output.finish();
        assert_eq!(fs::read_to_string(&path).expect("the log"), "one\n");

        let mut page = page(&path, open(&path).expect("a file"), untold());
        page.is_due();
        fs::rename(&path, folder.path().join("log.1")).expect("a move");
        assert_eq!(page.write(b"two\n", 1), 4);
        assert_eq!(fs::read_to_string(&path).expect("the new log"), "two\n");
    }

    #[test]
    fn what_could_not_be_written_is_counted_and_said() {
        let queue = Arc::new(Queue::default());
        queue.lock().lost = 2;
        let lines = Lines { queue: Arc::clone(&queue) };
        lines.push("kept\n");
        queue.lock().closed = true;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut page = page(&path, open(&path).expect("a file"), untold());
        write_lines(&queue, lost, &mut page);
        assert_eq!(fs::read_to_string(&path).expect("the log"), "kept\n2 lost\n");

        // A file that takes nothing.
        lines.push("gone\n");
        let file = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let mut full = self::page(Path::new("/dev/full"), file, untold());
        write_lines(&queue, lost, &mut full);
        assert_eq!(queue.lock().lost, 1);
    }

    /// Whoever counts transfers by their lines was never told that some are missing.
    #[test]
    fn what_a_format_has_no_line_for_is_told_elsewhere() {
        let queue = Arc::new(Queue::default());
        queue.lock().lost = 3;
        Lines { queue: Arc::clone(&queue) }.push("kept\n");
        queue.lock().closed = true;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("xferlog");
        let (sender, told) = std::sync::mpsc::channel();
        let tell = Box::new(move |text| sender.send(text).expect("a receiver"));
        let mut page = page(&path, open(&path).expect("a file"), tell);
        write_lines(&queue, |_| String::new(), &mut page);
        let text = told.try_recv().expect("told");
        assert!(text.contains("has lost 3 lines") && text.contains("xferlog"), "{text}");
        assert_eq!(fs::read_to_string(&path).expect("the log"), "kept\n");
    }

    /// Takes so many bytes at a time, and no more than so many in all.
    struct Disk {
        room: usize,
        text: Vec<u8>,
    }

    impl io::Write for Disk {
        fn write(&mut self, text: &[u8]) -> io::Result<usize> {
            let count = self.room.min(text.len()).min(5);
            if count == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            self.room -= count;
            self.text.extend_from_slice(&text[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The next text was glued to half a line.
    #[test]
    fn a_line_that_a_full_disk_broke_is_ended_before_the_next_one() {
        let (mut disk, mut broken) = (Disk { room: 9, text: Vec::new() }, false);
        assert_eq!(write_on(&mut disk, &mut broken, b"{one}\n{two}\n"), 9);
        assert_eq!(write_on(&mut disk, &mut broken, b"{three}\n"), 0);
        disk.room = 1;
        assert_eq!(write_on(&mut disk, &mut broken, b"{four}\n"), 0);
        disk.room = 100;
        assert_eq!(write_on(&mut disk, &mut broken, b"{five}\n"), 7);
        assert_eq!(disk.text, b"{one}\n{tw\n{five}\n");
    }

    #[test]
    fn what_does_not_fit_is_lost_and_the_rest_is_written_in_order() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let output = Output::file(&path, lost, untold()).expect("a file");
        let lines = output.lines();
        for number in 0..WAITING + 3 {
            lines.push(&format!("{number}\n"));
        }
        output.finish();
        let text = fs::read_to_string(&path).expect("the log");
        let expected = (0..WAITING).map(|number| number.to_string()).chain(["3 lost".to_owned()]);
        assert!(text.lines().eq(expected));
    }
}
