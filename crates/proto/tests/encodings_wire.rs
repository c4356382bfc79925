//! Wire bytes, written by hand from RFC 959 §3: what our side sends, and which other forms it accepts.

use packetboat_proto::encoding::{
    BadHeader, DecodeError, DecodeEvent, Decoder, Encoder, FileStructure, Format,
    RepresentationType, Settings, TransmissionMode,
};

/// The format named by three letters: TYPE, STRU, MODE.
fn format(letters: &str) -> Format {
    let [kind, structure, mode] = letters.as_bytes() else { panic!("{letters}") };
    Format {
        representation: match kind {
            b'A' => RepresentationType::Ascii,
            b'E' => RepresentationType::Ebcdic,
            _ => RepresentationType::Image,
        },
        structure: match structure {
            b'F' => FileStructure::File,
            b'R' => FileStructure::Record,
            _ => FileStructure::Page,
        },
        mode: match mode {
            b'S' => TransmissionMode::Stream,
            b'B' => TransmissionMode::Block,
            b'C' => TransmissionMode::Compressed,
            _ => TransmissionMode::Deflate,
        },
        ..Format::default()
    }
}

fn encode(letters: &str, file: &[u8]) -> Vec<u8> {
    let mut encoder = Encoder::new(format(letters), &Settings::default()).expect("a format");
    let mut wire = Vec::new();
    encoder.encode(file, &mut wire);
    encoder.finish(&mut wire);
    wire
}

/// The decoded file and its events except the end of the file.
fn decode(letters: &str, wire: &[u8]) -> Result<(Vec<u8>, Vec<DecodeEvent>), DecodeError> {
    let mut decoder = Decoder::new(format(letters), &Settings::default()).expect("a format");
    let (mut file, mut events, mut input) = (Vec::new(), Vec::new(), wire);
    loop {
        let decoded = decoder.decode(input, &mut file, usize::MAX)?;
        input = &input[decoded.consumed..];
        match decoded.event {
            Some(DecodeEvent::EndOfFile) => {}
            Some(event) => events.push(event),
            None => break,
        }
    }
    decoder.finish(&mut file)?;
    Ok((file, events))
}

/// The forms that we send, and that we read back.
#[test]
fn examples_both_ways() {
    let rows: &[(&str, &[u8], &[u8])] = &[
        ("AFS", b"a\nb", b"a\r\nb"),
        ("IFS", b"a\n\xff", b"a\n\xff"),
        // §3.1.1.2: EBCDIC, with NL (0x15) as the line ending.
        ("EFS", b"Hello [1]\n", b"\xc8\x85\x93\x93\x96\x40\xad\xf1\xbd\x15"),
        // §3.4.1: 255 1 ends a record, 255 2 the file, 255 255 is a byte 255.
        ("ARS", b"a\n\nb\n", b"a\xff\x01\xff\x01b\xff\x01\xff\x02"),
        ("ARS", b"", b"\xff\x02"),
        ("IRS", b"\xff\r\nend", b"\xff\xff\r\xff\x01end\xff\x02"),
        // EBCDIC byte 255 is 0x9F in ISO 8859-1.
        ("ERS", b"A\n\x9f", b"\xc1\xff\x01\xff\xff\xff\x02"),
        // §3.4.2: descriptor, length in two bytes, data.
        ("IFB", b"abc", b"\x00\x00\x03abc\x40\x00\x00"),
        ("AFB", b"a\n", b"\x00\x00\x03a\r\n\x40\x00\x00"),
        ("ARB", b"a\n\nbc", b"\x80\x00\x01a\x80\x00\x00\x00\x00\x02bc\x40\x00\x00"),
        ("IRB", b"\xff\n", b"\x80\x00\x01\xff\x40\x00\x00"),
        // §3.4.3: a string, a run, fillers; escapes with a descriptor.
        ("IFC", b"abxxxx\0\0\0c", b"\x02ab\x84x\xc3\x01c\x00\x40\xc0"),
        ("AFC", b"a    b\n", b"\x01a\xc4\x03b\r\n\x00\x40\xc0"),
        ("EFC", b"a    ", b"\x01\x81\xc4\x00\x40\xc0"),
        ("ARC", b"ab   \n\nc", b"\x02ab\x00\x80\xc3\x00\x80\xc0\x01c\x00\x40\xc0"),
        // §3.1.2.3: header length, index, length, type; then the last page.
        ("IPS", b"abc", b"\x04\x00\x03\x01abc\x04\x00\x00\x00"),
        ("IPB", b"a", b"\x00\x00\x09\x04\x00\x01\x01a\x04\x00\x00\x00\x40\x00\x00"),
        ("IPS", b"", b"\x04\x00\x00\x00"),
    ];
    for &(letters, file, wire) in rows {
        assert_eq!(encode(letters, file), wire, "{letters} {}", file.escape_ascii());
        assert_eq!(decode(letters, wire), Ok((file.to_vec(), vec![])), "{letters}");
    }
}

