//! Tests every combination of TYPE, STRU and MODE: round trips both ways, input cut into pieces of
//! any size, small limits, garbage, truncated data.

use std::ops::Range;

use packetboat_proto::encoding::{
    DecodeError, DecodeEvent, Decoder, Encoder, FileStructure, Format, Marker, RepresentationType,
    Settings, TransmissionMode,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;

const TYPES: [RepresentationType; 3] =
    [RepresentationType::Ascii, RepresentationType::Ebcdic, RepresentationType::Image];
const STRUCTURES: [FileStructure; 3] =
    [FileStructure::File, FileStructure::Record, FileStructure::Page];
const MODES: [TransmissionMode; 4] = [
    TransmissionMode::Stream,
    TransmissionMode::Block,
    TransmissionMode::Compressed,
    TransmissionMode::Deflate,
];

/// All combinations that are supported.
fn formats() -> Vec<Format> {
    let mut formats = Vec::new();
    for representation in TYPES {
        for structure in STRUCTURES {
            for mode in MODES {
                let format = Format { representation, structure, mode, ..Format::default() };
                if Decoder::new(format, &Settings::default()).is_ok() {
                    formats.push(format);
                }
            }
        }
    }
    formats
}

fn encode(format: Format, settings: &Settings, file: &[u8], piece: usize) -> Vec<u8> {
    encode_from(format, settings, file, 0, piece)
}

fn encode_from(
    format: Format,
    settings: &Settings,
    file: &[u8],
    start: usize,
    piece: usize,
) -> Vec<u8> {
    let mut encoder = Encoder::new(format, settings).expect("a format that makes sense");
    encoder.start_at(start as u64);
    let mut wire = Vec::new();
    file[start..].chunks(piece).for_each(|piece| encoder.encode(piece, &mut wire));
    encoder.finish(&mut wire);
    wire
}

/// A decoded file, the position of each event in it, and how decoding ended.
#[derive(Debug, PartialEq)]
struct Received {
    file: Vec<u8>,
    events: Vec<(u64, DecodeEvent)>,
    end: Result<(), DecodeError>,
}

fn decode(format: Format, wire: &[u8], piece: usize, limit: usize) -> Received {
    let mut decoder = Decoder::new(format, &Settings::default()).expect("a format");
    let mut received = Received { file: Vec::new(), events: Vec::new(), end: Ok(()) };
    for input in wire.chunks(piece) {
        if let Err(error) = take(&mut decoder, input, limit, &mut received) {
            received.end = Err(error);
            return received;
        }
    }
    received.end = decoder.finish(&mut received.file);
    received
}

/// Decodes one piece as a driver does: until there is neither an event nor a full buffer.
fn take(
    decoder: &mut Decoder,
    mut input: &[u8],
    limit: usize,
    received: &mut Received,
) -> Result<(), DecodeError> {
    loop {
        let mut portion = Vec::new();
        let decoded = decoder.decode(input, &mut portion, limit);
        assert!(portion.len() <= limit, "{} of {limit}", portion.len());
        received.file.extend_from_slice(&portion);
        let decoded = decoded?;
        input = &input[decoded.consumed..];
        match decoded.event {
            Some(DecodeEvent::SkipTo(offset)) => {
                assert!(offset >= received.file.len() as u64, "a way back");
                received.events.push((received.file.len() as u64, DecodeEvent::SkipTo(offset)));
                if offset < 1 << 20 {
                    received.file.resize(offset as usize, 0);
                }
            }
            Some(event) => received.events.push((received.file.len() as u64, event)),
            None if portion.len() < limit => return Ok(()),
            None => {}
        }
    }
}

/// Bytes with many line endings, escapes and runs. TYPE A has no CR, since a CR before an LF is not
/// preserved.
fn files(format: Format) -> BoxedStrategy<Vec<u8>> {
    let byte = prop_oneof![
        Just(vec![b'\n']),
        Just(vec![0xff]),
        (any::<u8>(), 1_usize..200).prop_map(|(byte, count)| vec![byte; count]),
        proptest::collection::vec(any::<u8>(), 0..300),
    ];
    let text = format.representation == RepresentationType::Ascii;
    proptest::collection::vec(byte, 0..12)
        .prop_map(move |parts| {
            let mut file = parts.concat();
            file.retain(|&byte| !text || byte != b'\r');
            file
        })
        .boxed()
}

fn a_file() -> impl Strategy<Value = (Format, Vec<u8>)> {
    proptest::sample::select(formats()).prop_flat_map(|format| (Just(format), files(format)))
}

fn a_file_with_markers() -> impl Strategy<Value = (Format, Vec<u8>)> {
    let formats: Vec<Format> = formats().into_iter().filter(Format::keeps_connection).collect();
    proptest::sample::select(formats).prop_flat_map(|format| (Just(format), files(format)))
}

/// Failing cases are kept beside the tests and tried first in later runs. Set PROPTEST_CASES for
/// more cases.
fn config() -> ProptestConfig {
    let usual = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { usual.cases } else { 500 };
    let kept = FileFailurePersistence::Direct("tests/encodings.proptest-regressions");
    ProptestConfig { cases, failure_persistence: Some(Box::new(kept)), ..usual }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn a_file_survives_however_it_is_cut(
        (format, file) in a_file(),
        (sent, arriving) in (1_usize..400, 1_usize..400),
        limit in prop_oneof![Just(1_usize), 1_usize..9, Just(usize::MAX)],
    ) {
        let wire = encode(format, &Settings::default(), &file, sent);
        let received = decode(format, &wire, arriving, limit);
        prop_assert_eq!(&received.end, &Ok(()), "{:?}", format);
        prop_assert!(received.file == file, "{:?}", format);
        let verbatim_end = format.structure == FileStructure::File
            && format.mode == TransmissionMode::Stream;
        let ends = if verbatim_end { vec![] } else { vec![(file.len() as u64, DecodeEvent::EndOfFile)] };
        prop_assert_eq!(received.events, ends);
    }

    /// The positions of holes and of pages make no difference to the file.
    #[test]
    fn holes_survive(
        pieces in proptest::collection::vec((0_usize..3000, 1_usize..40_000), 0..6),
        mode in proptest::sample::select(MODES.to_vec()),
        limit in prop_oneof![Just(100_usize), Just(usize::MAX)],
    ) {
        let representation = RepresentationType::Image;
        let format =
            Format { representation, structure: FileStructure::Page, mode, ..Format::default() };
        let mut encoder = Encoder::new(format, &Settings::default()).expect("a format");
        let (mut file, mut wire) = (Vec::new(), Vec::new());
        for (data, hole) in pieces {
            file.resize(file.len() + data, b'x');
            encoder.encode(&file[file.len() - data..], &mut wire);
            file.resize(file.len() + hole, 0);
            encoder.skip_to(file.len() as u64, &mut wire);
        }
        encoder.finish(&mut wire);
        let received = decode(format, &wire, 1000, limit);
        prop_assert_eq!(received.end, Ok(()));
        prop_assert!(received.file == file);
    }

    #[test]
    fn what_was_decoded_is_encoded_to_the_same_file_again((format, file) in a_file()) {
        let wire = encode(format, &Settings::default(), &file, usize::MAX);
        let once = decode(format, &wire, 7, 3);
        prop_assert!(encode(format, &Settings::default(), &once.file, usize::MAX) == wire);
    }

    #[test]
    fn garbage_is_refused_or_read_the_same_in_any_pieces(
        format in proptest::sample::select(formats()),
        garbage in proptest::collection::vec(
            prop_oneof![Just(0_u8), Just(4), Just(12), Just(255), Just(16), 0_u8..8, any::<u8>()],
            0..400,
        ),
        (piece, limit) in (1_usize..40, 1_usize..40),
    ) {
        let whole = decode(format, &garbage, garbage.len().max(1), usize::MAX);
        let cut = decode(format, &garbage, piece, limit);
        prop_assert_eq!(&cut.end, &whole.end);
        prop_assert_eq!(&cut.events, &whole.events);
        // At an error, more or fewer of the bytes before it have been written.
        let shorter = cut.file.len().min(whole.file.len());
        prop_assert!(cut.file[..shorter] == whole.file[..shorter]);
        prop_assert!(whole.end.is_err() || cut.file == whole.file);
    }

    #[test]
    fn a_file_that_was_cut_off_never_counts_as_whole((format, file) in a_file(), cut in any::<prop::sample::Index>()) {
        let plain = format.structure == FileStructure::File && format.mode == TransmissionMode::Stream;
        prop_assume!(!plain);
        let wire = encode(format, &Settings::default(), &file, usize::MAX);
        let wire = &wire[..cut.index(wire.len())];
        // MODE C: the announced end counts as the end of the file even without its empty run.
        let announced = format.mode == TransmissionMode::Compressed && wire.ends_with(&[0, 64]);
        prop_assume!(!announced);
        prop_assert_eq!(decode(format, wire, 64, 64).end, Err(DecodeError::Truncated));
    }

    #[test]
    fn sending_goes_on_at_each_marker(
        (format, file) in a_file_with_markers(),
        interval in 1_u64..500,
        piece in 1_usize..400,
    ) {
        let settings = Settings { marker_interval: Some(interval), ..Settings::default() };
        let wire = encode(format, &settings, &file, piece);
        let received = decode(format, &wire, 50, 50);
        prop_assert!(received.end == Ok(()) && received.file == file, "{:?}", format);
        let mut before = 0;
        for (at, event) in received.events {
            let DecodeEvent::Marker(marker) = event else { continue };
            let offset = marker.offset().expect("an offset");
            prop_assert_eq!(offset, at);
            prop_assert!(offset >= before + interval);
            before = offset;
            let rest = encode_from(format, &settings, &file, offset as usize, piece);
            let rest = decode(format, &rest, 50, usize::MAX);
            let skipped = if format.structure == FileStructure::Page { 0 } else { offset as usize };
            // Pages that start at the end of the file contain nothing.
            let brought = rest.file.get(offset as usize - skipped..).unwrap_or_default();
            prop_assert!(brought == &file[offset as usize..]);
        }
        let plain = matches!(format.structure, FileStructure::File);
        prop_assert!(!plain || file.len() as u64 - before < interval, "{:?}", format);
    }
}

/// One byte of text, and whether it ends a record, on the wire of MODE B or C.
fn one_byte(mode: TransmissionMode, (byte, ends): (u8, bool)) -> Vec<u8> {
    let descriptor = if ends { 128 } else { 0 };
    match mode {
        TransmissionMode::Block => vec![descriptor, 0, 1, byte],
        _ => vec![0, descriptor, 1, byte],
    }
}

/// A marker of one letter.
fn one_marker(mode: TransmissionMode, letter: u8) -> Vec<u8> {
    match mode {
        TransmissionMode::Block => vec![16, 0, 1, letter],
        _ => vec![0, 16, 1, letter],
    }
}

fn an_end(mode: TransmissionMode) -> &'static [u8] {
    if mode == TransmissionMode::Block { &[64, 0, 0] } else { &[0, 64, 0xc0] }
}

