//! However a file is written, it is not taken before it is finished, and then once and whole.

use super::{Watched, a_box, a_moment, film, rig};
use crate::rig::{Making, bytes};
use slipway_engine::timing::Timing;
use slipway_sandbox::Switches;
use std::fs::{self, File};
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, SystemTime};

/// Shorter than the settle time of these tests.
const STEP: Duration = Duration::from_millis(60);

/// Several times the settle time of these tests: whoever only waits for stillness takes the file in between.
const PAUSE: Duration = Duration::from_millis(1600);

const SIZE: u64 = 20_000;

type Writer = fn(&Path, &[u8]);

/// Appends without a pause.
fn appends(path: &Path, whole: &[u8]) {
    let mut file = File::create(path).unwrap();
    for piece in whole.chunks(whole.len() / 20) {
        file.write_all(piece).unwrap();
        thread::sleep(STEP);
    }
}

/// Pauses in the middle, and keeps the file open.
fn pauses(path: &Path, whole: &[u8]) {
    let mut file = File::create(path).unwrap();
    let (one, other) = whole.split_at(whole.len() / 2);
    file.write_all(one).unwrap();
    thread::sleep(PAUSE);
    file.write_all(other).unwrap();
}

/// Sets the whole length aside and fills it, with a pause.
fn sets_aside(path: &Path, whole: &[u8]) {
    let mut file = File::create(path).unwrap();
    file.set_len(whole.len() as u64).unwrap();
    thread::sleep(PAUSE);
    for piece in whole.chunks(whole.len() / 4) {
        file.write_all(piece).unwrap();
        thread::sleep(STEP);
    }
}

/// The same, and closes the file in between: only the boxes tell.
fn sets_aside_and_comes_back(path: &Path, whole: &[u8]) {
    File::create(path).unwrap().set_len(whole.len() as u64).unwrap();
    thread::sleep(PAUSE);
    let mut file = File::options().write(true).open(path).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(whole).unwrap();
}

/// Writes under a temporary name and renames.
fn renames(path: &Path, whole: &[u8]) {
    let temporary = path.with_extension("mp4.part");
    fs::write(&temporary, whole).unwrap();
    thread::sleep(PAUSE);
    fs::rename(temporary, path).unwrap();
}

/// Copies piece by piece and sets the old time after each.
fn keeps_the_old_time(path: &Path, whole: &[u8]) {
    let old = SystemTime::now() - Duration::from_hours(24 * 365);
    let mut file = File::create(path).unwrap();
    for piece in whole.chunks(whole.len() / 10) {
        file.write_all(piece).unwrap();
        file.set_modified(old).unwrap();
        thread::sleep(STEP);
    }
}

/// Writes the `moov` last, and closes the file before that for longer than the settle time.
fn comes_back_for_the_moov(path: &Path, whole: &[u8]) {
    let (without, moov) = whole.split_at(whole.len() - 108);
    fs::write(path, without).unwrap();
    thread::sleep(PAUSE);
    File::options().append(true).open(path).unwrap().write_all(moov).unwrap();
}

/// Appends whole fragments with pauses in between: each time it looks like a finished film.
fn grows_by_fragments(path: &Path, whole: &[u8]) {
    let mut file = File::create(path).unwrap();
    file.write_all(whole).unwrap();
    for number in 0..2 {
        thread::sleep(PAUSE);
        let name = format!("fragment {number}");
        file.write_all(&[a_box(*b"moof", &[1; 60]), a_box(*b"mdat", &bytes(&name, SIZE))].concat()).unwrap();
    }
}

/// Is written somewhere else and moved here.
fn moves_in(path: &Path, whole: &[u8]) {
    let name = path.file_name().unwrap();
    let elsewhere = path.parent().unwrap().with_file_name(name);
    fs::write(&elsewhere, whole).unwrap();
    fs::rename(elsewhere, path).unwrap();
}

/// Is written into a folder that is new, too.
fn in_a_new_folder(path: &Path, whole: &[u8]) {
    let folder = path.with_extension("");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join(path.file_name().unwrap()), whole).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn however_a_file_is_written_it_is_taken_once_and_whole() {
    let rig = rig().await;
    let folder = Watched::new(&rig, "recordings", |_| {}).await;
    let writers: [(&str, Writer); 10] = [
        ("appends.mp4", appends),
        ("pauses.mp4", pauses),
        ("sets aside.mp4", sets_aside),
        ("sets aside and comes back.mp4", sets_aside_and_comes_back),
        ("renames.mp4", renames),
        ("old time.mp4", keeps_the_old_time),
        ("moov last.mp4", comes_back_for_the_moov),
        ("fragments.mp4", grows_by_fragments),
        ("moves in.mp4", moves_in),
        ("new folder.mp4", in_a_new_folder),
    ];
    let at_work = writers.map(|(name, write)| {
        let path = folder.path.join(name);
        thread::spawn(move || write(&path, &film(name, SIZE)))
    });
    for writer in at_work {
        tokio::task::spawn_blocking(|| writer.join().unwrap()).await.unwrap();
    }
    for (name, _) in writers {
        let name = if name.starts_with("new folder") { "new folder/new folder.mp4" } else { name };
        folder.until(&rig, name, "done").await;
        assert_eq!(rig.copies(&folder.path.join(name)).len(), 1, "{name}: {}", rig.story());
    }
    let failed: Vec<PathBuf> =
        rig.engine().items().await.unwrap().into_iter().filter(|it| it.stage != "done").map(|it| it.file).collect();
    assert_eq!((failed, rig.uploads().len()), (Vec::new(), writers.len()), "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_is_looked_at_again_and_again_lets_others_be_heard_of() {
    // It is looked at more often than the folder's news are gathered for.
    let often = |timing: &mut Timing| timing.settle = (timing.hints_gathered / 4, timing.hints_gathered / 4);
    let rig = Making::of(Switches::documented()).timed(often).start().await;
    let folder = Watched::new(&rig, "recordings", |_| {}).await;
    let held = File::options().append(true).open(folder.film("recorded all day.mp4")).unwrap();
    while folder.view(&rig).await.writing == 0 {
        a_moment().await;
    }
    folder.film("other.mp4");
    folder.until(&rig, "other.mp4", "done").await;
    drop(held);
    folder.until(&rig, "recorded all day.mp4", "done").await;
}
