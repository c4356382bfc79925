//! The protocol between the server, the keeper and its workers: frames of a four-byte length and
//! that many bytes of JSON, and the answers in them. A line for another server is sent along with
//! the frame that announces it (SCM_RIGHTS, unix(7)).

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use packetboat_pam::Answer;
use rustix::io::{FdFlags, fcntl_setfd};
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde_json::Value;

/// The longest frame. A longer one is an error.
pub(super) const LONGEST: usize = 64 << 10;

pub(super) fn words(answer: &Answer) -> (&'static str, &str) {
    match answer {
        Answer::Allowed => ("allowed", ""),
        Answer::Unknown => ("unknown", ""),
        Answer::Wrong => ("wrong", ""),
        Answer::Expired => ("expired", ""),
        Answer::Denied(why) => ("denied", why),
        Answer::Failed(why) => ("failed", why),
    }
}

pub(super) fn answer_in(value: &Value) -> Option<Answer> {
    let why = || value["why"].as_str().unwrap_or_default().to_owned();
    Some(match value["answer"].as_str()? {
        "allowed" => Answer::Allowed,
        "unknown" => Answer::Unknown,
        "wrong" => Answer::Wrong,
        "expired" => Answer::Expired,
        "denied" => Answer::Denied(why()),
        "failed" => Answer::Failed(why()),
        _ => return None,
    })
}

/// A message from the keeper.
#[derive(Debug)]
pub(super) enum Said {
    /// PAM's answer.
    Answer(Answer),
    /// Another line.
    Line(OwnedFd),
}

/// The keyword of an answer that comes with a line.
const LINE: &str = "line";

/// Parses a frame, with the line that was sent along with it.
pub(super) fn read_said(frame: &[u8], line: Option<OwnedFd>) -> Option<(u64, Said)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    let said = match (value["answer"].as_str()?, line) {
        (LINE, line) => Said::Line(line?),
        _ => Said::Answer(answer_in(&value)?),
    };
    Some((value["number"].as_u64()?, said))
}

/// A request to the keeper.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// Ask PAM, with a time limit.
    Question(Duration),
    /// Provide another line.
    Line,
}

pub(super) fn read_order(frame: &[u8]) -> Option<(u64, Order)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    let order = match value["line"].as_bool() {
        Some(true) => Order::Line,
        _ => Order::Question(Duration::from_millis(value["milliseconds"].as_u64()?)),
    };
    Some((value["number"].as_u64()?, order))
}

/// Sends a frame that announces a line, together with the line.
pub(super) fn write_line(to: &UnixStream, number: u64, line: &UnixStream) -> io::Result<()> {
    let text = serde_json::json!({"number": number, "answer": LINE}).to_string();
    let frame = framed(text.as_bytes())?;
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut ancillary = SendAncillaryBuffer::new(&mut space);
    let lines = [line.as_fd()];
    ancillary.push(SendAncillaryMessage::ScmRights(&lines));
    let sent = sendmsg(to, &[IoSlice::new(&frame)], &mut ancillary, SendFlags::empty())?;
    // The line was sent with the first byte, even if the rest is still to follow.
    let mut to = to;
    to.write_all(&frame[sent..])
}

/// Reads from the keeper: bytes, and the descriptors sent along with them.
#[derive(Debug)]
pub(super) struct FrameReader {
    socket: UnixStream,
    line: Option<OwnedFd>,
}

impl FrameReader {
    pub(super) fn new(socket: UnixStream) -> Self {
        Self { socket, line: None }
    }

    /// The line received since the last call, if any.
    pub(super) fn take_line(&mut self) -> Option<OwnedFd> {
        self.line.take()
    }
}

/// Close-on-exec, so that a program started in the meantime does not inherit the line.
#[cfg(not(target_vendor = "apple"))]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::CMSG_CLOEXEC;
/// Apple's systems have no such flag; there close-on-exec is set a moment later.
#[cfg(target_vendor = "apple")]
const CLOSED_ON_EXEC: RecvFlags = RecvFlags::empty();

