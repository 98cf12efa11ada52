//! Reads every file of a generated set and says how many come out right, and what does not.
//!
//!     python3 crates/statements/tests/csv-formats/generate.py --out /tmp/set --seed 7 \
//!         --per-format 4 --also ambiguous_dates
//!     cargo run --release -p statements --example measure -- /tmp/set

#[path = "../tests/it/truth.rs"]
mod truth;

use std::collections::BTreeMap;
use std::path::Path;

use truth::{Truth, Verdict, form_difference, judge};

fn main() {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for directory in std::env::args().skip(1) {
        for (name, verdict, edges) in verdicts(Path::new(&directory)) {
            let kind = match &verdict {
                Verdict::Right => "right",
                Verdict::AskedAsRequired => "asked as required",
                Verdict::AskedAsAllowed(_) => "asked as allowed",
                Verdict::AskedNeedlessly(_) => "asked needlessly",
                Verdict::WrongButSaid(_) => "wrong but said",
                Verdict::WrongSilently(_) => "WRONG SILENTLY",
            };
            *counts.entry(kind).or_default() += 1;
            if !matches!(verdict, Verdict::Right | Verdict::AskedAsRequired) {
                println!("{directory}/files/{name}: {verdict:?} {edges:?}");
            }
        }
    }
    println!("{counts:?}");
}

fn verdicts(directory: &Path) -> Vec<(String, Verdict, Vec<String>)> {
    let entries = std::fs::read_dir(directory.join("truth")).expect("a generated set has truth/");
    let mut names: Vec<_> = entries.map(|entry| entry.expect("readable").path()).collect();
    names.sort();
    let judged = names.iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("readable truth");
        let truth: Truth = serde_json::from_str(&text).expect("truth as the generator writes it");
        let bytes =
            std::fs::read(directory.join("files").join(&truth.file)).expect("readable file");
        if let Some(difference) = form_difference(&bytes, &truth) {
            println!("{}: {difference}", truth.file);
        }
        (truth.file.clone(), judge(&bytes, &truth), truth.edges.clone())
    });
    judged.collect()
}
