//! A buffer for what is read from files. It begins where a page begins: the kernel copies out of whole pages, and a
//! copy whose two ends lie a few bytes apart within their pages takes up to twice as long, since the processor takes
//! what it reads for what it has just written.

const PAGE: usize = 4096;

/// Room of a fixed size, zeroed once.
#[derive(Debug)]
pub(crate) struct PageBuffer {
    bytes: Vec<u8>,
    start: usize,
}

impl PageBuffer {
    /// Room for so many bytes.
    pub(crate) fn new(size: usize) -> Self {
        let bytes = vec![0; size + PAGE];
        // Where the distance to the next page cannot be told, any place will do: it costs speed alone.
        let start = bytes.as_ptr().align_offset(PAGE).min(PAGE);
        Self { bytes, start }
    }

    /// The first `count` bytes, or all there are.
    pub(crate) fn first(&self, count: usize) -> &[u8] {
        &self.bytes[self.start..self.end(count)]
    }

    /// As [`Self::first`], to be written to.
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
