//! The Telnet layer of a control connection (RFC 959 §5.2.1): tells data bytes from Telnet
//! sequences (RFC 854). Client and server share this filter; each decides itself how to answer
//! negotiation.

/// "Interpret as command": the byte that starts every sequence. As data it is doubled.
pub(crate) const IAC: u8 = 0xFF;
/// The sender wants to use an option.
pub(crate) const WILL: u8 = 251;
/// The sender does not use an option.
pub(crate) const WONT: u8 = 252;
/// The sender wants the receiver to use an option.
pub(crate) const DO: u8 = 253;
/// The sender wants the receiver not to use an option.
pub(crate) const DONT: u8 = 254;
const SUBNEGOTIATION: u8 = 250;
const SUBNEGOTIATION_END: u8 = 240;

/// The position of the stream within a Telnet sequence.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Telnet {
    #[default]
    Data,
    /// After IAC.
    Command,
    /// After IAC and WILL, WONT, DO or DONT.
    Option(u8),
    /// Inside a subnegotiation.
    Subnegotiation,
    /// After an IAC inside a subnegotiation.
    SubnegotiationCommand,
}

/// What the latest byte has completed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    /// A byte of data.
    Data(u8),
    /// WILL, WONT, DO or DONT, and the option it is about.
    Negotiation(u8, u8),
    /// Nothing: a sequence continues, or one has ended that means nothing to FTP, such as IP and
    /// the DM of the Synch before ABOR.
    Nothing,
}

impl Telnet {
    /// Takes the next byte.
    pub(crate) fn take(&mut self, byte: u8) -> Telling {
        let (next, telling) = match (*self, byte) {
            (Self::Data, IAC) => (Self::Command, Telling::Nothing),
            (Self::Data, _) | (Self::Command, IAC) => (Self::Data, Telling::Data(byte)),
            (Self::Command, SUBNEGOTIATION) => (Self::Subnegotiation, Telling::Nothing),
            (Self::Command, WILL..=DONT) => (Self::Option(byte), Telling::Nothing),
            (Self::Command, _) => (Self::Data, Telling::Nothing),
            (Self::Option(verb), option) => (Self::Data, Telling::Negotiation(verb, option)),
            (Self::Subnegotiation, IAC) => (Self::SubnegotiationCommand, Telling::Nothing),
            (Self::SubnegotiationCommand, SUBNEGOTIATION_END) => (Self::Data, Telling::Nothing),
            (Self::Subnegotiation | Self::SubnegotiationCommand, _) => {
                (Self::Subnegotiation, Telling::Nothing)
            }
        };
        *self = next;
        telling
    }

    /// Whether a sequence has started but not ended.
    pub(crate) fn is_mid_sequence(self) -> bool {
        self != Self::Data
    }
}

/// Appends data for the wire, with each IAC doubled.
pub(crate) fn encode(data: &[u8], out: &mut Vec<u8>) {
    for &byte in data {
        out.push(byte);
        if byte == IAC {
            out.push(IAC);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> (Vec<u8>, Vec<(u8, u8)>) {
        let (mut telnet, mut data, mut negotiation) = (Telnet::default(), Vec::new(), Vec::new());
        for &byte in bytes {
            match telnet.take(byte) {
                Telling::Data(byte) => data.push(byte),
                Telling::Negotiation(verb, option) => negotiation.push((verb, option)),
                Telling::Nothing => {}
            }
        }
        (data, negotiation)
    }

    #[test]
    fn sequences_of_every_kind_are_told_from_data() {
        // IP, DM, a doubled IAC, DO ECHO, and a subnegotiation with a doubled IAC in it.
        let wire = b"a\xFF\xF4b\xFF\xF2c\xFF\xFFd\xFF\xFD\x01e\xFF\xFA\x18\xFF\xFF\x01\xFF\xF0f";
        assert_eq!(read(wire), (b"abc\xFFdef".to_vec(), vec![(DO, 1)]));
    }

    proptest! {
        #[test]
        fn data_survives(data in proptest::collection::vec(any::<u8>(), 0..60)) {
            let mut wire = Vec::new();
            encode(&data, &mut wire);
            prop_assert_eq!(read(&wire), (data, vec![]));
        }
    }
}
