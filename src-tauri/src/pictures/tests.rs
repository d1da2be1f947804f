use super::system::System;
use super::*;
use http::{Request, StatusCode};
use std::fs::{self, File};
use std::io::{BufWriter, Read};
use std::time::{Duration, SystemTime};
use tempfile::TempDir;

/// Thumbnailers that are shell scripts, a shared cache, and a folder of films.
struct Rig {
    dir: TempDir,
    pictures: Pictures,
}

impl Rig {
    /// With a program for films: `$1` is the film, `$2` is where the picture goes, and each run is noted.
    fn new(script: &str) -> Self {
        Self::patient(script, Duration::from_mins(1))
    }

    fn patient(script: &str, patience: Duration) -> Self {
        let dir = tempfile::tempdir().unwrap();
        for folder in ["films", "cache", "programs"] {
            fs::create_dir(dir.path().join(folder)).unwrap();
        }
        let program = dir.path().join("program.sh");
        fs::write(&program, format!("echo run >> '{}'\n{script}\n", dir.path().join("runs").display())).unwrap();
        let entry = format!("[Thumbnailer Entry]\nExec=/bin/sh {} %i %o\nMimeType=video/mp4;\n", program.display());
        fs::write(dir.path().join("programs/films.thumbnailer"), entry).unwrap();
        let pictures = Self::pictures(&dir, patience);
        Self { dir, pictures }
    }

    fn pictures(dir: &TempDir, patience: Duration) -> Pictures {
        let system = System {
            cache: Some(dir.path().join("cache")),
            thumbnailers: system::thumbnailers([dir.path().join("programs")]),
            patience,
        };
        Pictures::with(dir.path().join("kept"), system)
    }

    fn film(&self, name: &str) -> PathBuf {
        let path = self.dir.path().join("films").join(name);
        fs::write(&path, name).unwrap();
        path
    }

    fn runs(&self) -> usize {
        fs::read_to_string(self.dir.path().join("runs")).map_or(0, |runs| runs.lines().count())
    }
}

