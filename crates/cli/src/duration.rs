//! Lengths of time on the command line of the client, spelled as in the settings of the server.

pub(crate) use packetboat_proto::time::parse_length as parse;
