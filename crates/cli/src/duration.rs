//! Lengths of time on the command line of the client, spelled as in the settings of the server.

pub(crate) use packetboat_server::settings::spelling::parse_time as parse;
