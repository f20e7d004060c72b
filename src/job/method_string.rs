//! A method as 7-Zip's `-m` switch takes it: `LZMA2:d=64m:fb=64`, `PPMd:o=8:mem=64m`, `BCJ LZMA2`.

use super::{Filter, Method, Options};
use crate::codec::filter::Architecture;
use crate::error::{Error, Result};

/// Other words for methods, beside those that 7-Zip prints.
const SYNONYMS: [(&str, Method); 2] = [("Store", Method::Copy), ("Zstandard", Method::Zstandard)];

/// The delta filter's name.
const DELTA: &str = "Delta";

/// The name of BCJ2.
const BCJ2: &str = crate::codec::bcj2::NAME;

impl Options {
    /// Sets the method, and all else that `text` names, as 7-Zip's `-m` switch takes it.
    ///
    /// A method's name, in either case, with parameters behind colons; before it, with a space between, a filter's name.
    /// Parameters: `x` (level, 0 to 9) with every method; `d` (dictionary) with LZMA2, LZMA, Zstandard and Brotli, and for
    /// the size of a block with BZip2; `fb` (nice length) with LZMA2 and LZMA; `mem` (memory) and `o` (order) with PPMd.
    /// Sizes are numbers with b, k, m or g behind them; without a letter, powers of two: `d=24` is 16 MiB. Filters: BCJ
    /// (x86), ARM, ARMT, ARM64, PPC, SPARC, IA64, RISCV, and `Delta:4` with its distance, each for all data; and BCJ2, which
    /// is [`Filter::Bcj2`]: only before LZMA2, and only for executables for x86.
    ///
    /// Dictionary and word size are by level where the text does not name them, whatever they were before. Level and
    /// filter stay as they are where it does not.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], with nothing changed: an unknown method, filter or parameter, or a value out of range.
    /// The message names it.
    pub fn set_method_string(&mut self, text: &str) -> Result<()> {
        let words: Vec<&str> = text.split_ascii_whitespace().collect();
        let (filter, coder) = match words.as_slice() {
            [coder] => (None, *coder),
            [filter, coder] => (Some(parse_filter(filter)?), *coder),
            [] => return Err(invalid("the method is empty".into())),
            _ => return Err(invalid(format!("{text:?} names more than a filter and a method"))),
        };
        let (name, parameters) = coder.split_once(':').unwrap_or((coder, ""));
        let method = parse_method(name)?;
        let mut options = Self { method, dictionary: None, word_size: None, ..self.clone() };
        options.filter = filter.unwrap_or(self.filter);
        if filter == Some(Filter::Bcj2) && method != Method::Lzma2 {
            return Err(invalid(format!("{BCJ2} is for {} only, not for {name}", Method::Lzma2.name())));
        }
        for parameter in parameters.split(':').filter(|parameter| !parameter.is_empty()) {
            options.set_parameter(parameter)?;
        }
        *self = options;
        Ok(())
    }

    fn set_parameter(&mut self, parameter: &str) -> Result<()> {
        // 7-Zip takes fb=64 and fb64.
        let letters = parameter.bytes().take_while(u8::is_ascii_alphabetic).count();
        let (key, value) = parameter.split_at(letters);
        let value = value.strip_prefix('=').unwrap_or(value);
        let method = self.method;
        let sizes = match method {
            Method::Lzma | Method::Lzma2 => Some(("d", 4 << 10, 1 << 30)),
            Method::Zstandard => Some(("d", 1 << 10, 128 << 20)),
            Method::Brotli => Some(("d", 1 << 10, 16 << 20)),
            // 900k is 921,600 bytes.
            Method::BZip2 => Some(("d", 100_000, 900 << 10)),
            Method::Ppmd => Some(("mem", 2 << 10, 1 << 30)),
            Method::Copy | Method::Deflate | Method::Lz4 => None,
        };
        let words = match method {
            Method::Lzma | Method::Lzma2 => Some(("fb", 5, 273)),
            Method::Ppmd => Some(("o", 2, 64)),
            _ => None,
        };
        let is = |name: &str| key.eq_ignore_ascii_case(name);
        let number = |least, most| value.parse().ok().filter(|number| (least..=most).contains(number));
        if is("x") {
            self.level = number(0, 9).ok_or_else(|| range(parameter, "x is 0 to 9".into()))?;
        } else if let Some((name, least, most)) = words.filter(|(name, ..)| is(name)) {
            let size = number(least, most).ok_or_else(|| range(parameter, format!("{name} is {least} to {most}")))?;
            self.word_size = Some(size);
        } else if let Some((name, least, most)) = sizes.filter(|(name, ..)| is(name)) {
            let size = parse_size(value).filter(|size| (least..=most).contains(size));
            let limits = || format!("{name} is {least} to {most} bytes, as in {name}=24 (2^24) or {name}=64k");
            self.dictionary = Some(size.ok_or_else(|| range(parameter, limits()))?);
        } else {
            let known = [Some("x"), sizes.map(|(name, ..)| name), words.map(|(name, ..)| name)];
            let known: Vec<_> = known.into_iter().flatten().collect();
            return Err(invalid(format!(
                "{} has no parameter {parameter:?}; it has {}",
                method.name(),
                known.join(", ")
            )));
        }
        Ok(())
    }
}