/// Other forms that senders may use.
#[test]
fn examples_that_are_understood() {
    let rows: &[(&str, &[u8], &[u8])] = &[
        // §3.4.1: end of record and end of file in one.
        ("ARS", b"a\xff\x03", b"a\n"),
        ("IRB", b"\xc0\x00\x01a", b"a\n"),
        ("IRC", b"\x00\xc0\x01a", b"a\n"),
        ("IRC", b"\x00\x80\x00\x40\x01a", b"a\n"),
        // The end of the file in the same block as its last data.
        ("IFB", b"\x40\x00\x01a", b"a"),
        // An end of record in a file without records.
        ("IFB", b"\x80\x00\x01a\x40\x00\x00", b"a"),
        // CRLF in a text record is an additional line ending.
        ("ARB", b"\x80\x00\x04a\r\nb\x40\x00\x00", b"a\nb\n"),
        // The end of the file is announced, but the connection closes without the string that
        // should follow.
        ("IFC", b"\x01a\x00\x40", b"a"),
        // A zlib stream with a stored block.
        ("IFZ", b"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x62", b"a"),
        ("IRZ", b"\x78\x01\x01\x03\x00\xfc\xffa\xff\x03\x03\x27\x01\x64", b"a\n"),
        // A page that describes the file, and one with access control.
        ("IPS", b"\x04\x00\x02\x02xx\x05\x00\x01\x03\x07a\x04\x00\x00\x00", b"a"),
    ];
    for &(letters, wire, file) in rows {
        assert_eq!(decode(letters, wire), Ok((file.to_vec(), vec![])), "{letters}");
    }
}

