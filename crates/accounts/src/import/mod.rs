//! Accounts of other programs.
