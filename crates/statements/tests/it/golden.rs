//! The committed set of generated files: one of each format and two of each edge.
//!
//! `csv-formats/golden.py` writes it; `examples/measure.rs` measures sets of other seeds.

use std::path::{Path, PathBuf};

use crate::truth::{Truth, Verdict, form_difference, judge};

/// How many of the files are fully right without a question. The figure may only rise.
const RIGHT: usize = 219;

/// How many ask for the sign although the truth calls it certain: three bookings without a balance,
/// of which two came in, could be either. The figure may only fall.
const ASKED_NEEDLESSLY: usize = 1;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// All files of the set with their truth.
fn files() -> Vec<(Vec<u8>, Truth)> {
    let lines = std::fs::read_to_string(data().join("truth.jsonl")).expect("committed");
    let truths = lines.lines().map(|line| serde_json::from_str::<Truth>(line).expect("valid"));
    truths
        .map(|truth| {
            (std::fs::read(data().join("files").join(&truth.file)).expect("committed"), truth)
        })
        .collect()
}

#[test]
fn no_file_is_wrong_and_none_asks_what_it_tells() {
    let (mut right, mut needless) = (0, 0);
    let mut failures = Vec::new();
    for (bytes, truth) in files() {
        match judge(&bytes, &truth) {
            Verdict::Right => right += 1,
            Verdict::AskedAsRequired | Verdict::AskedAsAllowed(_) => {}
            Verdict::AskedNeedlessly(question) if question == "sign" => needless += 1,
            verdict => failures.push(format!("{} {:?}: {verdict:?}", truth.file, truth.edges)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(needless <= ASKED_NEEDLESSLY, "{needless} files ask for a sign that they tell");
    assert!(
        right >= RIGHT,
        "{right} files are fully right without a question, {RIGHT} were before"
    );
}

#[test]
fn header_and_delimiter_are_found_in_every_file() {
    let differences: Vec<String> = files()
        .iter()
        .filter_map(|(bytes, truth)| {
            Some(format!("{}: {}", truth.file, form_difference(bytes, truth)?))
        })
        .collect();
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

#[test]
fn the_set_covers_every_format_and_edge() {
    let files = files();
    let plain = files.iter().filter(|(_, truth)| truth.edges.is_empty()).count();
    assert_eq!(plain, 162);
    let edges: std::collections::BTreeSet<&String> =
        files.iter().flat_map(|(_, truth)| &truth.edges).collect();
    assert_eq!(edges.len(), 33);
}