#[test]
fn what_is_refused() {
    use DecodeError as E;
    let rows: &[(&str, &[u8], E)] = &[
        ("ARS", b"a\xff\x04", E::BadEscape(4)),
        ("ARS", b"a", E::Truncated),
        ("ARS", b"a\xff\x02b", E::AfterEnd),
        ("IRS", b"a\nb\xff\x02", E::LineFeedInRecord),
        ("IRB", b"\x80\x00\x01\n", E::LineFeedInRecord),
        ("IFB", b"\x00\x00\x01a", E::Truncated),
        ("IFB", b"\x01\x00\x01a", E::BadHeader(BadHeader::Descriptor(1))),
        ("IFB", b"\x10\x00\x00", E::BadMarker),
        ("IFB", b"\x10\x00\x03a b", E::BadMarker),
        ("IFC", b"\x00\x10\xbfa\xbfa\xbfa", E::Truncated),
        ("IFC", b"\x00\x08", E::BadHeader(BadHeader::Descriptor(8))),
        ("IFC", b"\x7fa", E::Truncated),
        ("IFZ", b"a", E::Truncated),
        ("IFZ", b"no zlib stream", E::Deflate),
        ("IFZ", b"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x63", E::Deflate),
        ("IFZ", b"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x62b", E::AfterEnd),
        ("IRZ", b"\x78\x01\x01\x01\x00\xfe\xffa\x00\x62\x00\x62", E::Truncated),
        ("IPS", b"\x04\x00\x01\x01a", E::Truncated),
        ("IPS", b"\x04\x00\x00\x09", E::UnknownPageType(9)),
        ("IPS", b"\x03\x00\x00\x01", E::BadHeader(BadHeader::PageHeaderLength(3))),
        ("IPS", b"\x05\x00\x00\x01\x00", E::BadHeader(BadHeader::PageHeaderLength(5))),
        ("IPS", b"\x04\x00\x00\x00a", E::AfterEnd),
        ("IPS", b"\x04\x01\x01\x01a\x04\x00\x01\x01a", E::PageOrder(0)),
        ("IPS", b"\x04\x00\x01\x01a\x04\x01\x01\x01a", E::ShortPage(0)),
        ("IPS", b"\x0c\x00\x00\x01\x00\x00\x00\x00\x00\x01\x00\x10", E::Truncated),
        (
            "IPS",
            b"\x0c\x00\x01\x01\x00\x00\x00\x00\x00\x01\x00\x10",
            E::BadHeader(BadHeader::PageLength(4097)),
        ),
        (
            "IPS",
            b"\x0c\x00\x01\x01\x7f\x00\x00\x00\x00\x00\x00\x00",
            E::BadHeader(BadHeader::PageIndex(0x7f_0000_0000_0000)),
        ),
    ];
    for (letters, wire, error) in rows {
        assert_eq!(decode(letters, wire), Err(*error), "{letters} {}", wire.escape_ascii());
        assert!(error.to_string().len() > 20 && !error.to_string().contains("  "), "{error}");
    }
}

/// The length of a marker is bounded; in MODE C, by its string.
#[test]
fn long_markers_are_refused() {
    let block = [&b"\x10\x01\x00"[..], &[b'1'; 256]].concat();
    assert_eq!(decode("IFB", &block), Err(DecodeError::MarkerTooLong));
}

/// §3.4.2: suspect data is reported before it arrives.
#[test]
fn suspect_data_is_said_before_it_comes() {
    for (letters, wire) in
        [("IFB", &b"\x20\x00\x01a\x40\x00\x00"[..]), ("IFC", b"\x00\x20\x01a\x00\x40\xc0")]
    {
        let (file, events) = decode(letters, wire).expect("sound data");
        assert_eq!((file, events), (b"a".to_vec(), vec![DecodeEvent::Suspect]), "{letters}");
    }
}

/// Pages in a hole are left out; the first large page is number 256, at offset 65280.
#[test]
fn a_hole_is_left_out_up_to_the_large_pages() {
    let mut encoder = Encoder::new(format("IPS"), &Settings::default()).expect("a format");
    let mut wire = Vec::new();
    encoder.encode(b"a", &mut wire);
    encoder.skip_to(65_280, &mut wire);
    encoder.encode(b"b", &mut wire);
    encoder.finish(&mut wire);
    let mut expected = b"\x04\x00\xff\x01a".to_vec();
    expected.resize(4 + 255, 0);
    expected.extend(b"\x0c\x00\x01\x01\x00\x00\x00\x00\x00\x01\x00\x00b\x04\x00\x00\x00");
    assert_eq!(wire, expected);
    let (file, events) = decode("IPS", &wire).expect("sound data");
    assert_eq!(events, [DecodeEvent::SkipTo(65_280)]);
    assert_eq!((file.len(), file.last()), (256, Some(&b'b')));
}

/// RFC 1123 §4.1.2.2: the second letter of TYPE changes nothing in the data.
#[test]
fn format_controls_keep_the_file_as_it_is() {
    use packetboat_proto::encoding::FormatControl as Control;
    for control in [Control::NonPrint, Control::Telnet, Control::Carriage] {
        let format = Format { control, ..Format::default() };
        let mut encoder = Encoder::new(format, &Settings::default()).expect("a format");
        let mut wire = Vec::new();
        encoder.encode(b"1new page\n\x0c", &mut wire);
        assert_eq!(wire, b"1new page\r\n\x0c");
    }
}
