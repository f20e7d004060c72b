//! What an option's text means: methods, filters, solid policies, dictionaries, names, times.

use std::time::Duration;

use parallelcompress::{Architecture, Filter, OnError, Options, Solid};

use crate::sizes;

/// `--method`: what the library takes as a method, as it is.
pub fn method(text: &str) -> Result<String, String> {
    Options::default().set_method_string(text).map(|()| text.to_owned()).map_err(|error| error.to_string())
}

/// The filters that `--filter` knows beside `delta:N`.
const FILTERS: [(&str, Filter); 11] = [
    ("auto", Filter::Auto),
    ("bcj2", Filter::Bcj2),
    ("off", Filter::Off),
    ("x86", Filter::Branch(Architecture::X86)),
    ("arm", Filter::Branch(Architecture::Arm)),
    ("armt", Filter::Branch(Architecture::ArmThumb)),
    ("arm64", Filter::Branch(Architecture::Arm64)),
    ("ppc", Filter::Branch(Architecture::Ppc)),
    ("sparc", Filter::Branch(Architecture::Sparc)),
    ("ia64", Filter::Branch(Architecture::Ia64)),
    ("riscv", Filter::Branch(Architecture::RiscV)),
];

/// `--filter`: a filter's name in either case, or `delta:` with a distance.
pub fn filter(text: &str) -> Result<Filter, String> {
    let lower = text.to_ascii_lowercase();
    if let Some(distance) = lower.strip_prefix("delta:") {
        return match distance.parse() {
            Ok(distance @ 1..=256) => Ok(Filter::Delta(distance)),
            _ => Err("the delta filter's distance is 1 to 256".into()),
        };
    }
    let names = || FILTERS.map(|(name, _)| name).join(", ");
    let found = FILTERS.iter().find(|(name, _)| *name == lower);
    found.map(|&(_, filter)| filter).ok_or_else(|| format!("the filters are {}, delta:N", names()))
}

/// `--solid`: `auto`, `off`, `all`, `type`, a size, or a number of files with `f` behind it.
pub fn solid(text: &str) -> Result<Solid, String> {
    let lower = text.to_ascii_lowercase();
    match lower.as_str() {
        "auto" => return Ok(Solid::Auto),
        "off" => return Ok(Solid::Off),
        "all" => return Ok(Solid::All),
        "type" => return Ok(Solid::ByType),
        _ => {}
    }
    if let Some(files) = lower.strip_suffix('f') {
        return match files.parse() {
            Ok(files) if files > 0 => Ok(Solid::Files(files)),
            _ => Err(format!("{text:?} is no number of files; 100f puts 100 files in a block")),
        };
    }
    sizes::parse_positive(&lower)
        .map(Solid::Bytes)
        .map_err(|_| "one of auto, off, all, type, a block size such as 64m, or files a block such as 100f".into())
}

/// `--dict`: a size that LZMA and LZMA2 can have. Smaller numbers are refused rather than raised, since in 7-Zip a
/// bare `24` means 16 MiB.
pub fn dictionary(text: &str) -> Result<u64, String> {
    const SMALLEST: u64 = 4 << 10;
    const LARGEST: u64 = 1 << 30;
    match sizes::parse(text)? {
        bytes @ SMALLEST..=LARGEST => Ok(bytes),
        _ => Err("a dictionary has 4k to 1g; a number without suffix counts bytes".into()),
    }
}

/// `--name`: what a reader will extract, so nothing absolute, nothing that climbs.
pub fn name(text: &str) -> Result<String, String> {
    let fine = !text.is_empty() && text.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if fine {
        Ok(text.to_owned())
    } else {
        Err("a name in an archive is relative, without empty, . or .. parts".into())
    }
}

/// `--timeout`: a number of seconds, or with ms, s, m or h behind it of that unit.
pub fn time(text: &str) -> Result<Duration, String> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = text.split_at(digits);
    let milliseconds = match unit {
        "ms" => 1,
        "" | "s" => 1000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return Err("a time is a number with ms, s, m or h behind it, such as 90s or 5m".into()),
    };
    match number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds)) {
        Some(0) => Err("must be more than 0".into()),
        Some(milliseconds) => Ok(Duration::from_millis(milliseconds)),
        None => Err(format!("{text:?} is no time; 90s and 5m are")),
    }
}

/// `--on-error`: `skip` or `stop`.
pub fn on_error(text: &str) -> Result<OnError, String> {
    match text.to_ascii_lowercase().as_str() {
        "skip" => Ok(OnError::GoOn),
        "stop" => Ok(OnError::Stop),
        _ => Err("skip or stop".into()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use parallelcompress::{Architecture, Filter, Solid};

    #[test]
    fn times_have_units() {
        for (text, milliseconds) in [("90", 90_000), ("90s", 90_000), ("5m", 300_000), ("2h", 7_200_000), ("7ms", 7)] {
            assert_eq!(super::time(text), Ok(Duration::from_millis(milliseconds)), "{text}");
        }
        for text in ["", "0", "s", "1.5", "-1", "1d", "99999999999999999999h", "18446744073709551615h"] {
            assert!(super::time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn methods_are_those_of_the_library() {
        assert_eq!(super::method("PPMd:o=8:mem=64m"), Ok("PPMd:o=8:mem=64m".into()));
        assert!(super::method("rar").unwrap_err().contains("Copy, LZMA, LZMA2"));
        assert!(super::method("LZMA2:q=1").unwrap_err().contains("\"q=1\""));
    }

    #[test]
    fn filters_by_name() {
        for (text, filter) in [
            ("auto", Filter::Auto),
            ("BCJ2", Filter::Bcj2),
            ("OFF", Filter::Off),
            ("ARM64", Filter::Branch(Architecture::Arm64)),
            ("delta:1", Filter::Delta(1)),
            ("delta:256", Filter::Delta(256)),
        ] {
            assert_eq!(super::filter(text), Ok(filter), "{text}");
        }
        for text in ["", "bcj", "bcj2:1", "delta", "delta:", "delta:0", "delta:257", "x86:1"] {
            assert!(super::filter(text).is_err(), "{text}");
        }
    }

    #[test]
    fn solid_policies() {
        for (text, solid) in [
            ("auto", Solid::Auto),
            ("OFF", Solid::Off),
            ("all", Solid::All),
            ("type", Solid::ByType),
            ("64m", Solid::Bytes(64 << 20)),
            ("100f", Solid::Files(100)),
        ] {
            assert_eq!(super::solid(text), Ok(solid), "{text}");
        }
        for text in ["", "f", "0f", "0", "-1f", "on", "1.5m", "99999999999f"] {
            assert!(super::solid(text).is_err(), "{text}");
        }
    }

    #[test]
    fn dictionaries_have_a_range() {
        assert_eq!(super::dictionary("4k"), Ok(4096));
        assert_eq!(super::dictionary("1g"), Ok(1 << 30));
        for text in ["24", "4095", "1025m", "x"] {
            assert!(super::dictionary(text).is_err(), "{text}");
        }
    }

    #[test]
    fn names_stay_inside() {
        assert!(super::name("a/b c.txt").is_ok());
        for text in ["", "/a", "a/", "a//b", "..", "a/../b", "./a"] {
            assert!(super::name(text).is_err(), "{text}");
        }
    }
}
