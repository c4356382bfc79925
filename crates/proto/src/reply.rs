//! [`Reply`]: one FTP reply, and how it is written on the wire (RFC 959 §4.2). Reading replies is
//! in `reply_reader`.

use packetboat_codes::ReplyCode;

use crate::telnet;

/// One reply: a code and one or more lines of text. No line contains CR, LF or NUL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    code: ReplyCode,
    lines: Vec<Vec<u8>>,
}

impl Reply {
    /// A reply of one line. CR, LF and NUL in the text become `?`, since they would end the line.
    pub fn new(code: ReplyCode, text: impl Into<Vec<u8>>) -> Self {
        Self { code, lines: vec![clean(text.into())] }
    }

    /// A reply of several lines; with none, a single empty line.
    pub fn multiline<L: Into<Vec<u8>>>(
        code: ReplyCode,
        lines: impl IntoIterator<Item = L>,
    ) -> Self {
        let mut lines: Vec<_> = lines.into_iter().map(|line| clean(line.into())).collect();
        if lines.is_empty() {
            lines.push(Vec::new());
        }
        Self { code, lines }
    }

    /// The code.
    pub fn code(&self) -> ReplyCode {
        self.code
    }

    /// The lines of text, without code and line ending.
    pub fn lines(&self) -> &[Vec<u8>] {
        &self.lines
    }

    /// The text for a person: lines joined by line feeds, undecodable bytes replaced.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.lines.join(&b'\n')).into_owned()
    }

    /// Appends the bytes for the wire: CRLF line endings, `ddd-` on the first of several lines,
    /// `ddd SP` on the last, a space before a middle line that starts with three digits (RFC 959
    /// §4.2), and 0xFF doubled, as Telnet requires.
    pub fn encode(&self, out: &mut Vec<u8>) {
        use std::io::Write as _;
        let last = self.lines.len() - 1;
        // Each line has up to six more bytes: the code, a mark and CRLF.
        out.reserve(self.lines.iter().map(|line| line.len() + 6).sum());
        for (index, line) in self.lines.iter().enumerate() {
            let mark = if index == last { ' ' } else { '-' };
            if index == 0 || index == last {
                // Writing to a Vec cannot fail.
                let _ = write!(out, "{}{mark}", self.code);
            } else if line.len() >= 3 && line[..3].iter().all(u8::is_ascii_digit) {
                out.push(b' ');
            }
            telnet::encode(line, out);
            out.extend_from_slice(b"\r\n");
        }
    }
}

fn clean(mut text: Vec<u8>) -> Vec<u8> {
    for byte in &mut text {
        if matches!(byte, b'\r' | b'\n' | 0) {
            *byte = b'?';
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(reply: &Reply) -> String {
        let mut out = Vec::new();
        reply.encode(&mut out);
        String::from_utf8(out).expect("ASCII")
    }

    #[test]
    fn one_line_and_several() {
        let code = ReplyCode::known(211);
        assert_eq!(wire(&Reply::new(code, "No features.")), "211 No features.\r\n");
        let several = Reply::multiline(code, ["First", "211 looks like an end", " SIZE", "End"]);
        assert_eq!(wire(&several), "211-First\r\n 211 looks like an end\r\n SIZE\r\n211 End\r\n");
    }

    #[test]
    fn text_cannot_forge_a_second_reply() {
        let reply = Reply::new(ReplyCode::known(550), "a\r\n230 Logged in");
        assert_eq!(wire(&reply), "550 a??230 Logged in\r\n");
    }
}
