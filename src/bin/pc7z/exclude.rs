//! `--exclude`: which names stay out of the archive.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// All patterns of a command line. A pattern without a `/` is held against every part of a name (so it works at any
/// depth); one with a `/` against the name from its beginning. What excludes a folder excludes everything below it.
#[derive(Debug, Clone)]
pub struct Excluded {
    parts: GlobSet,
    paths: GlobSet,
}

impl Excluded {
    /// Reads the patterns. The error names the one that is no pattern.
    pub fn new(patterns: &[String]) -> Result<Self, String> {
        let mut parts = GlobSetBuilder::new();
        let mut paths = GlobSetBuilder::new();
        for pattern in patterns {
            let trimmed = pattern.trim_end_matches('/');
            let (set, text) = match trimmed.trim_start_matches("./").strip_prefix('/') {
                Some(rooted) => (&mut paths, rooted),
                None if trimmed.contains('/') => (&mut paths, trimmed.trim_start_matches("./")),
                None => (&mut parts, trimmed),
            };
            if text.is_empty() {
                return Err(format!("--exclude {pattern:?} is an empty pattern"));
            }
            // `*` stops at a `/` and `**` does not, as in every shell and in .gitignore.
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            set.add(glob.map_err(|error| format!("--exclude {pattern:?}: {}", error.kind()))?);
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| format!("--exclude: {error}"));
        Ok(Self { parts: build(parts)?, paths: build(paths)? })
    }

    /// Whether the item with this name in the archive stays out.
    pub fn contains(&self, name: &str) -> bool {
        if !self.parts.is_empty() && name.split('/').any(|part| self.parts.is_match(part)) {
            return true;
        }
        let ends = || name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
        !self.paths.is_empty() && ends().any(|end| self.paths.is_match(&name[..end]))
    }
}

#[cfg(test)]
mod tests {
    use super::Excluded;

    fn excludes(pattern: &str, name: &str) -> bool {
        Excluded::new(&[pattern.to_owned()]).unwrap().contains(name)
    }

    #[test]
    fn a_plain_pattern_works_at_any_depth() {
        assert!(excludes("*.o", "a.o") && excludes("*.o", "src/deep/a.o") && excludes("target", "a/target/b"));
        assert!(excludes("target/", "a/target/b") && excludes("[ab]?", "x/a1") && excludes("*.{o,a}", "x.a"));
        assert!(!excludes("*.o", "a.oo") && !excludes("target", "a/targets"));
    }

    #[test]
    fn a_pattern_with_a_slash_counts_from_the_top() {
        assert!(excludes("src/*.o", "src/a.o") && excludes("./src/gen", "src/gen/x") && excludes("/src", "src/x"));
        assert!(excludes("src/**/x", "src/a/b/x") && excludes("**/gen/*", "a/gen/b"));
        assert!(!excludes("src/*.o", "a/src/a.o") && !excludes("src/*.o", "src/b/a.o") && !excludes("/src", "a/src"));
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for pattern in ["[", "", "/", "a{b"] {
            assert!(Excluded::new(&[pattern.to_owned()]).unwrap_err().contains(&format!("{pattern:?}")), "{pattern}");
        }
        assert!(!Excluded::new(&[]).unwrap().contains("anything"));
    }
}
