//! Parses and shows sizes and rates, wherever they are written: `4096`, `64KiB`, `10MiB`, `1GB`,
//! `2MiB/s`.

/// Units and their bytes; a unit that ends in another one comes before it.
const UNITS: [(&str, u64); 9] = [
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("TiB", 1 << 40),
    ("kB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
    ("TB", 1_000_000_000_000),
    ("B", 1),
];

/// Parses `4096`, `64KiB`, `10MiB`, `1GB`; whole numbers only.
pub fn parse(text: &str) -> Option<u64> {
    let unit = |(name, unit): &(&str, u64)| Some((text.strip_suffix(name)?, *unit));
    let (number, unit) = UNITS.iter().find_map(unit).unwrap_or((text, 1));
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    number.parse::<u64>().ok()?.checked_mul(unit)
}

/// Parses a size followed by `/s`.
pub fn parse_rate(text: &str) -> Option<u64> {
    parse(text.strip_suffix("/s")?)
}

/// A size in the form that [`parse`] reads, in the largest unit that divides it.
pub fn show(size: u64) -> String {
    let fits = |(_, unit): &&(&str, u64)| size >= *unit && size.is_multiple_of(*unit);
    match UNITS[..4].iter().rev().find(fits) {
        Some((name, unit)) => format!("{}{name}", size / unit),
        None => size.to_string(),
    }
}

/// A size for people, rounded to one decimal.
pub fn show_rounded(size: u64) -> String {
    match UNITS[..4].iter().rev().find(|(_, unit)| size >= *unit) {
        Some((name, unit)) => format!("{:.1} {name}", size as f64 / *unit as f64),
        None => format!("{size} B"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_rates_are_read_and_shown() {
        for (text, expected) in
            [("0", 0), ("4096", 4096), ("10MiB", 10 << 20), ("1kB", 1000), ("7B", 7)]
        {
            assert_eq!(parse(text), Some(expected), "{text}");
        }
        for bad in ["", "MiB", "-1", "+1", "1.5MiB", "10 MiB", "10M", "99999999TiB"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
        assert_eq!(parse_rate("2MiB/s"), Some(2 << 20));
        assert_eq!((parse_rate("2MiB"), parse_rate("/s")), (None, None));
        assert_eq!(show(10 << 20), "10MiB");
        assert_eq!(show(1025), "1025");
        assert_eq!((show_rounded(1536).as_str(), show_rounded(7).as_str()), ("1.5 KiB", "7 B"));
    }
}
