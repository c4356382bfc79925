//! How large files move fast between a socket and a file: how many bytes wake who reads them, and the pipe through which
//! the kernel moves them. It works on Linux; elsewhere nothing is there, or nothing happens. Knows nothing of FTP.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod low_water;
#[cfg(target_os = "linux")]
mod pipe;

#[cfg(unix)]
pub use low_water::LowWater;
#[cfg(target_os = "linux")]
pub use pipe::Pipe;
