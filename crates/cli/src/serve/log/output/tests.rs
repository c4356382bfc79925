use std::sync::mpsc::{Receiver, channel};

use tempfile::TempDir;

use super::*;

fn lost(count: u64) -> String {
    format!("{count} lost\n")
}

fn untold() -> Tell {
    Box::new(|text| panic!("{text}"))
}

fn page(path: &Path, file: File, tell: Tell) -> Page {
    let named = Named { path: path.to_owned(), file, trouble: None, told: 0, tell };
    Page::new(Sheet::File { named, looked: Instant::now() })
}

/// A page on a file, which it creates, and what it reports elsewhere.
fn heard_page(path: &Path) -> (Page, Receiver<String>) {
    let (sender, told) = channel();
    let tell = Box::new(move |text| sender.send(text).expect("a receiver"));
    (page(path, open(path).expect("a file"), tell), told)
}

/// A folder for logs that can be removed and moved, in a place that goes with the test.
fn log_folder() -> (TempDir, PathBuf) {
    let place = tempfile::tempdir().expect("a folder");
    let folder = place.path().join("logs");
    fs::create_dir(&folder).expect("a folder");
    (place, folder)
}

impl Page {
    /// Makes the page check the file before the next text.
    fn is_due(&mut self) {
        let Sheet::File { looked, .. } = &mut self.sheet else { return };
        *looked = Instant::now().checked_sub(LOOK).expect("a time");
    }
}

/// Lines used to go into a deleted file without anyone noticing.
#[test]
fn a_log_that_cannot_be_made_anew_is_told_once_and_its_lines_are_counted() {
    let (_place, folder) = log_folder();
    let path = folder.join("log");
    let (mut page, told) = heard_page(&path);
    // Root may write anywhere, but not in a folder that does not exist.
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
    assert!(text.contains("cannot recreate the log") && text.contains("are lost"), "{text}");
    assert!(text.contains("recreate its folder"), "{text}");
    assert!(told.try_recv().is_err(), "told once");
    fs::create_dir(&folder).expect("a folder");
    page.is_due();
    write("three\n", &mut page);
    let text = told.try_recv().expect("told");
    assert!(text.ends_with("again; lines lost meanwhile: 2"), "{text}");
    assert_eq!(fs::read_to_string(&path).expect("the log"), "three\n2 lost\n");
}

/// The same lines used to be reported once with the end of the trouble and once more as lost.
#[test]
fn lost_lines_of_a_format_without_a_line_for_them_are_told_once() {
    let (_place, folder) = log_folder();
    let path = folder.join("xferlog");
    let (mut page, told) = heard_page(&path);
    let queue = Arc::new(Queue::default());
    let lines = Lines { queue: Arc::clone(&queue) };
    queue.lock().closed = true;
    let write = |line: &str, page: &mut Page| {
        lines.push(line);
        page.is_due();
        write_lines(&queue, |_| String::new(), page);
    };
    fs::remove_dir_all(&folder).expect("removed");
    write("one\n", &mut page);
    write("two\n", &mut page);
    fs::create_dir(&folder).expect("a folder");
    write("three\n", &mut page);
    let told: Vec<String> = told.try_iter().collect();
    let [first, last] = &told[..] else { panic!("two messages: {told:?}") };
    assert!(first.contains("cannot recreate the log"), "{first}");
    assert!(last.ends_with("again; lines lost meanwhile: 2"), "{last}");
    assert_eq!(fs::read_to_string(&path).expect("the log"), "three\n");
}

/// What stands in the way may change: a folder that was recreated is closed to a server under
/// Landlock, and nobody heard of it.
#[test]
fn another_reason_for_a_missing_log_is_told_again() {
    let (_place, folder) = log_folder();
    let path = folder.join("log");
    let (mut page, told) = heard_page(&path);
    fs::remove_dir_all(&folder).expect("removed");
    page.is_due();
    page.write(b"one\n", 1);
    fs::write(&folder, "a file now").expect("a file");
    page.is_due();
    page.write(b"two\n", 1);
    page.is_due();
    page.write(b"three\n", 1);
    let told: Vec<String> = told.try_iter().collect();
    assert_eq!(told.len(), 2, "{told:?}");
    assert_ne!(told[0], told[1]);
}

/// The file was moved, and keeps taking lines where it is.
#[test]
fn a_log_that_was_moved_and_cannot_be_made_anew_loses_nothing() {
    let (place, folder) = log_folder();
    let moved = place.path().join("moved");
    let path = folder.join("log");
    let (mut page, told) = heard_page(&path);
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

/// Programs that count transfers by lines were never told that some were missing.
#[test]
fn what_a_format_has_no_line_for_is_told_elsewhere() {
    let queue = Arc::new(Queue::default());
    queue.lock().lost = 3;
    Lines { queue: Arc::clone(&queue) }.push("kept\n");
    queue.lock().closed = true;
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("xferlog");
    let (mut page, told) = heard_page(&path);
    write_lines(&queue, |_| String::new(), &mut page);
    let text = told.try_recv().expect("told");
    assert!(text.contains("has lost 3 lines") && text.contains("xferlog"), "{text}");
    assert_eq!(fs::read_to_string(&path).expect("the log"), "kept\n");
}

/// Takes a limited number of bytes at a time, and in all.
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

/// The next text used to be glued to half a line.
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
