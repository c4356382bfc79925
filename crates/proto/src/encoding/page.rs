//! STRU P.

pub(super) const SMALL: u64 = 255;
pub(super) const LARGE: u64 = 4096;
/// Where the large pages begin.
pub(super) const BORDER: u64 = 256 * SMALL;

/// Whether a page starts at this offset of the file.
pub(super) fn is_start(offset: u64) -> bool {
    match offset.checked_sub(BORDER) {
        None => offset % SMALL == 0,
        Some(beyond) => beyond % LARGE == 0,
    }
}
