//! Concatenates tables at compile time, so that one table can be spread over several files.

/// The total number of rows in all parts.
pub(crate) const fn total<T>(parts: &[&[T]]) -> usize {
    let (mut sum, mut part) = (0, 0);
    while part < parts.len() {
        sum += parts[part].len();
        part += 1;
    }
    sum
}

/// The rows of all parts in order. `N` must be their [`total`].
pub(crate) const fn join<T: Copy, const N: usize>(parts: &[&[T]]) -> [T; N] {
    assert!(total(parts) == N, "the table has as many rows as its parts");
    let mut table = [parts[0][0]; N];
    let (mut part, mut at) = (0, 0);
    while part < parts.len() {
        let mut row = 0;
        while row < parts[part].len() {
            table[at] = parts[part][row];
            at += 1;
            row += 1;
        }
        part += 1;
    }
    table
}
