//! [`PageBuffer`]: a page-aligned buffer for reading files. The kernel copies from whole pages. If
//! source and target are a few bytes apart within their pages, the copy takes up to twice as long,
//! because the processor suspects that it reads what it has just written.

const PAGE: usize = 4096;

/// A buffer of a fixed size, zeroed once.
#[derive(Debug)]
pub(crate) struct PageBuffer {
    bytes: Vec<u8>,
    start: usize,
}

impl PageBuffer {
    /// A buffer for this many bytes.
    pub(crate) fn new(size: usize) -> Self {
        let bytes = vec![0; size + PAGE];
        // If the distance to the next page cannot be computed, any place will do; it only costs
        // speed.
        let start = bytes.as_ptr().align_offset(PAGE).min(PAGE);
        Self { bytes, start }
    }

    /// The first `count` bytes, or all there are.
    pub(crate) fn first(&self, count: usize) -> &[u8] {
        &self.bytes[self.start..self.end(count)]
    }

    /// Like [`Self::first`], for writing.
    pub(crate) fn first_mut(&mut self, count: usize) -> &mut [u8] {
        let end = self.end(count);
        &mut self.bytes[self.start..end]
    }

    fn end(&self, count: usize) -> usize {
        self.start + count.min(self.bytes.len() - PAGE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_with_a_page_and_has_its_size() {
        for size in [0, 1, PAGE, 256 << 10] {
            let mut buffer = PageBuffer::new(size);
            assert_eq!(buffer.first(size).as_ptr().align_offset(PAGE), 0);
            assert_eq!(buffer.first_mut(usize::MAX - PAGE).len(), size);
        }
    }
}
