//! Parts of a ledger.

use super::*;
use crate::folder::{Fate, Folder as Watched, LedgerCounts, LedgerQuery, LedgerShow, Look, Preset};

fn line(path: &str, fate: Fate) -> NewEntry {
    let look = Look { size: 43, mtime_ns: 1_700_000_000_123_456_789, file_id: None };
    NewEntry::of(path.into(), look, fate)
}

fn skipped() -> Fate {
    Fate::Skipped("skip.kind".into())
}

impl Folder {
    async fn watched(&self, path: &str) -> Watched {
        self.store.add_folder(path.into(), Preset::new(origin()), Vec::new()).await.unwrap().unwrap()
    }

    /// Writes lines one after the other; answers their numbers.
    async fn lines(&self, folder: &Watched, lines: Vec<NewEntry>) -> Vec<i64> {
        self.store.write_ledger(folder.id, lines).await.unwrap().into_iter().map(|entry| entry.id).collect()
    }

    async fn ask(&self, folder: &Watched, writing: &[&str], query: LedgerQuery) -> Selected {
        let writing = writing.iter().map(PathBuf::from).collect();
        self.store.ledger_part(folder.id, writing, query).await.unwrap()
    }
}

fn names(part: &Selected) -> Vec<String> {
    let decided = part.entries.iter().map(|entry| &entry.path);
    part.writing.iter().chain(decided).map(|path| path.display().to_string()).collect()
}

fn all() -> LedgerQuery {
    LedgerQuery { count: 100, ..LedgerQuery::default() }
}

#[tokio::test]
async fn a_ledger_is_read_part_by_part_what_is_being_written_first_and_then_the_last_decision() {
    let folder = Folder::new();
    let (watched, other) = (folder.watched("/talks").await, folder.watched("/other").await);
    folder.lines(&other, vec![line("elsewhere.mp4", Fate::Before)]).await;
    let lines = ["a.mp4", "b.mp4", "c.mp4", "d.mp4"].map(|name| line(name, Fate::Before)).to_vec();
    folder.lines(&watched, lines).await;
    // It has another line by now, and that counts.
    folder.lines(&watched, vec![line("b.mp4", skipped())]).await;
    let writing = ["z.mp4", "a.mp4", "y.mp4"];
    let wanted = ["a.mp4", "y.mp4", "z.mp4", "b.mp4", "d.mp4", "c.mp4"];
    for count in 1..=7 {
        let mut seen = Vec::new();
        loop {
            let part = folder.ask(&watched, &writing, LedgerQuery { from: seen.len(), count, ..all() }).await;
            assert_eq!(part.total, wanted.len());
            if names(&part).is_empty() {
                break;
            }
            seen.extend(names(&part));
        }
        assert_eq!(seen, wanted, "by {count}");
    }
}

#[tokio::test]
async fn lines_are_found_by_what_became_of_them_and_counted_whatever_is_searched() {
    let folder = Folder::new();
    let watched = folder.watched("/talks").await;
    let (done, failed, gone) =
        (folder.add(named("1")).await.id, folder.add(named("2")).await.id, folder.add(named("3")).await.id);
    folder.record(done, &finished(7)).await;
    folder.record(failed, &[Event::Failed(Failure::new(Code::FileRefused))]).await;
    folder.record(gone, &finished(8)).await;
    let original = folder.lines(&watched, vec![line("News/Årsmøde.mp4", Fate::Queued(done))]).await[0];
    let queued = folder.add(named("4")).await.id;
    let lines = vec![
        line("failed.mp4", Fate::Queued(failed)),
        line("cleared.mp4", Fate::Queued(gone)),
        line("queued.mp4", Fate::Queued(queued)),
        line("before.mp4", Fate::Before),
        line("copy.mp4", Fate::Same(original)),
        line("notes.pdf", skipped()),
        line("refused.mp4", Fate::Refused(Box::new(Failure::new(Code::FileRefused)))),
        line("again.mp4", Fate::Again),
    ];
    folder.lines(&watched, lines).await;
    folder.store.remove(gone).await.unwrap();
    let counts = LedgerCounts { all: 10, moving: 3, done: 2, left_out: 3, trouble: 2 };
    for (show, wanted) in [
        (LedgerShow::Moving, vec!["new.mp4", "again.mp4", "queued.mp4"]),
        (LedgerShow::Done, vec!["cleared.mp4", "News/Årsmøde.mp4"]),
        (LedgerShow::LeftOut, vec!["notes.pdf", "copy.mp4", "before.mp4"]),
        (LedgerShow::Trouble, vec!["refused.mp4", "failed.mp4"]),
    ] {
        let part = folder.ask(&watched, &["new.mp4"], LedgerQuery { show, ..all() }).await;
        assert_eq!(
            (names(&part), part.total, part.counts),
            (wanted.iter().map(ToString::to_string).collect(), wanted.len(), counts)
        );
    }
    for (search, wanted) in
        [("ÅRSMØDE ", vec!["News/Årsmøde.mp4"]), ("news/", vec!["News/Årsmøde.mp4"]), ("%", vec![]), ("_", vec![])]
    {
        let part = folder.ask(&watched, &["new.mp4"], LedgerQuery { search: search.into(), ..all() }).await;
        assert_eq!((names(&part), part.counts), (wanted.iter().map(ToString::to_string).collect(), counts), "{search}");
    }
    let copies = folder.ask(&watched, &[], LedgerQuery { search: "copy".into(), ..all() }).await;
    assert_eq!(copies.originals.iter().map(|entry| entry.id).collect::<Vec<_>>(), [original]);
}