fn invalid(message: String) -> Error {
    Error::InvalidArgument(message)
}

fn range(parameter: &str, limits: String) -> Error {
    invalid(format!("{parameter:?} is out of range: {limits}"))
}

fn parse_method(name: &str) -> Result<Method> {
    let names = Method::ALL.into_iter().map(|method| (method.name(), method));
    let found = names.chain(SYNONYMS).find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, method)| method).ok_or_else(|| match parse_filter(name) {
        Ok(_) => invalid(format!("{name:?} is a filter: a method must follow, as in {:?}", format!("{name} LZMA2"))),
        Err(_) => invalid(format!("no method {name:?}; there are {}", Method::ALL.map(Method::name).join(", "))),
    })
}

fn parse_filter(word: &str) -> Result<Filter> {
    let (name, distance) = word.split_once(':').map_or((word, None), |(name, value)| (name, Some(value)));
    let known = Architecture::ALL.into_iter().find(|known| known.name().eq_ignore_ascii_case(name));
    match (known, distance) {
        (Some(architecture), None) => Ok(Filter::Branch(architecture)),
        (Some(_), Some(value)) => Err(invalid(format!("the filter {name} has no parameter {value:?}"))),
        (None, None) if name.eq_ignore_ascii_case(BCJ2) => Ok(Filter::Bcj2),
        (None, Some(value)) if name.eq_ignore_ascii_case(BCJ2) => {
            Err(invalid(format!("the filter {name} has no parameter {value:?}")))
        }
        (None, distance) if name.eq_ignore_ascii_case(DELTA) => {
            let distance = distance.map_or(Some(1), |value| value.parse().ok());
            let distance = distance.filter(|distance| (1..=256).contains(distance));
            distance.map(Filter::Delta).ok_or_else(|| range(word, "the delta filter's distance is 1 to 256".into()))
        }
        (None, _) => {
            let names = Architecture::ALL.map(Architecture::name).join(", ");
            Err(invalid(format!("no filter {name:?}; there are {names}, {BCJ2}, {DELTA}")))
        }
    }
}