fn media(name: &str) -> String {
    format!("{}/../tests/media/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn good() -> String {
    format!("cp '{}' \"$2\"", media("cover.png"))
}

fn size(seen: &Seen) -> (u32, u32) {
    let image = image::load_from_memory_with_format(&seen.png, image::ImageFormat::Png).unwrap();
    (image.width(), image.height())
}

/// A thumbnail in the shared cache, as a file manager leaves it there.
fn share(rig: &Rig, of: &Path, at: SystemTime) {
    let uri = format!("file://{}", of.display());
    let seconds = at.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs();
    let folder = rig.dir.path().join("cache/large");
    fs::create_dir_all(&folder).unwrap();
    let mut png =
        png::Encoder::new(BufWriter::new(File::create(folder.join(system::name_in_cache(of))).unwrap()), 16, 9);
    png.set_color(png::ColorType::Rgb);
    png.add_text_chunk("Thumb::URI".into(), uri).unwrap();
    png.add_text_chunk("Thumb::MTime".into(), seconds.to_string()).unwrap();
    png.write_header().unwrap().write_image_data(&[7; 16 * 9 * 3]).unwrap();
}

#[tokio::test]
async fn a_film_is_drawn_by_the_registered_program_and_made_small() {
    let rig = Rig::new(&good());
    let film = rig.film("a b #1.mp4");
    assert!(rig.pictures.may_have(&film));
    let seen = rig.pictures.of(&film).await.unwrap();
    assert_eq!(size(&seen), (256, 144));
    // The second time nothing is run, nor in the next run.
    assert_eq!(rig.pictures.of(&film).await, Some(seen.clone()));
    assert_eq!(Rig::pictures(&rig.dir, Duration::MAX).of(&film).await, Some(seen));
    assert_eq!(rig.runs(), 1);
}

#[tokio::test]
async fn an_image_is_its_own_picture() {
    let rig = Rig::new("exit 1");
    let image = rig.dir.path().join("cover.jpg");
    fs::copy(media("cover.jpg"), &image).unwrap();
    assert!(rig.pictures.may_have(&image));
    assert_eq!(size(&rig.pictures.of(&image).await.unwrap()), (256, 144));
    assert_eq!(rig.runs(), 0);
}

#[tokio::test]
async fn what_cannot_be_drawn_is_not_tried_again_until_it_is_another_file() {
    for script in
        ["exit 1", "exit 0", "echo garbage > \"$2\"", "truncate -s 1G \"$2\"", "mkdir \"$2\"", "mkfifo \"$2\""]
    {
        let rig = Rig::new(script);
        let film = rig.film("film.mp4");
        assert_eq!(rig.pictures.of(&film).await, None, "{script}");
        assert_eq!(rig.pictures.of(&film).await, None, "{script}");
        assert_eq!(rig.runs(), 1, "{script}");
        fs::write(&film, "longer than before").unwrap();
        assert_eq!(rig.pictures.of(&film).await, None, "{script}");
        assert_eq!(rig.runs(), 2, "{script}");
    }
}

#[tokio::test]
async fn a_program_that_hangs_is_ended_with_all_that_it_started() {
    // Whoever runs holds the pipe open.
    let rig = Rig::patient("exec 3> \"${0%/*}/alive\"\nsleep 1000 &\nwait", Duration::from_millis(500));
    let alive = rig.dir.path().join("alive");
    assert!(std::process::Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let over = tokio::task::spawn_blocking(move || File::open(alive).unwrap().read_to_end(&mut Vec::new()));
    let film = rig.film("film.mp4");
    assert_eq!(rig.pictures.of(&film).await, None);
    over.await.unwrap().unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_picture_is_made_once_however_many_ask() {
    let rig = Rig::new(&good());
    let film = rig.film("film.mp4");
    let asked = (0..20).map(|_| {
        let (pictures, film) = (rig.pictures.clone(), film.clone());
        tokio::spawn(async move { pictures.of(&film).await })
    });
    for seen in asked.collect::<Vec<_>>() {
        assert!(seen.await.unwrap().is_some());
    }
    assert_eq!(rig.runs(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_more_than_two_are_made_at_once() {
    let rig = Rig::new(&format!("echo + >> \"${{0%/*}}/log\"\nsleep 0.05\n{}\necho - >> \"${{0%/*}}/log\"", good()));
    let asked = (0..8).map(|n| {
        let (pictures, film) = (rig.pictures.clone(), rig.film(&format!("{n}.mp4")));
        tokio::spawn(async move { pictures.of(&film).await })
    });
    for seen in asked.collect::<Vec<_>>() {
        assert!(seen.await.unwrap().is_some());
    }
    let log = fs::read_to_string(rig.dir.path().join("log")).unwrap();
    let at_once = log.lines().scan(0, |running, line| {
        *running += if line == "+" { 1 } else { -1 };
        Some(*running)
    });
    assert!(at_once.max().unwrap() <= 2, "{log}");
    assert_eq!(rig.runs(), 8);
}

#[tokio::test]
async fn somebody_who_goes_away_leaves_the_work_to_the_next() {
    let rig = Rig::new(&good());
    let film = rig.film("film.mp4");
    {
        let mut gone = std::pin::pin!(rig.pictures.of(&film));
        assert!(futures_util::poll!(gone.as_mut()).is_pending());
    }
    assert!(rig.pictures.of(&film).await.is_some());
}

#[tokio::test]
async fn what_a_file_manager_drew_is_shown_as_long_as_the_file_is_the_same() {
    let rig = Rig::new("exit 1");
    let film = rig.film("film.mp4");
    let modified = fs::metadata(&film).unwrap().modified().unwrap();
    share(&rig, &film, modified);
    assert_eq!(size(&rig.pictures.of(&film).await.unwrap()), (16, 9));
    assert_eq!(rig.runs(), 0);

    let other = rig.film("other.mp4");
    share(&rig, &other, modified - Duration::from_secs(2));
    assert_eq!(rig.pictures.of(&other).await, None, "it is of the file as it was");

    let third = rig.film("third.mp4");
    share(&rig, &film, modified);
    let of_film = fs::read_dir(rig.dir.path().join("cache/large")).unwrap().next().unwrap().unwrap().path();
    let name = of_film.with_file_name(system::name_in_cache(&third));
    fs::copy(of_film, name).unwrap();
    assert_eq!(rig.pictures.of(&third).await, None, "it is of another file");
}

#[tokio::test]
async fn a_file_that_is_away_has_no_picture_now() {
    let rig = Rig::new(&good());
    let film = rig.dir.path().join("films/late.mp4");
    assert_eq!(rig.pictures.of(&film).await, None);
    assert!(rig.pictures.of(&rig.film("late.mp4")).await.is_some());
}

#[tokio::test]
async fn what_a_workspace_sent_is_drawn_whatever_it_is_called_and_nothing_else_is() {
    let rig = Rig::new(&good());
    let sent = rig.dir.path().join("0af3");
    fs::copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/media/cover.jpg"), &sent).unwrap();
    assert!(rig.pictures.of_image(sent.clone()).await.unwrap().png.starts_with(b"\x89PNG"));
    fs::write(&sent, "<svg xmlns='http://www.w3.org/2000/svg'/>").unwrap();
    assert_eq!(rig.pictures.of_image(sent).await, None);
}

#[tokio::test]
async fn the_pages_get_a_png_or_nothing() {
    let rig = Rig::new(&good());
    let film = rig.film("film.mp4");
    let ask = async |request: http::request::Builder| {
        let request = request.body(Vec::new()).unwrap();
        let picture = async |what: &str| if what == "7" { rig.pictures.of(&film).await } else { None };
        scheme::answer(&request, picture).await
    };
    let found = ask(Request::get("picture://localhost/7")).await;
    assert_eq!(found.status(), StatusCode::OK);
    assert_eq!(found.headers()["content-type"], "image/png");
    assert_eq!(found.headers()["x-content-type-options"], "nosniff");
    assert!(found.body().starts_with(b"\x89PNG"));

    let tag = found.headers()["etag"].clone();
    let known = ask(Request::get("picture://localhost/7").header("if-none-match", &tag)).await;
    assert_eq!((known.status(), known.body().len()), (StatusCode::NOT_MODIFIED, 0));
    fs::write(&film, "another film").unwrap();
    let other = ask(Request::get("picture://localhost/7").header("if-none-match", &tag)).await;
    assert_eq!(other.status(), StatusCode::OK);
    assert_ne!(other.headers()["etag"], tag);

    let path = film.display();
    for request in [
        Request::get("picture://localhost/8"),
        Request::get("picture://localhost/"),
        Request::get("picture://localhost/7?x"),
        Request::get(format!("picture://localhost{path}")),
        Request::get("picture://localhost/../../etc/passwd"),
        Request::post("picture://localhost/7"),
    ] {
        let answer = ask(request).await;
        assert_eq!((answer.status(), answer.body().len()), (StatusCode::NOT_FOUND, 0));
    }
}
