//! Tests of the listing parsers: lines as real servers print them, and round trips with our own writer.

use super::*;
use crate::listing::{FactSet, ListEntry, ListForm, ListWriter};
use proptest::prelude::*;

/// 2023-11-14 22:13:20 UTC.
const NOW: Timestamp = Timestamp(1_700_000_000);

fn list(line: &str) -> RemoteEntry {
    parse_list_line(line.as_bytes(), NOW).unwrap_or_else(|| panic!("{line:?} is not understood"))
}

fn facts(line: &str) -> Option<RemoteEntry> {
    parse_facts(line.as_bytes())
}

fn stamp(text: &str) -> Option<Timestamp> {
    Timestamp::parse(text.as_bytes())
}

/// The lines of RFC 3659 §7.7 and of ProFTPD, Pure-FTPd and IIS.
#[test]
fn lines_of_facts() {
    let entry =
        facts("Type=file;Size=1024990;Modify=20231114010203.5;Perm=r; read  me;x").expect("ok");
    assert_eq!((entry.name.as_slice(), entry.kind), (&b"read  me;x"[..], EntryKind::File));
    assert_eq!((entry.size, entry.modified), (Some(1_024_990), stamp("20231114010203")));
    assert!(entry.modified_exact);
    let link = facts("type=OS.unix=slink:../x;unique=803Ug1;UNIX.mode=0777; l").expect("ok");
    assert_eq!((link.kind, link.target), (EntryKind::Symlink, Some(b"../x".to_vec())));
    assert_eq!((link.unique, link.mode), (Some(b"803Ug1".to_vec()), Some(0o777)));
    assert_eq!(facts("type=cdir; /a").map(|entry| entry.place), Some(Place::Current));
    assert_eq!(facts("type=PDIR; ..").map(|entry| entry.place), Some(Place::Parent));
    assert_eq!(facts(" bare").map(|entry| entry.name), Some(b"bare".to_vec()));
}

#[test]
fn lines_that_hold_no_facts() {
    for line in ["", "type=file;", "type=file; ", "type=file name", "type; x", "total 8"] {
        assert_eq!(facts(line), None, "{line:?}");
    }
}

#[test]
fn lines_of_unix() {
    let entry = list("-rw-r--r--   1 joe     staff      1234 Nov 14 21:56 a  b ");
    assert_eq!(
        (entry.name.as_slice(), entry.size, entry.mode),
        (&b"a  b "[..], Some(1234), Some(0o644))
    );
    assert_eq!((entry.modified, entry.modified_exact), (stamp("20231114215600"), false));
    let spaced = list("-rwxrwxrwx 1 Domain Users Some Group 7 Jan  5  2019  leading");
    assert_eq!(
        (spaced.name.as_slice(), spaced.modified),
        (&b" leading"[..], stamp("20190105000000"))
    );
    let no_group = list("drwxr-sr-t+ 2 ftp 4096 Dec 31 23:59 d");
    assert_eq!(
        (no_group.kind, no_group.size, no_group.mode),
        (EntryKind::Directory, None, Some(0o3755))
    );
    assert_eq!(no_group.modified, stamp("20221231235900"), "December lies in the past");
    let link = list("lrwxrwxrwx 1 0 0 11 Nov 14 21:56 now -> ../x -> y");
    assert_eq!((link.name, link.target), (b"now".to_vec(), Some(b"../x -> y".to_vec())));
    let device = list("crw-rw-rw- 1 root root 1, 3 Nov 14 21:56 null");
    assert_eq!((device.kind, device.name.as_slice()), (EntryKind::Other, &b"null"[..]));
    let iso = list("-rw-r--r-- 1 ftp ftp 5 2021-02-03 04:05 x");
    assert_eq!((iso.name.as_slice(), iso.modified), (&b"x"[..], stamp("20210203040500")));
    assert_eq!(list("drwxr-xr-x 2 0 0 4096 Nov 14 21:56 ..").place, Place::Parent);
    let month = list("-rw-r--r-- 1 may june 5 Nov 14 2020 Dec 1 12:00 x");
    assert_eq!((month.name.as_slice(), month.size), (&b"Dec 1 12:00 x"[..], Some(5)));
}

/// While UTC was still in the old year, a file dated in the new year used to be read as a year old.
#[test]
fn around_the_new_year_the_nearest_year_counts() {
    let read = |now: &str, date: &str| {
        let now = stamp(now).expect("a time");
        let line = format!("-rw-r--r-- 1 joe staff 5 {date} x");
        parse_list_line(line.as_bytes(), now).expect("an entry").modified
    };
    assert_eq!(read("20231231233000", "Jan  1 09:00"), stamp("20240101090000"));
    assert_eq!(read("20231231233000", "Jan  2 09:00"), stamp("20230102090000"));
    assert_eq!(read("20231231233000", "Dec 31 23:59"), stamp("20231231235900"));
    assert_eq!(read("20240101003000", "Dec 31 23:59"), stamp("20231231235900"));
    assert_eq!(read("20240101003000", "Jan  1 09:00"), stamp("20240101090000"));
    assert_eq!(read("20241114000000", "Feb 29 09:00"), stamp("20240229090000"));
}

