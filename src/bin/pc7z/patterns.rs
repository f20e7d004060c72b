//! Patterns of names: `--exclude`, and the NAMEs of commands that read.

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use parallelcompress::extract::Archive;

/// All patterns of a command line. A pattern without a `/` is held against every part of a name (so it works at any
/// depth); one with a `/` against the name from its beginning. What excludes a folder excludes everything below it.
#[derive(Debug, Clone)]
pub struct Patterns {
    parts: GlobSet,
    paths: GlobSet,
}

impl Patterns {
    /// Those of `--exclude`. The error names the one that is no pattern.
    pub fn exclude(patterns: &[String]) -> Result<Self, String> {
        Self::new("--exclude ", patterns, false)
    }

    /// NAMEs: one without a wildcard counts from the top. No NAME at all is every name.
    pub fn select(names: &[String]) -> Result<Option<Self>, String> {
        if names.is_empty() { Ok(None) } else { Self::new("", names, true).map(Some) }
    }

    fn new(option: &str, patterns: &[String], names_count_from_the_top: bool) -> Result<Self, String> {
        let mut parts = GlobSetBuilder::new();
        let mut paths = GlobSetBuilder::new();
        for pattern in patterns {
            let trimmed = pattern.trim_end_matches('/');
            let (set, text) = match trimmed.trim_start_matches("./").strip_prefix('/') {
                Some(rooted) => (&mut paths, rooted),
                None if trimmed.contains('/') => (&mut paths, trimmed.trim_start_matches("./")),
                None if names_count_from_the_top && !trimmed.contains(['*', '?', '[', '{']) => (&mut paths, trimmed),
                None => (&mut parts, trimmed),
            };
            if text.is_empty() {
                return Err(format!("{option}{pattern:?} is an empty pattern"));
            }
            // `*` stops at a `/` and `**` does not, as in every shell and in .gitignore.
            let glob = GlobBuilder::new(text).literal_separator(true).build();
            set.add(glob.map_err(|error| format!("{option}{pattern:?}: {}", error.kind()))?);
        }
        let build = |set: GlobSetBuilder| set.build().map_err(|error| format!("{option}{error}"));
        Ok(Self { parts: build(parts)?, paths: build(paths)? })
    }

    /// Whether the item with this name in the archive is meant.
    pub fn contains(&self, name: &str) -> bool {
        if !self.parts.is_empty() && name.split('/').any(|part| self.parts.is_match(part)) {
            return true;
        }
        let ends = || name.match_indices('/').map(|(end, _)| end).chain([name.len()]);
        !self.paths.is_empty() && ends().any(|end| self.paths.is_match(&name[..end]))
    }
}

/// NAMEs of a command line, each told from the others.
#[derive(Debug)]
pub struct NameList(Vec<(String, Patterns)>);

impl NameList {
    /// The error names the one that is no pattern.
    pub fn new(names: &[String]) -> Result<Self, String> {
        let one = |name: &String| Ok((name.clone(), Patterns::select(std::slice::from_ref(name))?));
        let names = names.iter().map(one).collect::<Result<Vec<_>, String>>()?;
        Ok(Self(names.into_iter().filter_map(|(name, patterns)| Some((name, patterns?))).collect()))
    }

    /// Whether one of them means the item with this name: as it is written, brackets and all, or as a pattern.
    pub fn contains(&self, name: &str) -> bool {
        self.0.iter().any(|given| Self::means(given, name))
    }

    /// Those that mean nothing in the archive.
    pub fn unknown(&self, archive: &Archive) -> Vec<&str> {
        let means_none = |given: &&_| !archive.entries().any(|entry| Self::means(given, entry.name()));
        self.0.iter().filter(means_none).map(|(name, _)| name.as_str()).collect()
    }

    fn means((given, patterns): &(String, Patterns), name: &str) -> bool {
        name == given || patterns.contains(name)
    }
}

#[cfg(test)]
mod tests {
    use super::Patterns;

    fn excludes(pattern: &str, name: &str) -> bool {
        Patterns::exclude(&[pattern.to_owned()]).unwrap().contains(name)
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
    fn a_name_counts_from_the_top_and_a_folder_means_all_in_it() {
        let selects =
            |pattern: &str, name: &str| Patterns::select(&[pattern.to_owned()]).unwrap().unwrap().contains(name);
        assert!(
            selects("src", "src") && selects("src", "src/a/b") && selects("src/", "src/a") && selects("a.c", "a.c")
        );
        assert!(!selects("src", "a/src") && !selects("src", "srcs") && !selects("a.c", "src/a.c"));
        assert!(selects("*.c", "src/a.c") && selects("src/*.c", "src/a.c") && !selects("src/*.c", "src/b/a.c"));
        assert!(Patterns::select(&[]).unwrap().is_none());
    }

    #[test]
    fn a_bad_pattern_is_named() {
        for pattern in ["[", "", "/", "a{b"] {
            assert!(
                Patterns::exclude(&[pattern.to_owned()]).unwrap_err().contains(&format!("{pattern:?}")),
                "{pattern}"
            );
        }
        assert!(!Patterns::exclude(&[]).unwrap().contains("anything"));
    }
}
