//! A file arrives: whole, once, under its name, as a draft; and what is said about it arrives with it.

use crate::rig::{CHUNK, LARGE, Making, PROFILES, Rig, SMALL, VERSIONS, play, sha256};
use slipway_engine::item::{Category, Details, Publish};
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn files_of_every_size_around_the_plans_boundaries_arrive_whole_and_once() {
    let mut sizes = vec![1, 2, 100];
    for boundary in [1, 2, 3, 5, 8, 64, 65].map(|chunks| chunks * CHUNK) {
        sizes.extend([boundary - 1, boundary, boundary + 1]);
    }
    let all = sizes.into_iter().flat_map(|size| PROFILES.map(|profile| (profile, size)));
    play(all, |(profile, size)| async move {
        let rig = Rig::new(profile).await;
        let file = rig.file("talk.mp4", size);
        let item = rig.upload(&file).await;
        let what = format!("{profile:?} {size}");
        rig.assert_done_once(&what, &item);
        rig.assert_commits_alone(&what);
        assert!(!rig.copies(&file)[0].published, "{what}: a draft");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn real_media_arrive_bit_for_bit_under_their_names() {
    let names = ["talk.mp4", "talk-moov-last.mp4", "talk.mov", "talk.webm", "cover.jpg", "cover.png"];
    play(names, |name| async move {
        let rig = Rig::new(Profile::Documented).await;
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("media").join(name);
        let item = rig.upload(&file).await;
        rig.assert_done_once(name, &item);
        let video = rig.uploads().remove(0);
        assert_eq!(video.original_filename, name);
        let stored = rig.sandbox().video_file(video.photo_id).unwrap();
        assert_eq!(sha256(&std::fs::read(stored).unwrap()), sha256(&std::fs::read(&file).unwrap()));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn names_of_every_kind_arrive_as_they_are() {
    let long = format!("{}.mp4", "n".repeat(251));
    let wide = format!("{}.mp4", "é".repeat(125));
    let names = [
        "two words and  more.mp4",
        "🎬🎤.mp4",
        "日本語の講演.mov",
        "\"quoted\"; filename=x.mp4",
        "100% +plus & <b>bold<b>.mp4",
        "back\\slash.mp4",
        "no extension",
        ".hidden",
        "---.mp4",
        "talk.MP4",
        &long,
        &wide,
    ];
    let all = names.into_iter().flat_map(|name| [SMALL, LARGE].map(|size| (name.to_owned(), size)));
    play(all.collect::<Vec<_>>(), |(name, size)| async move {
        let rig = Rig::new(Profile::Documented).await;
        rig.assert_done_once(&name, &rig.upload(&rig.file(&name, size)).await);
        assert_eq!(rig.uploads()[0].original_filename, name);
    })
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn a_name_that_is_not_unicode_is_found_again_and_arrives_readable() {
    use std::os::unix::ffi::OsStrExt;
    let mut rig = Rig::new(Profile::Documented).await;
    let plain = rig.file("plain.mp4", LARGE);
    let odd = plain.with_file_name(std::ffi::OsStr::from_bytes(b"caf\xe9.mp4"));
    std::fs::rename(&plain, &odd).unwrap();
    let id = rig.held_in_mid_upload(&odd).await;
    rig.restart().await;
    rig.sandbox().clear_faults();
    rig.assert_done_once("not unicode", &rig.rest(id).await);
    assert_eq!(rig.uploads()[0].original_filename, "caf\u{fffd}.mp4");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_files_at_once_each_arrive_once() {
    play(PROFILES, |profile| async move {
        let rig = Rig::new(profile).await;
        let mut added = Vec::new();
        for number in 0..20 {
            let file = rig.file(&format!("talk {number}.mp4"), 1 + number * 7000);
            added.push((rig.add(&file).await, file));
        }
        for (id, file) in &added {
            let item = rig.rest(*id).await;
            assert_eq!(item.stage, "done", "{profile:?}: {:?}", item.failure);
            assert_eq!(rig.copies(file).len(), 1, "{profile:?} {}", file.display());
        }
        assert_eq!(rig.uploads().len(), 20);
        rig.assert_commits_alone("twenty");
    })
    .await;
}

/// The requests to a method, in order of arrival.
fn requests(rig: &Rig, method: &str) -> Vec<RequestRecord> {
    rig.sandbox().requests().into_iter().filter(|it| it.api_method == method).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_video_is_published_as_asked_and_never_by_its_token() {
    let wishes = [
        Publish::Draft,
        Publish::AtOnce,
        Publish::WhenPlayable,
        Publish::OnDate("2099-05-04T12:00:00Z".parse().unwrap()),
    ];
    let all = wishes.into_iter().flat_map(|wish| PROFILES.map(|profile| (wish, profile)));
    play(all, |(wish, profile)| async move {
        let what = format!("{wish:?} {profile:?}");
        let transcoding = Duration::from_millis(1500);
        let rig = Rig::with(Switches { transcoding, ..Switches::of(profile) }).await;
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        add.publish = Some(wish);
        let id = rig.add_as(add).await.item.id;
        let item = rig.rest(id).await;
        rig.assert_done_once(&what, &item);
        let video = rig.uploads().remove(0);
        for request in requests(&rig, "photo/get-upload-token") {
            assert_eq!(request.param("publish").unwrap_or("0"), "0", "{what}");
        }
        let updates = requests(&rig, "photo/update");
        let now = rig.sandbox().now_ms() / 1000;
        match wish {
            Publish::Draft => assert!(!video.published && updates.is_empty(), "{what}: {}", rig.story()),
            Publish::AtOnce => assert!(video.is_public(now) && item.published, "{what}"),
            Publish::WhenPlayable => {
                assert!(video.is_public(now) && item.published, "{what}");
                let earliest = video.stored_ms + transcoding.as_millis() as i64;
                assert!(updates.iter().all(|it| it.at_ms >= earliest), "{what}: {}", rig.story());
            }
            Publish::OnDate(_) => {
                assert!(!video.is_public(now), "{what}: not yet");
                let date = updates.iter().find_map(|it| it.param("publish_date")).map(str::to_owned);
                assert_eq!(date.as_deref(), Some("2099-05-04 12:00:00"), "{what}");
                assert!(video.publish_date.is_some_and(|date| date > now && video.is_public(date)), "{what}: then");
            }
        }
    })
    .await;
}

fn details(title: &str) -> Details {
    Details {
        title: title.to_owned(),
        description: "Line one.\nLine two: 50 % & <em>more</em>".to_owned(),
        tags: vec!["spring".to_owned(), "two words".to_owned(), "æøå".to_owned()],
        categories: vec![Category::Id(1), Category::Name("talks".to_owned())],
        absolute_url: Some(format!("https://example.com/{}", title.len())),
        variables: BTreeMap::from([("speaker".to_owned(), "Ada & Grace".to_owned())]),
    }
}

/// Without what is brought to the video itself in any case.
fn plain(title: &str) -> Details {
    Details { variables: BTreeMap::new(), ..details(title) }
}

#[track_caller]
fn assert_described(rig: &Rig, what: &str, details: &Details) {
    let video = rig.uploads().remove(0);
    assert_eq!(video.title, details.title, "{what}");
    assert_eq!(video.description, details.description, "{what}");
    assert_eq!(video.tags, details.tags, "{what}");
    assert_eq!(video.album_ids, [1, 2], "{what}");
    assert_eq!(Some(&video.absolute_url), details.absolute_url.as_ref(), "{what}");
    for (key, value) in &details.variables {
        assert_eq!(video.variables.get(key), Some(value), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_about_a_video_arrives_with_it() {
    play(
        PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version))),
        |(profile, version)| async move {
            let what = format!("{profile:?} {version:?}");
            let rig = Rig::speaking(version, Switches::of(profile)).await;
            let mut add = rig.request(&rig.file("talk.mp4", LARGE));
            add.details = details("A talk about “everything”");
            let id = rig.add_as(add).await.item.id;
            rig.assert_done_once(&what, &rig.rest(id).await);
            assert_described(&rig, &what, &details("A talk about “everything”"));
        },
    )
    .await;
}

/// When the edit is made.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Edited {
    InMidUpload,
    InTheQuietTime,
    WhileConfirming,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_edit_while_bytes_move_is_there_before_the_video_is() {
    let whens = [Edited::InMidUpload, Edited::InTheQuietTime, Edited::WhileConfirming];
    let all = whens.into_iter().flat_map(|when| PROFILES.map(|profile| (when, profile)));
    play(all, |(when, profile)| async move {
        let what = format!("{when:?} {profile:?}");
        let making = Making::of(Switches::of(profile)).timed(|timing| {
            timing.chunk_answer = Duration::from_millis(500);
            timing.quiet_after_cut = Duration::from_secs(2);
        });
        let rig = making.start().await;
        rig.sandbox().inject(match when {
            Edited::WhileConfirming => Fault::on(Endpoint::Commit).stall_before_reading(),
            _ => Fault::on(Endpoint::Chunk).chunk(3).stall_answer(Duration::from_millis(900)),
        });
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        add.details = plain("Before");
        let id = rig.add_as(add).await.item.id;
        match when {
            Edited::WhileConfirming => rig.until_struck("StallBeforeReading").await,
            Edited::InMidUpload => rig.until_struck("StallAnswer").await,
            Edited::InTheQuietTime => {
                rig.until(id, |item| item.stored >= 4 * CHUNK).await;
            }
        }
        rig.engine().edit(id, plain("Afterwards")).await.unwrap();
        rig.sandbox().clear_faults();
        rig.assert_done_once(&what, &rig.rest(id).await);
        assert_described(&rig, &what, &plain("Afterwards"));
        if when != Edited::WhileConfirming {
            let edits = requests(&rig, "photo/update-upload-token");
            let commit = rig.chunks().into_iter().find(|it| it.completing).unwrap();
            let early = |it: &RequestRecord| it.ended < commit.whole && it.param("title") == Some("Afterwards");
            assert!(edits.iter().any(early), "{what}: {}", rig.story());
            assert!(edits.iter().all(|it| it.param("publish") == Some("0")), "{what}");
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_file_added_again_is_adopted_until_its_end_was_told_and_again_makes_two() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", LARGE);
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(1).stall_before_reading());
    let first = rig.add(&file).await;
    rig.until_struck("StallBeforeReading").await;
    let repeated = rig.add_as(rig.request(&file)).await;
    assert!(repeated.adopted && repeated.item.id == first, "while it is on its way");
    rig.sandbox().clear_faults();
    rig.rest(first).await;
    let repeated = rig.add_as(rig.request(&file)).await;
    assert!(repeated.adopted && repeated.item.id == first, "done, and nobody was told");
    rig.assert_arrived_once("adopted", &file);

    let mut again = rig.request(&file);
    again.again = true;
    let again = rig.add_as(again).await;
    assert!(!again.adopted);
    assert_eq!(rig.rest(again.item.id).await.stage, "done");
    assert_eq!(rig.copies(&file).len(), 2);

    rig.engine().reported(first).await.unwrap();
    rig.engine().reported(again.item.id).await.unwrap();
    let third = rig.add_as(rig.request(&file)).await;
    assert!(!third.adopted, "told, so this is a new wish");
    rig.rest(third.item.id).await;
    assert_eq!(rig.copies(&file).len(), 3);
}
