//! End-to-end tests: the real program against real clients.
