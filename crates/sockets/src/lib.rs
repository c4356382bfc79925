//! Fast transfers of large files between a socket and a file: how many bytes wake a reader, and the
//! pipe through which the kernel moves the bytes. This works on Linux; on other systems the
//! functions do nothing or do not exist. The crate knows nothing about FTP.

#![forbid(unsafe_code)]

#[cfg(unix)]
mod low_water;
#[cfg(target_os = "linux")]
mod pipe;

#[cfg(unix)]
pub use low_water::LowWater;
#[cfg(target_os = "linux")]
pub use pipe::Pipe;