/// A number with a letter for its unit; without one, a power of two.
fn parse_size(text: &str) -> Option<u64> {
    let (number, shift) = match text.char_indices().last()? {
        (at, 'b' | 'B') => (&text[..at], Some(0)),
        (at, 'k' | 'K') => (&text[..at], Some(10)),
        (at, 'm' | 'M') => (&text[..at], Some(20)),
        (at, 'g' | 'G') => (&text[..at], Some(30)),
        _ => (text, None),
    };
    let number: u64 = number.parse().ok()?;
    match shift {
        Some(shift) => number.checked_mul(1 << shift),
        None => 1u64.checked_shl(u32::try_from(number).ok()?),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Options {
        let mut options = Options::default();
        options.set_method_string(text).unwrap();
        options
    }

    fn refused(text: &str) -> String {
        let before = Options { level: 3, dictionary: Some(1 << 20), word_size: Some(40), ..Options::default() };
        let mut options = before.clone();
        let error = options.set_method_string(text).unwrap_err();
        assert_eq!(options, before, "{text:?} changes something");
        assert!(matches!(error, Error::InvalidArgument(_)));
        error.to_string()
    }

    #[test]
    fn methods_by_their_names_in_either_case() {
        for method in Method::ALL {
            assert_eq!(parsed(method.name()).method, method);
            assert_eq!(parsed(&method.name().to_lowercase()).method, method);
        }
        assert_eq!(parsed("Store").method, Method::Copy);
        assert_eq!(parsed("zstandard").method, Method::Zstandard);
    }

    #[test]
    fn parameters_reach_their_options() {
        let default = Options::default();
        assert_eq!(
            parsed("LZMA2:d=64m:fb=64"),
            Options { dictionary: Some(64 << 20), word_size: Some(64), ..default.clone() }
        );
        assert_eq!(
            parsed("ppmd:O=8:mem64m:x7"),
            Options {
                method: Method::Ppmd,
                dictionary: Some(64 << 20),
                word_size: Some(8),
                level: 7,
                ..default.clone()
            }
        );
        assert_eq!(
            parsed("LZMA:d24:fb=273"),
            Options { method: Method::Lzma, dictionary: Some(16 << 20), word_size: Some(273), ..default.clone() }
        );
        assert_eq!(parsed("BZip2:d=900k").dictionary, Some(900 << 10));
        assert_eq!(parsed("zstd:d=20:x=9").dictionary, Some(1 << 20));
        assert_eq!(parsed("Deflate:x=1").level, 1);
    }

    #[test]
    fn what_is_not_named_is_by_level_and_level_and_filter_stay() {
        let mut options = Options {
            level: 7,
            filter: Filter::Off,
            dictionary: Some(1 << 20),
            word_size: Some(9),
            ..Options::default()
        };
        options.set_method_string("PPMd").unwrap();
        assert_eq!((options.level, options.filter), (7, Filter::Off));
        assert_eq!((options.dictionary, options.word_size), (None, None));
    }

    #[test]
    fn a_filter_may_stand_before_the_method() {
        for architecture in Architecture::ALL {
            let options = parsed(&format!("{}  lzma2:d=1m", architecture.name()));
            assert_eq!(options.filter, Filter::Branch(architecture));
            assert_eq!((options.method, options.dictionary), (Method::Lzma2, Some(1 << 20)));
        }
        assert_eq!(parsed("bcj2 LZMA2").filter, Filter::Bcj2);
        assert_eq!(parsed("delta LZMA").filter, Filter::Delta(1));
        assert_eq!(parsed("Delta:256 PPMd").filter, Filter::Delta(256));
    }

    #[test]
    fn what_is_unknown_is_named() {
        for (text, named) in [
            ("", "empty"),
            ("RAR", "\"RAR\""),
            ("LZMA3:d=24", "\"LZMA3\""),
            ("LZMA2:foo=1", "\"foo=1\""),
            ("LZMA2:o=8", "\"o=8\""),
            ("Deflate:d=32k", "\"d=32k\""),
            ("PPMd:fb=8", "\"fb=8\""),
            ("LZMA2:d", "\"d\""),
            ("LZMA2:d=", "\"d=\""),
            ("LZMA2:d=64q", "\"d=64q\""),
            ("LZMA2:d=31", "\"d=31\""),
            ("LZMA2:d=99", "\"d=99\""),
            ("LZMA2:fb=4", "\"fb=4\""),
            ("LZMA2:fb=274", "\"fb=274\""),
            ("PPMd:o=1", "\"o=1\""),
            ("PPMd:o=65", "\"o=65\""),
            ("Copy:x=10", "\"x=10\""),
            ("LZMA2:64m", "\"64m\""),
            ("BCJ", "is a filter"),
            ("BCJ3 LZMA2", "\"BCJ3\""),
            ("BCJ2:1 LZMA2", "\"1\""),
            ("BCJ2", "is a filter"),
            ("BCJ2 PPMd", "LZMA2 only"),
            ("BCJ BCJ2 LZMA2", "more than a filter"),
            ("BCJ:1 LZMA2", "\"1\""),
            ("Delta:0 LZMA2", "\"Delta:0\""),
            ("Delta:257 LZMA2", "\"Delta:257\""),
            ("LZMA2 BCJ", "\"LZMA2\""),
            ("BCJ Delta LZMA2", "more than"),
            ("LZMA２", "\"LZMA２\""),
        ] {
            let message = refused(text);
            assert!(message.contains(named), "{text:?}: {message}");
        }
    }
}
