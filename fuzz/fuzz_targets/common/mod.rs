//! Shared by the targets for transfer encodings.

use packetboat_proto::encoding::{
    DecodeError, DecodeEvent, Decoder, Encoder, FileStructure, Format, RepresentationType, Settings,
};

/// How much decoded data is kept: compressed input can grow a lot.
const MOST: usize = 1 << 20;

/// The decoded file, the events, and the result.
type Received = (Vec<u8>, Vec<DecodeEvent>, Result<(), DecodeError>);

/// Decodes data in one piece without a limit, and in small pieces with a limit; the results must be
/// equal. Whatever could be decoded is encoded and decoded again. The first three bytes of the
/// input choose the type and structure, as far as the target leaves them open, and the sizes.
pub fn read(data: &[u8], target: impl FnOnce(&mut Format)) {
    let [choice, piece, limit, wire @ ..] = data else { return };
    let mut format = any_text(*choice);
    target(&mut format);
    let Some(whole) = decode(wire, format, wire.len().max(1), MOST) else { return };
    let cut = decode(wire, format, usize::from(*piece).max(1), usize::from(*limit).max(1));
    let Some(cut) = cut else { return };
    assert_eq!((&whole.1, &whole.2), (&cut.1, &cut.2));
    let (file, events, end) = whole;
    if end.is_err() {
        return;
    }
    assert_eq!(file, cut.0);
    // In TYPE A, a CR before LF is lost, and the holes between pages are not recorded here.
    let text = format.representation == RepresentationType::Ascii && file.contains(&b'\r');
    let holes = events.iter().any(|event| matches!(event, DecodeEvent::SkipTo(_)));
    if !text && !holes {
        let again = decode(&encode(&file, format), format, 100, 100).expect("a file as large");
        assert_eq!((again.0, again.2), (file, Ok(())));
    }
}

/// Any type with a structure that fits it.
fn any_text(choice: u8) -> Format {
    let structure =
        if choice.is_multiple_of(2) { FileStructure::File } else { FileStructure::Record };
    let representation = match choice / 2 % 3 {
        0 => RepresentationType::Image,
        1 => RepresentationType::Ascii,
        _ => RepresentationType::Ebcdic,
    };
    Format { representation, structure, ..Format::default() }
}

fn encode(file: &[u8], format: Format) -> Vec<u8> {
    let mut encoder = Encoder::new(format, &Settings::default()).expect("a sound format");
    let mut wire = Vec::new();
    encoder.encode(file, &mut wire);
    encoder.finish(&mut wire);
    wire
}

/// Returns `None` if the file is too large to compare.
fn decode(wire: &[u8], format: Format, piece: usize, limit: usize) -> Option<Received> {
    let mut decoder = Decoder::new(format, &Settings::default()).expect("a sound format");
    let (mut file, mut events) = (Vec::new(), Vec::new());
    for mut input in wire.chunks(piece) {
        loop {
            let before = file.len();
            let decoded = decoder.decode(input, &mut file, limit);
            let written = file.len() - before;
            assert!(written <= limit);
            match decoded {
                _ if file.len() > MOST => return None,
                Err(error) => return Some((file, events, Err(error))),
                Ok(decoded) => {
                    input = &input[decoded.consumed..];
                    if decoded.event.is_none() && written < limit {
                        break;
                    }
                    events.extend(decoded.event);
                }
            }
        }
    }
    let end = decoder.finish(&mut file);
    Some((file, events, end))
}
