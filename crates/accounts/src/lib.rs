//! Who may do what on the server.
