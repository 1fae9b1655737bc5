//! Checks that the README's feature table matches the groups of the adapter suite.

use std::collections::BTreeSet;

use chat_core::testing::adapter::checks;

const README: &str = include_str!("../../../README.md");

/// Rows that do not concern adapters.
const OF_BACKENDS: [&str; 2] = ["messages, rooms and all else in MongoDB", "several engines"];

#[test]
fn every_feature_has_checks_and_every_group_of_checks_a_feature() {
    let groups: BTreeSet<&str> = checks().iter().map(|check| check.group()).collect();
    let (_, table) = README.split_once("| feature |").unwrap();
    let rows = table.lines().skip(2).take_while(|line| !line.is_empty());
    let mut named = BTreeSet::new();
    for row in rows {
        let (feature, checks) = row.trim_matches('|').rsplit_once('|').unwrap();
        let feature = feature.trim_start();
        let of_row: Vec<&str> = checks.split_whitespace().collect();
        let of_backends = OF_BACKENDS.iter().any(|name| feature.starts_with(name));
        assert_eq!(of_row.is_empty(), of_backends, "{row}");
        named.extend(of_row.into_iter().filter(|group| *group != "all"));
    }
    let named: BTreeSet<&str> = named.iter().map(|name| name.trim_matches('`')).collect();
    assert_eq!(named, groups);
}