proptest! {
    #![proptest_config(config())]

    /// RFC 959 §3.5: the data before a marker plus the data sent from that marker on is the whole
    /// file, wherever a sender puts its markers, even between CR and LF.
    #[test]
    fn a_file_goes_on_at_each_marker_that_a_sender_puts_into_text(
        text in proptest::collection::vec(
            (prop_oneof![Just(b'\r'), Just(b'\n'), Just(0), Just(b'x')], prop::bool::weighted(0.2)), 1..40),
        block in any::<bool>(),
        records in any::<bool>(),
        limit in 1_usize..5,
    ) {
        let mode = if block { TransmissionMode::Block } else { TransmissionMode::Compressed };
        let structure = if records { FileStructure::Record } else { FileStructure::File };
        let format = Format { mode, structure, ..Format::default() };
        let bytes = |text: &[(u8, bool)]| -> Vec<u8> {
            text.iter().flat_map(|&byte| one_byte(mode, byte)).chain(an_end(mode).to_vec()).collect()
        };
        let file = decode(format, &bytes(&text), usize::MAX, usize::MAX).file;
        let letter = |place: usize| b'!' + place as u8;
        let marked = text.iter().enumerate().flat_map(|(place, &byte)| {
            [one_byte(mode, byte), one_marker(mode, letter(place + 1))].concat()
        });
        let wire: Vec<u8> = marked.chain(an_end(mode).to_vec()).collect();
        let received = decode(format, &wire, 3, limit);
        prop_assert_eq!(&received.file, &file);
        let mut given_out = Vec::new();
        for (at, event) in &received.events {
            let DecodeEvent::Marker(marker) = event else { continue };
            let place = usize::from(marker.as_str().as_bytes()[0] - b'!');
            given_out.push(place);
            let rest = decode(format, &bytes(&text[place..]), usize::MAX, usize::MAX);
            let whole = [&file[..*at as usize], &rest.file].concat();
            prop_assert_eq!(whole, file.clone(), "going on at {}", place);
        }
        for place in 1..=text.len() {
            let (byte, ends) = text[place - 1];
            let parts = byte == b'\r' && !(ends && records) && text.get(place).is_some_and(|next| next.0 == 0);
            prop_assert_eq!(given_out.contains(&place), !parts, "{}", place);
        }
    }
}

