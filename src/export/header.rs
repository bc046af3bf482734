//! Names of columns that stand side by side in a file.

use std::collections::HashSet;

/// Returns the names of the file's columns, then those that are added, so that none comes twice.
///
/// What is added keeps its name, and so does a column of the file that shares it with nobody. Another one becomes
/// `name (input)`, or `name (input 2)` and so on if that is taken too, as in a file that was exported before.
pub(crate) fn unique_names(of_file: Vec<String>, added: Vec<String>) -> Vec<String> {
    let mut taken = HashSet::new();
    let mut take = |name: String| taken.insert(name.clone()).then_some(name);
    let added: Vec<String> = added
        .into_iter()
        .filter_map(|name| {
            let mut numbered = (2_usize..).map(|n| format!("{name} ({n})"));
            take(name.clone()).or_else(|| numbered.find_map(&mut take))
        })
        .collect();
    // all that keep their names come before the first that gives way
    let kept: Vec<(String, bool)> = of_file
        .into_iter()
        .map(|name| {
            let is_kept = take(name.clone()).is_some();
            (name, is_kept)
        })
        .collect();
    let names = kept.into_iter().filter_map(|(name, is_kept)| {
        let mut numbered = (1_usize..).map(|n| match n {
            1 => format!("{name} (input)"),
            n => format!("{name} (input {n})"),
        });
        if is_kept {
            Some(name.clone())
        } else {
            numbered.find_map(&mut take)
        }
    });
    let mut names: Vec<String> = names.collect();
    names.extend(added);
    names
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(of_file: &[&str], added: &[&str]) -> Vec<String> {
        let owned = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        unique_names(owned(of_file), owned(added))
    }

    #[test]
    fn a_column_of_the_file_gives_way() {
        assert_eq!(named(&["a", "b"], &["score"]), ["a", "b", "score"]);
        assert_eq!(
            named(&["a", "score"], &["score"]),
            ["a", "score (input)", "score"]
        );
        // whatever their order in the file
        for (of_file, expected) in [
            (
                ["score", "score (input)"],
                ["score (input 2)", "score (input)"],
            ),
            (
                ["score (input)", "score"],
                ["score (input)", "score (input 2)"],
            ),
        ] {
            assert_eq!(named(&of_file, &["score"])[..2], expected);
        }
        assert_eq!(
            named(&["score (input 2)", "score", "score (input)"], &["score"]),
            [
                "score (input 2)",
                "score (input 3)",
                "score (input)",
                "score"
            ]
        );
        assert_eq!(named(&["a", "a"], &[]), ["a", "a (input)"]);
        assert_eq!(named(&["x"], &["x", "x"]), ["x (input)", "x", "x (2)"]);
    }

    fn name() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec!["score", "rank", "a", "scaled_", "", " ", "=1"]);
        let end = prop::sample::select(vec![
            "",
            " (input)",
            " (input 2)",
            " (input 3)",
            " (2)",
            " (input) (input)",
        ]);
        (part, end).prop_map(|(part, end)| format!("{part}{end}"))
    }

    proptest! {
        #[test]
        fn no_name_comes_twice_after_any_number_of_rounds(
            mut names in prop::collection::vec(name(), 0..12),
            rounds in prop::collection::vec(prop::collection::vec(name(), 0..6), 1..8),
        ) {
            for added in rounds {
                let n_names = names.len();
                let header = unique_names(names.clone(), added.clone());
                let is_alone = |name: &String| {
                    let same = |other: &&String| *other == name;
                    names.iter().filter(same).count() == 1 && !header[n_names..].contains(name)
                };
                prop_assert_eq!(header.len(), n_names + added.len());
                let distinct: HashSet<&String> = header.iter().collect();
                prop_assert_eq!(distinct.len(), header.len());
                for (name, written) in names.iter().zip(&header) {
                    prop_assert!(!is_alone(name) || name == written);
                    prop_assert!(written.starts_with(name.as_str()));
                }
                for (i, (name, written)) in added.iter().zip(&header[n_names..]).enumerate() {
                    let is_new = !added[..i].contains(name);
                    let is_numbered = added.iter().any(|other| other != name && name.starts_with(other.as_str()));
                    prop_assert!(!is_new || is_numbered || name == written);
                }
                // the file is opened again
                names = header;
            }
        }
    }
}
