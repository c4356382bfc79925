//! [`Chance`]: reproducible randomness (xorshift from a seed), and file content derived from a
//! number.

/// A source of numbers.
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) fn new(seed: u64) -> Self {
        // Neighbouring seeds must not give similar numbers, and a zero state would give only zeros.
        let mut chance = Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1);
        for _ in 0..8 {
            chance.next();
        }
        chance
    }

    pub(crate) fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number below the limit, or zero if the limit is zero.
    pub(crate) fn below(&mut self, limit: u64) -> u64 {
        (self.next() >> 11) % limit.max(1)
    }

    /// A file length: most are small, a few are large.
    pub(crate) fn length(&mut self) -> usize {
        let limit = match self.below(100) {
            0..2 => 1 << 20,
            2..20 => 64 << 10,
            _ => 4 << 10,
        };
        usize::try_from(self.below(limit)).unwrap_or(0)
    }

    pub(crate) fn bytes(&mut self, length: usize) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(length + 8);
        while bytes.len() < length {
            bytes.extend_from_slice(&self.next().to_le_bytes());
        }
        bytes.truncate(length);
        bytes
    }
}