#[test]
fn an_owner_with_the_name_of_a_month_is_no_date() {
    for line in [
        "-rw-r--r--   1 jan  20  1234 Nov 24  2021 f",
        "-rw-r--r--   1 jan  20  1234 24 Nov  2021 f",
        "-rw-r--r--   1 jan  may  1234 Nov 24  2021 f",
        "-rw-r--r--   1 jan  1234 Nov 24  2021 f",
        "-rw-r--r--   folder  1234 Nov 24  2021 f",
        "-rw-r--r--   1234 Nov 24  2021 f",
    ] {
        let entry = list(line);
        let expected = (&b"f"[..], Some(1234), stamp("20211124000000"));
        assert_eq!((entry.name.as_slice(), entry.size, entry.modified), expected, "{line}");
    }
    let as_a_year = list("-rw-r--r-- 1 jan 20 2020 Nov 24 2021 f");
    assert_eq!((as_a_year.name.as_slice(), as_a_year.size), (&b"f"[..], Some(2020)));
}

#[test]
fn lines_of_unix_in_other_languages() {
    for (line, date) in [
        ("-rw-r--r-- 1 joe staff 14 Mär 14 21:56 a b", "20230314215600"),
        ("-rw-r--r-- 1 joe staff 14 14. Mrz 21:56 a b", "20230314215600"),
        ("-rw-r--r-- 1 joe staff 14 14 août  2021 a b", "20210814000000"),
        ("-rw-r--r-- 1 joe staff 14 14 févr. 21:56 a b", "20230214215600"),
        ("-rw-r--r-- 1 joe staff 14 dic 14 2022 a b", "20221214000000"),
        ("-rw-r--r-- 1 joe staff 14 Nov 14 2020 a b", "20201114000000"),
        ("-rw-r--r-- 1 joe 14 Nov 14 21:56 a b", "20231114215600"),
        ("-rw-r--r-- 1 joe staff 14 2021-02-03 04:05:06.000000 +0100 a b", "20210203040500"),
    ] {
        let entry = list(line);
        let expected = (&b"a b"[..], Some(14), stamp(date));
        assert_eq!((entry.name.as_slice(), entry.size, entry.modified), expected, "{line}");
    }
    let line = b"-rw-r--r-- 1 joe staff 5 d\xe9c. 24 2020 x";
    let entry = parse_list_line(line, NOW).expect("ISO 8859-1");
    assert_eq!(entry.modified, stamp("20201224000000"));
    assert_eq!(list("-rw-r--r-- 1 a b 1,234,567 Nov 14 2020 x").size, Some(1_234_567));
}

#[test]
fn lines_of_netware_and_of_publicfile() {
    let login = list("d [R----F--] supervisor            512       Nov 14 21:56 login");
    assert_eq!((login.kind, login.name.as_slice()), (EntryKind::Directory, &b"login"[..]));
    let file = list("- [RWCEAFMS] joe 5 Nov 14 21:56 a b");
    assert_eq!((file.name.as_slice(), file.size, file.mode), (&b"a b"[..], Some(5), None));
    let file = list("+i8388621.48594,m825718503,r,s280,\tdjb html");
    assert_eq!((file.kind, file.name.as_slice()), (EntryKind::File, &b"djb html"[..]));
    assert_eq!((file.size, file.modified), (Some(280), Some(Timestamp(825_718_503))));
    assert_eq!(list("+/,\tsub").kind, EntryKind::Directory);
    assert_eq!(parse_list_line(b"+r,\t", NOW), None);
}

/// An entry is kept even if the server's values for it make no sense.
#[test]
fn a_day_or_a_length_that_cannot_be_leaves_the_entry() {
    let entry = list("-rw-r--r-- 1 a b 5 Feb 30 2020 x");
    assert_eq!((entry.name.as_slice(), entry.size, entry.modified), (&b"x"[..], Some(5), None));
    assert_eq!(list("-rw-r--r-- 1 a b 5 Feb 30 12:00 x").modified, None);
    for size in ["-1973790260", "99999999999999999999999", "18446744073709551615"] {
        let entry = list(&format!("-rw-r--r-- 1 a b {size} Nov 14 2020 x"));
        assert_eq!((entry.name.as_slice(), entry.size), (&b"x"[..], None), "{size}");
        let entry = facts(&format!("type=file;size={size}; x")).expect("facts");
        assert_eq!((entry.name.as_slice(), entry.size), (&b"x"[..], None), "{size}");
    }
}

