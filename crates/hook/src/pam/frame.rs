//! What goes between the server, the keeper and its workers: frames of a length of four bytes and as many bytes of
//! JSON, and the answers in them.

use std::io::{self, Read, Write};
use std::time::Duration;

use packetboat_pam::Answer;
use serde_json::Value;

/// A longer frame is none.
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

pub(super) fn read_answer(frame: &[u8]) -> Option<(u64, Answer)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    Some((value["number"].as_u64()?, answer_in(&value)?))
}

pub(super) fn read_order(frame: &[u8]) -> Option<(u64, Duration)> {
    let value: Value = serde_json::from_slice(frame).ok()?;
    Some((value["number"].as_u64()?, Duration::from_millis(value["milliseconds"].as_u64()?)))
}

/// The next frame; nothing at the end.
pub(super) fn read_frame(from: &mut impl Read) -> io::Result<Option<Vec<u8>>> {
    let mut length = [0_u8; 4];
    match from.read_exact(&mut length) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(None),
        read => read?,
    }
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length > LONGEST {
        return Err(io::Error::other("a frame that is too long"));
    }
    let mut frame = vec![0; length];
    from.read_exact(&mut frame)?;
    Ok(Some(frame))
}

pub(super) fn write_frame(to: &mut impl Write, frame: &[u8]) -> io::Result<()> {
    let length = u32::try_from(frame.len()).ok().filter(|_| frame.len() <= LONGEST);
    let length = length.ok_or_else(|| io::Error::other("the question is too long"))?;
    to.write_all(&[&length.to_be_bytes(), frame].concat())
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
