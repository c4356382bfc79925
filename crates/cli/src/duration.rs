//! Durations on the client's command line, spelled as in the server's settings.

pub(crate) use packetboat_proto::time::parse_length as parse;
