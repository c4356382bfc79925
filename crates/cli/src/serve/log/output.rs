//! Where lines go: standard error, or a file. A thread of its own writes, so that a log nobody reads and a disk
//! that is slow hold up no session; what does not fit is counted and said. Lines gather in one text, for which no
//! memory goes from thread to thread. A file that was moved away, as logrotate does, is made anew.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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
    pub(super) fn file(path: &Path, lost_line: LostLine) -> io::Result<Self> {
        let file = open(path)?;
        let sheet = Sheet::File { path: path.to_owned(), file, looked: Instant::now() };
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
        if lost > 0 {
            text.push_str(&lost_line(lost));
        }
        let written = page.write(text.as_bytes());
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
    File { path: PathBuf, file: File, looked: Instant },
}

impl Page {
    fn new(sheet: Sheet) -> Self {
        Self { sheet, broken: false }
    }

    /// How much of the text was written; what was not is counted, and said as soon as something can be written again. A
    /// broken line is ended first, so that it spoils none but itself.
    fn write(&mut self, text: &[u8]) -> usize {
        self.look();
        match &mut self.sheet {
            // Without standard error there is nowhere to say anything.
            Sheet::Stderr => write_on(&mut io::stderr().lock(), &mut self.broken, text),
            Sheet::File { file, .. } => write_on(file, &mut self.broken, text),
        }
    }

    /// Takes another file where the one that is open has lost its name.
    fn look(&mut self) {
        let Sheet::File { path, file, looked } = &mut self.sheet else { return };
        if looked.elapsed() < LOOK {
            return;
        }
        *looked = Instant::now();
        if let Some(new) = renewed(path, file) {
            (*file, self.broken) = (new, false);
        }
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
        output.lines().push("one\n");
        output.finish();
        assert_eq!(fs::read_to_string(&path).expect("the log"), "one\n");

        let mut page = Page::new(Sheet::File {
            path: path.clone(),
            file: open(&path).expect("a file"),
            looked: Instant::now() - LOOK,
        });
        fs::rename(&path, folder.path().join("log.1")).expect("a move");
        assert_eq!(page.write(b"two\n"), 4);
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
        let mut page = Page::new(Sheet::File {
            path: path.clone(),
            file: open(&path).expect("a file"),
            looked: Instant::now(),
        });
        write_lines(&queue, lost, &mut page);
        assert_eq!(fs::read_to_string(&path).expect("the log"), "kept\n2 lost\n");

        // A file that takes nothing.
        lines.push("gone\n");
        let file = OpenOptions::new().write(true).open("/dev/full").expect("/dev/full");
        let sheet = Sheet::File { path: "/dev/full".into(), file, looked: Instant::now() };
        let mut full = Page::new(sheet);
        write_lines(&queue, lost, &mut full);
        assert_eq!(queue.lock().lost, 1);
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
        let output = Output::file(&path, lost).expect("a file");
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
