//! Reads the lines of a log however it was saved: as UTF-8, as other bytes, or as UTF-16, which
//! PowerShell and Windows Notepad write.

use std::io::{self, BufRead, Cursor, Read};

/// Longer lines are cut here. No reply worth reading is longer.
const LONGEST_LINE: usize = 16 * 1024;

/// Reads a log line by line.
pub(super) struct Lines<'a> {
    input: io::Chain<Cursor<Vec<u8>>, &'a mut dyn BufRead>,
    form: Form,
}

/// How characters are encoded.
#[derive(Clone, Copy)]
enum Form {
    Bytes,
    Utf16(fn([u8; 2]) -> u16),
}

impl<'a> Lines<'a> {
    /// Detects the encoding from the first two bytes: a UTF-16 byte order mark, or an ASCII
    /// character and a zero.
    pub(super) fn new(input: &'a mut dyn BufRead) -> io::Result<Self> {
        let mut head = Vec::new();
        Read::take(&mut *input, 2).read_to_end(&mut head)?;
        let form = match *head {
            [0xff, 0xfe] | [1..=0xff, 0] => Form::Utf16(u16::from_le_bytes),
            [0xfe, 0xff] | [0, 1..=0xff] => Form::Utf16(u16::from_be_bytes),
            _ => Form::Bytes,
        };
        Ok(Self { input: Read::chain(Cursor::new(head), input), form })
    }

    /// The next line without its end; `None` after the last one. Anything beyond [`LONGEST_LINE`]
    /// is dropped.
    pub(super) fn next(&mut self) -> io::Result<Option<String>> {
        let line = match self.form {
            Form::Bytes => self.bytes()?,
            Form::Utf16(unit) => self.utf16(unit)?,
        };
        Ok(line.map(|line| line.trim_start_matches('\u{feff}').trim_end().to_owned()))
    }

    fn bytes(&mut self) -> io::Result<Option<String>> {
        let mut line = Vec::new();
        let longest = LONGEST_LINE as u64;
        let read = Read::take(&mut self.input, longest).read_until(b'\n', &mut line)?;
        if read > 0 && line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        Ok((read > 0).then(|| String::from_utf8_lossy(&line).into_owned()))
    }

    fn utf16(&mut self, unit: fn([u8; 2]) -> u16) -> io::Result<Option<String>> {
        let (mut units, mut any) = (Vec::new(), false);
        loop {
            let mut pair = [0; 2];
            match self.input.read_exact(&mut pair) {
                Ok(()) => any = true,
                Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                Err(error) => return Err(error),
            }
            match unit(pair) {
                0x0a => break,
                unit if units.len() < LONGEST_LINE => units.push(unit),
                _ => {}
            }
        }
        Ok(any.then(|| String::from_utf16_lossy(&units)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut input: &[u8]) -> Vec<String> {
        let mut lines = Lines::new(&mut input).expect("a log");
        std::iter::from_fn(|| lines.next().expect("a line")).collect()
    }

    #[test]
    fn a_log_is_read_in_every_form() {
        let text = "550 Größe\r\n\r\n226 Ċ ਊ\r\n";
        let told = ["550 Größe", "", "226 Ċ ਊ"];
        assert_eq!(read(text.as_bytes()), told);
        assert_eq!(read(format!("\u{feff}{text}").as_bytes()), told);
        for mark in ["", "\u{feff}"] {
            let units: Vec<u16> = format!("{mark}{text}").encode_utf16().collect();
            let little: Vec<u8> = units.iter().flat_map(|unit| unit.to_le_bytes()).collect();
            let big: Vec<u8> = units.iter().flat_map(|unit| unit.to_be_bytes()).collect();
            assert_eq!(
                (read(&little), read(&big)),
                (told.map(Into::into).into(), told.map(Into::into).into())
            );
        }
        assert_eq!(read(b""), [""; 0]);
        assert_eq!(read(b"5"), ["5"]);
        assert_eq!(read(b"\n"), [""]);
        assert_eq!(read(b"550 \xff\xfe\n"), ["550 \u{fffd}\u{fffd}"]);
    }

    #[test]
    fn an_endless_line_is_cut_and_the_next_one_is_read() {
        let text = format!("550 {}\n226 Done\n", "x".repeat(100_000));
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for lines in [read(text.as_bytes()), read(&wide)] {
            assert_eq!((lines.len(), lines[0].len()), (2, LONGEST_LINE));
            assert_eq!(lines[1], "226 Done");
        }
    }
}
