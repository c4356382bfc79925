//! Handlers of the transfer parameters: TYPE, STRU, MODE, OPTS MODE, OPTS STOR and REST (RFC 959
//! §4.1.2, RFC 3659 §5, draft-preston-ftpext-deflate).

use std::num::NonZeroU8;

use super::action::Coding;
use super::data_connection::DataSetup;
use super::session::Session;
use super::texts::{self, Text};
use crate::address;
use crate::command::Command;
use crate::encoding::{FileStructure, Format, FormatControl, RepresentationType, TransmissionMode};
use crate::listing::FactSet;
use crate::verbs::Verb;

/// The transfer parameters of a session.
#[derive(Debug)]
pub(super) struct Parameters {
    pub format: Format,
    /// The compression level of MODE Z, 0 to 9.
    pub deflate_level: u32,
    pub data: DataSetup,
    /// Whether EPSV ALL was given: from then on, only EPSV is accepted (RFC 2428 §4).
    pub extended_only: bool,
    pub restart: u64,
    /// The least number of bytes of the next upload (OPTS STOR LENGTH).
    pub at_least: Option<u64>,
    pub facts: FactSet,
}

impl Default for Parameters {
    fn default() -> Self {
        Self {
            format: Format::default(),
            // Higher levels gain little and are twice as slow.
            deflate_level: 6,
            data: DataSetup::None,
            extended_only: false,
            restart: 0,
            at_least: None,
            facts: FactSet::default(),
        }
    }
}

impl Parameters {
    /// How the next file is encoded on the data connection.
    pub(super) fn coding(&self) -> Coding {
        Coding { format: self.format, deflate_level: self.deflate_level, at_least: None }
    }

    /// How the next listing is encoded: as text, whatever the type of files is (RFC 1123 §4.1.2.7).
    pub(super) fn listing_coding(&self) -> Coding {
        let representation = match self.format.representation {
            RepresentationType::Ebcdic => RepresentationType::Ebcdic,
            RepresentationType::Ascii | RepresentationType::Image => RepresentationType::Ascii,
        };
        let format = Format { representation, mode: self.format.mode, ..Format::default() };
        Coding { format, ..self.coding() }
    }

    /// TYPE as STAT shows it.
    pub(super) fn type_name(&self) -> &'static str {
        TYPES.iter().find(|row| row.1 == type_of(self.format)).map_or("I", |row| row.0)
    }

    /// STRU as STAT shows it.
    pub(super) fn structure_name(&self) -> char {
        STRUCTURES.iter().find(|row| row.1 == self.format.structure).map_or('F', |row| row.0.into())
    }

    /// MODE as STAT shows it.
    pub(super) fn mode_name(&self) -> char {
        MODES.iter().find(|row| row.1 == self.format.mode).map_or('S', |row| row.0.into())
    }
}

type Type = (RepresentationType, FormatControl);

fn type_of(format: Format) -> Type {
    (format.representation, format.control)
}

/// The arguments of TYPE, and the reply to each (RFC 959 §3.1.1).
static TYPES: &[(&str, Type, &Text)] = &[
    ("A N", (RepresentationType::Ascii, FormatControl::NonPrint), &texts::TYPE_ASCII),
    ("A T", (RepresentationType::Ascii, FormatControl::Telnet), &texts::TYPE_ASCII_TELNET),
    ("A C", (RepresentationType::Ascii, FormatControl::Carriage), &texts::TYPE_ASCII_CARRIAGE),
    ("E N", (RepresentationType::Ebcdic, FormatControl::NonPrint), &texts::TYPE_EBCDIC),
    ("E T", (RepresentationType::Ebcdic, FormatControl::Telnet), &texts::TYPE_EBCDIC_TELNET),
    ("E C", (RepresentationType::Ebcdic, FormatControl::Carriage), &texts::TYPE_EBCDIC_CARRIAGE),
    ("I", (RepresentationType::Image, FormatControl::NonPrint), &texts::TYPE_IMAGE),
    // RFC 1123 §4.1.2.1: the same as I on a machine with 8-bit bytes.
    ("L 8", (RepresentationType::Image, FormatControl::NonPrint), &texts::TYPE_LOCAL),
];

static STRUCTURES: &[(u8, FileStructure, &Text)] = &[
    (b'F', FileStructure::File, &texts::STRU_FILE),
    (b'R', FileStructure::Record, &texts::STRU_RECORD),
    (b'P', FileStructure::Page, &texts::STRU_PAGE),
];

static MODES: &[(u8, TransmissionMode, &Text)] = &[
    (b'S', TransmissionMode::Stream, &texts::MODE_STREAM),
    (b'B', TransmissionMode::Block, &texts::MODE_BLOCK),
    (b'C', TransmissionMode::Compressed, &texts::MODE_COMPRESSED),
    (b'Z', TransmissionMode::Deflate, &texts::MODE_DEFLATE),
];

pub(super) fn handle(session: &mut Session, command: &Command) {
    match command.verb() {
        Verb::Type => representation_type(session, command),
        Verb::Stru => structure(session, command),
        Verb::Mode => mode(session, command),
        _ => rest(session, command),
    }
}

