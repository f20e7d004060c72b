//! Sizes as 7-Zip's switches take them (`64m`), and sizes as people read them (`64.0 MiB`).

/// Reads a number of bytes: digits, then nothing or one of b, k, m, g, t (powers of 1024, either case).
pub fn parse(text: &str) -> Result<u64, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, suffix) = text.split_at(digits);
    let shift = match suffix {
        "" | "b" | "B" => 0,
        "k" | "K" => 10,
        "m" | "M" => 20,
        "g" | "G" => 30,
        "t" | "T" => 40,
        _ => return Err(format!("a size is a number with b, k, m, g or t behind it, such as 64m; this is {text:?}")),
    };
    if number.is_empty() {
        return Err("a size begins with a number, such as 64m".into());
    }
    let number: u64 = number.parse().map_err(|_| too_large(text))?;
    number.checked_mul(1 << shift).ok_or_else(|| too_large(text))
}

/// As [`parse`], for options where 0 has no meaning.
pub fn parse_positive(text: &str) -> Result<u64, String> {
    match parse(text)? {
        0 => Err("must be more than 0".into()),
        bytes => Ok(bytes),
    }
}

fn too_large(text: &str) -> String {
    format!("{text} is more than 64 bits can hold")
}

/// A size for people: three significant digits and a binary unit.
pub fn human(bytes: u64) -> String {
    indicatif::HumanBytes(bytes).to_string()
}

#[cfg(test)]
mod tests {
    use super::{parse, parse_positive};

    #[test]
    fn suffixes_are_powers_of_1024_in_either_case() {
        for (text, bytes) in [
            ("0", 0),
            ("17", 17),
            ("17b", 17),
            ("1k", 1 << 10),
            ("3K", 3 << 10),
            ("64m", 64 << 20),
            ("64M", 64 << 20),
            ("2g", 2 << 30),
            ("1T", 1 << 40),
            ("18446744073709551615", u64::MAX),
        ] {
            assert_eq!(parse(text), Ok(bytes), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in ["", "m", "1.5m", "-1", "1mb", "1 m", "0x10", "18446744073709551616", "99999999999t", "１"] {
            assert!(parse(text).is_err(), "{text}");
        }
        assert!(parse_positive("0k").is_err());
    }
}