/// RFC 959 §3.5: a sender that resumes at a marker after a CR does not send the CR again.
#[test]
fn a_cr_before_a_marker_is_not_lost() {
    let block = |descriptor, byte| [descriptor, 0, 1, byte];
    let format = Format { mode: TransmissionMode::Block, ..Format::default() };
    let cases: [(u8, Option<u64>, &[u8]); 3] =
        [(b'x', Some(2), b"a\rx"), (b'\n', Some(1), b"a\n"), (0, None, b"a\r")];
    for (next, offset, file) in cases {
        let wire = [block(0, b'a'), block(0, b'\r'), block(16, b'm'), block(64, next)].concat();
        let received = decode(format, &wire, 2, 1);
        assert_eq!((&received.file[..], &received.end), (file, &Ok(())), "{next}");
        let marked =
            received.events.iter().find(|(_, event)| matches!(event, DecodeEvent::Marker(_)));
        assert_eq!(marked.map(|(at, _)| *at), offset, "{next}");
    }
}

/// A file larger than one part of the encoder, than a block and than the small pages.
#[test]
fn large_files_survive() {
    let line = b"The packet boat leaves at six,   weather permitting. \xff\xe4\xf6\n";
    let mut file: Vec<u8> = line.iter().copied().cycle().take(300_000).collect();
    file.extend(std::iter::repeat_n(b'x', 200_000));
    for format in formats() {
        for settings in
            [Settings::default(), Settings { marker_interval: Some(10_000), ..Settings::default() }]
        {
            let wire = encode(format, &settings, &file, 123_456);
            let received = decode(format, &wire, 65_536, 1 << 20);
            assert_eq!(received.end, Ok(()), "{format:?}");
            assert!(received.file == file, "{format:?}");
        }
    }
}

