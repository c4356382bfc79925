//! The client's reader of replies: the result must not depend on how the bytes are split into
//! reads.

#![no_main]

use libfuzzer_sys::fuzz_target;
use packetboat_proto::reply_reader::ReplyReader;

fuzz_target!(|data: &[u8]| {
    let Some((&size, data)) = data.split_first() else { return };
    assert_eq!(replies(data, data.len().max(1)), replies(data, usize::from(size).max(1)));
});

/// The replies up to the first error when the bytes arrive in pieces of `size`.
fn replies(data: &[u8], size: usize) -> Vec<String> {
    let mut reader = ReplyReader::new();
    let mut said = Vec::new();
    for piece in data.chunks(size) {
        reader.push(piece);
        while let Some(reply) = reader.next_reply() {
            let broken = reply.is_err();
            said.push(format!("{reply:?}"));
            if broken {
                return said;
            }
        }
        // Asking for the unfinished reply must be harmless at any time.
        let _ = reader.unfinished();
    }
    said
}