#[test]
fn the_directory_itself_may_be_called_a_directory() {
    let place = |line| facts(line).map(|entry| entry.place);
    assert_eq!(place("type=dir; ."), Some(Place::Current));
    assert_eq!(place("type=dir; .."), Some(Place::Parent));
    assert_eq!(place("type=dir; ..x"), Some(Place::Inside));
    assert_eq!(place("type=file; .."), Some(Place::Inside));
}

#[test]
fn lines_of_dos() {
    let file = list("11-14-23  09:56PM              1,234 read me.txt");
    assert_eq!((file.name.as_slice(), file.size), (&b"read me.txt"[..], Some(1234)));
    assert_eq!(file.modified, stamp("20231114215600"));
    let dir = list("01-02-1999  12:05AM       <DIR>          Program Files");
    assert_eq!((dir.kind, dir.name.as_slice()), (EntryKind::Directory, &b"Program Files"[..]));
    assert_eq!(dir.modified, stamp("19990102000500"));
    assert_eq!(list("2021-02-03  16:05   <DIR>  x").modified, stamp("20210203160500"));
    assert_eq!(list("12-31-69  05:00PM   5  x").modified, stamp("19691231170000"));
    assert_eq!(list("11/14/23  09:56PM  5  x").modified, stamp("20231114215600"));
    let link = list("11-14-23  09:56PM    <JUNCTION>     old [C:\\new]");
    assert_eq!((link.kind, link.name.as_slice()), (EntryKind::Symlink, &b"old"[..]));
    assert_eq!(link.target.as_deref(), Some(&b"C:\\new"[..]));
}

#[test]
fn lines_that_are_no_entries() {
    for line in [
        "",
        "total 12",
        "d",
        "-rw-r--r--",
        "-rw-r--r-- 1 a b 5 Nov 14 21:56",
        "-rw-r--r-- 1 a b 5 Nov 14 21:56 ",
        "-rw-r--r-- 1 a b 5 Nov 32 2020 x",
        "-rw-r--r-- 1 a b big Nov 14 2020 x",
        "-rw-r--r-- 1 a b 5 Foo 14 2020 x",
        "-zz-r--r-- 1 a b 5 Nov 14 2020 x",
        "13-40-23  09:56PM  5 x",
        "11-14-23  09:56PM  lots x",
        "ls: cannot open: Permission denied",
    ] {
        assert_eq!(parse_list_line(line.as_bytes(), NOW), None, "{line:?}");
    }
}

#[test]
fn names_that_would_lead_out_are_not_safe() {
    for name in ["..", ".", "a/b", "/etc/passwd", "../x", "a\0b"] {
        let entry = facts(&format!("type=file; {name}")).expect("a line");
        assert_eq!(entry.safe_name(), None, "{name:?}");
    }
    assert_eq!(facts("type=file; ..x").expect("a line").safe_name(), Some(&b"..x"[..]));
}

proptest! {
    #[test]
    fn what_our_writer_writes_is_read_back(
        name in proptest::collection::vec(any::<u8>(), 1..30),
        len in 0..=i64::MAX as u64,
        seconds in 0_i64..1_700_000_000,
        mode in 0_u32..0o10000,
        directory: bool,
    ) {
        let clean = |byte: &u8| !matches!(byte, 0 | b'\r' | b'\n');
        prop_assume!(name.iter().all(clean) && name != b"." && name != b"..");
        let kind = if directory { EntryKind::Directory } else { EntryKind::File };
        let entry = ListEntry {
            name: &name, kind, len, modified: Timestamp(seconds), mode, links: 1,
            unique: (1, 2), target: None, perm: crate::listing::Perm::of(b"acdeflmprw"),
        };
        let size = (!directory).then_some(len);
        let mut line = Vec::new();
        ListWriter::new(ListForm::Facts(FactSet::default()), NOW).write(&entry, &mut line);
        let back = parse_facts(&line[..line.len() - 2]).expect("facts");
        prop_assert_eq!((&back.name, back.kind, back.size), (&name, kind, size));
        prop_assert_eq!((back.modified, back.mode), (Some(Timestamp(seconds)), Some(mode)));
        line.clear();
        ListWriter::new(ListForm::Long, NOW).write(&entry, &mut line);
        let back = parse_list_line(&line[..line.len() - 2], NOW).expect("a line");
        prop_assert_eq!((&back.name, back.kind, back.size), (&name, kind, size));
        // LIST shows minutes for the last half year, and days for older files.
        let error = (back.modified.expect("a time").0 - seconds).abs();
        prop_assert!(error < 86_400, "{error}");
    }

    #[test]
    fn no_bytes_make_them_panic(line in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = (parse_facts(&line), parse_list_line(&line, NOW), parse_dos(&line));
    }
}
