//! What the fuzzers left behind, given to the readers once more: each file there was interesting once.

use slipway_engine::fuzz::READERS;
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

#[test]
fn every_reader_takes_every_example_of_its_corpus() {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let names = |folder: &Path| -> BTreeSet<String> {
        let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    };
    let facts: (&str, fn(&[u8])) = ("facts", slipway_facts::fuzz);
    let all = || READERS.iter().copied().chain([facts]);
    let readers: BTreeSet<String> = all().map(|(name, _)| name.to_owned()).collect();
    assert_eq!(names(&corpora), readers, "a corpus for each reader, and a reader for each corpus");
    for (reader, read) in all() {
        let folder = corpora.join(reader);
        let examples = names(&folder);
        assert!(!examples.is_empty(), "{reader} has no examples");
        for example in examples {
            let bytes = fs::read(folder.join(&example)).unwrap();
            let read = std::panic::catch_unwind(|| read(&bytes));
            assert!(read.is_ok(), "{reader} fails at {example}");
        }
    }
}