#[test]
fn text_in_pages_is_refused_by_name() {
    let format = Format { structure: FileStructure::Page, ..Format::default() };
    let error = Encoder::new(format, &Settings::default()).expect_err("text in pages");
    assert!(error.to_string().starts_with("STRU P cannot be combined with TYPE A"), "{error}");
    assert_eq!(formats().len(), 3 * 3 * 4 - 2 * 4);
}

/// RFC 959 §3.1.1.1: CR LF stays one line ending, wherever the input is cut, and with markers
/// requested everywhere.
#[test]
fn no_marker_parts_cr_from_lf() {
    let format = Format { mode: TransmissionMode::Block, ..Format::default() };
    let settings = Settings { marker_interval: Some(1), ..Settings::default() };
    for piece in 1..7 {
        let wire = encode(format, &settings, b"a\r\nb\n", piece);
        let received = decode(format, &wire, 3, 1);
        assert_eq!(received.file, b"a\nb\n");
        let markers: Vec<String> = received
            .events
            .iter()
            .filter_map(|(_, event)| match event {
                DecodeEvent::Marker(marker) => Some(marker.to_string()),
                _ => None,
            })
            .collect();
        assert_eq!(markers, ["1", "3", "4", "5"]);
    }
}

/// Two files on one connection: the decoder does not consume anything after the end of the first.
#[test]
fn the_end_of_a_file_leaves_the_next_one_alone() {
    for mode in [TransmissionMode::Block, TransmissionMode::Compressed] {
        let format = Format { mode, ..Format::default() };
        let mut wire = encode(format, &Settings::default(), b"one\n", 9);
        let first: Range<usize> = 0..wire.len();
        wire.extend(encode(format, &Settings::default(), b"two\n", 9));
        let mut decoder = Decoder::new(format, &Settings::default()).expect("a format");
        let mut out = Vec::new();
        let decoded = decoder.decode(&wire, &mut out, usize::MAX).expect("sound data");
        assert_eq!((decoded.consumed, decoded.event), (first.end, Some(DecodeEvent::EndOfFile)));
        let again = decoder.decode(&wire[first.end..], &mut out, usize::MAX).expect("sound data");
        assert_eq!((again.consumed, again.event, &out[..]), (0, None, &b"one\n"[..]));
        assert_eq!(decoder.finish(&mut out), Ok(()));
    }
}

/// Markers of other senders are passed on unchanged.
#[test]
fn a_foreign_marker_is_kept() {
    let format = Format { mode: TransmissionMode::Block, ..Format::default() };
    let received = decode(format, b"\x10\0\x05X'1F'\x40\0\x01a", 2, 9);
    let marker = Marker::new(b"X'1F'").expect("printable");
    assert_eq!(received.events[0], (0, DecodeEvent::Marker(marker)));
    assert_eq!((received.file, received.end), (b"a".to_vec(), Ok(())));
}