fn representation_type(session: &mut Session, command: &Command) {
    let argument = command.argument().to_ascii_uppercase();
    let words: Vec<&[u8]> =
        argument.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).collect();
    let name: &[u8] = match words[..] {
        // RFC 959 §3.1.1.5: N if there is no second letter.
        [b"A"] => b"A N",
        [b"E"] => b"E N",
        [b"L8"] => b"L 8",
        _ => &words.join(&b' '),
    };
    if let Some((_, (representation, control), text)) =
        TYPES.iter().find(|row| row.0.as_bytes() == name)
    {
        let format = Format {
            representation: *representation,
            control: *control,
            ..session.parameters.format
        };
        return adopt(session, command, format, text);
    }
    match words[..] {
        // RFC 959 §5.3.2: a byte size is a number from 1 to 255.
        [b"L", size] if address::parse_number::<NonZeroU8>(size).is_some() => {
            session.answer(command, 504, &texts::TYPE_BYTE_SIZE);
        }
        // Other servers may know more letters.
        [[letter]] | [b"A" | b"E", [letter]] if letter.is_ascii_alphabetic() && *letter != b'L' => {
            session.answer(command, 504, &texts::TYPE_SYNTAX);
        }
        _ => session.answer(command, 501, &texts::TYPE_SYNTAX),
    }
}

fn structure(session: &mut Session, command: &Command) {
    match letter(command).and_then(|letter| STRUCTURES.iter().find(|row| row.0 == letter)) {
        Some((_, structure, text)) => {
            let format = Format { structure: *structure, ..session.parameters.format };
            adopt(session, command, format, text);
        }
        None => unknown_letter(session, command, "F, R, P"),
    }
}

fn mode(session: &mut Session, command: &Command) {
    match letter(command).and_then(|letter| MODES.iter().find(|row| row.0 == letter)) {
        Some((_, mode, text)) => {
            let format = Format { mode: *mode, ..session.parameters.format };
            adopt(session, command, format, text);
        }
        None => unknown_letter(session, command, "S, B, C, Z"),
    }
}

/// Adopts the new format, unless TYPE and STRU cannot be combined. That is answered here, since
/// RETR and STOR have no reply for it.
fn adopt(session: &mut Session, command: &Command, format: Format, text: &'static Text) {
    let wanted = Parameters { format, ..Parameters::default() };
    if format.is_sound() {
        session.parameters.format = format;
        return session.answer(command, 200, text);
    }
    let (kind, structure) = (wanted.type_name(), wanted.structure_name());
    session.answer(command, 504, texts::NOT_TOGETHER.with(&[&kind, &structure]));
}

/// RFC 959 §4.2: 504 for a letter that another server may know, 501 for anything else.
fn unknown_letter(session: &mut Session, command: &Command, known: &str) {
    let is_letter = letter(command).is_some_and(|letter| letter.is_ascii_alphabetic());
    let code = if is_letter { 504 } else { 501 };
    session.answer(command, code, texts::LETTER_SYNTAX.with(&[&command.verb().name(), &known]));
}

fn letter(command: &Command) -> Option<u8> {
    match command.argument() {
        [letter] => Some(letter.to_ascii_uppercase()),
        _ => None,
    }
}

/// OPTS MODE Z [ENGINE ZLIB] [METHOD 8] [LEVEL n], in any order (draft-preston-ftpext-deflate
/// §3.4). Nothing changes unless all options are valid.
pub(super) fn mode_options(session: &mut Session, command: &Command, options: &[u8]) {
    let words: Vec<&[u8]> =
        options.split(|&byte| byte == b' ').filter(|word| !word.is_empty()).collect();
    let Some((b"Z", options)) = words.split_first().map(|(mode, rest)| (*mode, rest)) else {
        return session.answer(command, 501, &texts::MODE_Z_SYNTAX);
    };
    match wanted_level(options, session.parameters.deflate_level) {
        Ok(level) => {
            session.parameters.deflate_level = level;
            session.answer(command, 200, texts::MODE_Z_LEVEL.with(&[&level]));
        }
        Err(Some((name, allowed, example))) => {
            session.answer(command, 501, texts::MODE_Z_VALUE.with(&[&name, &allowed, &example]));
        }
        Err(None) => session.answer(command, 501, &texts::MODE_Z_SYNTAX),
    }
}

/// The name of an option of MODE Z, its allowed values, and an example.
type Allowed = (&'static str, &'static str, &'static str);

/// The requested level, or `level` if none is given. The error is the option with a value that is
/// not allowed here, or `None` if there is no such option.
fn wanted_level(options: &[&[u8]], mut level: u32) -> Result<u32, Option<Allowed>> {
    for option in options.chunks(2) {
        match *option {
            [b"ENGINE", b"ZLIB"] | [b"METHOD", b"8"] => {}
            [b"ENGINE", ..] => return Err(Some(("ENGINE", "ZLIB", "ZLIB"))),
            [b"METHOD", ..] => return Err(Some(("METHOD", "8", "8"))),
            [b"LEVEL", ref value @ ..] => {
                let value = value.first().and_then(|value| address::parse_number(value));
                level = value.filter(|level| *level <= 9).ok_or(Some(("LEVEL", "0-9", "6")))?;
            }
            _ => return Err(None),
        }
    }
    Ok(level)
}

/// OPTS STOR LENGTH n, which FEAT announces as X-LENGTH.
pub(super) fn store_options(session: &mut Session, command: &Command, options: &[u8]) {
    let length = options.strip_prefix(b"LENGTH ").and_then(address::parse_number);
    let Some(length): Option<u64> = length else {
        return session.answer(command, 501, &texts::LENGTH_SYNTAX);
    };
    session.parameters.at_least = Some(length);
    session.answer(command, 200, texts::LENGTH_SET.with(&[&length]));
}

/// RFC 3659 §5: checks only the form of the offset; the transfer shows whether the file is long
/// enough. The markers that this server sends in MODE B and C, and those it names in 110, are
/// offsets, too.
fn rest(session: &mut Session, command: &Command) {
    let Some(offset): Option<u64> = address::parse_number(command.argument()) else {
        return session.answer(command, 501, &texts::REST_SYNTAX);
    };
    session.parameters.restart = offset;
    session.extra.range = None;
    session.answer(command, 350, texts::REST_SET.with(&[&offset]));
}