impl Read for FrameReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut ancillary = RecvAncillaryBuffer::new(&mut space);
        let into = &mut [IoSliceMut::new(buffer)];
        let received = recvmsg(&self.socket, into, &mut ancillary, CLOSED_ON_EXEC)?;
        for message in ancillary.drain() {
            if let RecvAncillaryMessage::ScmRights(lines) = message {
                for line in lines {
                    fcntl_setfd(&line, FdFlags::CLOEXEC)?;
                    self.line = Some(line);
                }
            }
        }
        Ok(received.bytes)
    }
}

/// The next frame; `None` at the end.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0_u8; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(io::Error::other("the frame is too long"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

pub(super) fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    to.write_all(&framed(frame)?)
}

fn framed(frame: &[u8]) -> io::Result<Vec<u8>> {
    let length = u32::try_from(frame.len()).ok().filter(|_| frame.len() <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the question is too long"))?;
    Ok([&length.to_be_bytes(), frame].concat())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn frames_survive_a_round_trip_and_none_is_too_long() {
        let mut bytes = Vec::new();
        write_frame(&mut bytes, b"one").expect("a frame");
        write_frame(&mut bytes, b"").expect("a frame");
        let mut from = bytes.as_slice();
        assert_eq!(read_frame(&mut from).expect("a frame").as_deref(), Some(b"one".as_slice()));
        assert_eq!(read_frame(&mut from).expect("a frame").as_deref(), Some(b"".as_slice()));
        assert_eq!(read_frame(&mut from).expect("the end"), None);
        assert!(write_frame(&mut Vec::new(), &vec![0; LONGEST + 1]).is_err());
        assert!(read_frame(&mut [0xFF_u8, 0, 0, 0].as_slice()).is_err());
        assert!(read_frame(&mut [0_u8, 0, 0, 4, 1].as_slice()).is_err());
    }

    /// Between other frames, so that nothing of them is lost.
    #[test]
    fn a_line_travels_beside_its_frame() {
        let (ours, theirs) = UnixStream::pair().expect("sockets");
        let (mut kept, given) = UnixStream::pair().expect("sockets");
        let answer = br#"{"number":1,"answer":"wrong","why":""}"#;
        write_frame(&mut &theirs, answer).expect("a frame");
        write_line(&theirs, 2, &given).expect("a line");
        write_frame(&mut &theirs, answer).expect("a frame");
        drop((theirs, given));
        let mut reader = FrameReader::new(ours);
        let mut next = || {
            let frame = read_frame(&mut reader).expect("a frame")?;
            Some(read_said(&frame, reader.take_line()).expect("something said"))
        };
        assert!(matches!(next(), Some((1, Said::Answer(Answer::Wrong)))));
        let Some((2, Said::Line(line))) = next() else { panic!("no line") };
        assert!(matches!(next(), Some((1, Said::Answer(Answer::Wrong)))));
        assert!(next().is_none());
        UnixStream::from(line).write_all(b"x").expect("a line");
        let mut said = String::new();
        kept.read_to_string(&mut said).expect("the other end");
        assert_eq!(said, "x");
        // Announced, and not there.
        assert!(read_said(br#"{"number":2,"answer":"line"}"#, None).is_none());
    }

    #[test]
    fn orders_are_told_apart() {
        let read = |text: &str| read_order(text.as_bytes());
        assert_eq!(read(r#"{"number":1,"line":true}"#), Some((1, Order::Line)));
        let question = Order::Question(Duration::from_millis(5));
        assert_eq!(read(r#"{"number":1,"milliseconds":5}"#), Some((1, question)));
        for none in [r#"{"number":1}"#, r#"{"line":true}"#, r#"{"number":1,"line":false}"#, "x"] {
            assert_eq!(read(none), None, "{none}");
        }
    }

    #[test]
    fn answers_survive_a_round_trip() {
        for answer in [
            Answer::Allowed,
            Answer::Unknown,
            Answer::Wrong,
            Answer::Expired,
            Answer::Denied("no".into()),
            Answer::Failed("broken".into()),
        ] {
            let (word, why) = words(&answer);
            assert_eq!(answer_in(&json!({"answer": word, "why": why})), Some(answer));
        }
        assert_eq!(answer_in(&json!({"answer": "yes"})), None);
    }
}
