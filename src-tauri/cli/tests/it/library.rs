//! The library from the command line: videos listed, changed, and given another thumbnail from a moment of their own.

use crate::rig::{CHUNK, Rig, Told};
use serde_json::Value;
use slipway_sandbox::{Profile, Switches, VideoRecord};

impl Rig {
    async fn library(&self, words: &[&str]) -> Told {
        self.slipway(words).args(["--workspace", &self.sandbox.url()]).run().await
    }

    fn record(&self, id: u64) -> VideoRecord {
        self.sandbox.videos().into_iter().find(|it| it.photo_id == id).unwrap()
    }
}

fn ids(events: &[Value]) -> Vec<u64> {
    events.iter().map(|event| event["video_id"].as_u64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn all_videos_are_listed_for_people_and_for_programs() {
    let rig = Rig::stocked(250).await;
    let mut held: Vec<VideoRecord> = rig.sandbox.videos();
    held.sort_by_key(|it| std::cmp::Reverse(it.created_ms));
    let told = rig.library(&["videos", "--json"]).await;
    told.assert_code(0, "videos");
    let all = told.named("video");
    assert_eq!(ids(&all), held.iter().map(|it| it.photo_id).collect::<Vec<_>>(), "more than one page of them");
    assert_eq!((&all[0]["title"], &all[0]["event"]), (&held[0].title.clone().into(), &"video".into()));
    let told = rig.library(&["videos", "town hall", "--drafts", "--json"]).await;
    let wanted = held.iter().filter(|it| it.title.starts_with("Town hall") && !it.published);
    assert_eq!(ids(&told.named("video")), wanted.map(|it| it.photo_id).collect::<Vec<_>>());
    let told = rig.library(&["videos", "--limit", "3"]).await;
    assert_eq!(told.lines.len(), 3);
    assert!(told.lines[0].contains(&held[0].title), "{:?}", told.lines);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_that_is_away_is_told_from_memory_and_the_status_says_so() {
    let rig = Rig::stocked(5).await;
    let fresh = rig.library(&["videos", "--json"]).await;
    let address = rig.sandbox.url();
    let videos = rig.slipway(["videos", "--json", "--workspace", &address]);
    rig.sandbox.stop().await;
    let known = videos.run().await;
    known.assert_code(1, "last known");
    assert_eq!(ids(&known.named("video")), ids(&fresh.named("video")));
    let last_known = known.named("last_known").remove(0);
    assert_eq!(last_known["code"], "workspace_unreachable");
}

#[tokio::test(flavor = "multi_thread")]
async fn videos_are_changed_and_what_was_not_taken_fails_the_command() {
    let rig = Rig::stocked(5).await;
    let held = rig.sandbox.videos();
    let (one, two) = (held[0].photo_id, held[1].photo_id);
    let (first, second) = (one.to_string(), two.to_string());
    let told =
        rig.library(&["edit", &first, &second, "--add-tags", "spring \"two words\"", "--publish", "--json"]).await;
    told.assert_code(0, "edit");
    for id in [one, two] {
        let record = rig.record(id);
        assert!(
            record.published && record.tags.ends_with(&["spring".to_owned(), "two words".to_owned()]),
            "{record:?}"
        );
    }
    let told = rig.library(&["edit", &first, "--title", "A <i>slanted</i> title", "--json"]).await;
    told.assert_code(1, "its markup was not taken");
    let edited = told.named("edited").remove(0);
    assert_eq!((&edited["title"], &edited["refused"][0]["field"]), (&"A slanted title".into(), &"title".into()));
    let told = rig.library(&["edit", &first, "999999", "--no-category", "--json"]).await;
    told.assert_code(1, "one is not there");
    assert_eq!((ids(&told.named("edited")), ids(&told.named("failed"))), (vec![one], vec![999_999]));
    rig.library(&["edit", &first, &second, "--title", "Both"]).await.assert_code(2, "two videos of one title");
    rig.library(&["edit", &first]).await.assert_code(1, "nothing to change");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_becomes_the_thumbnail() {
    let rig = Rig::new(Profile::Documented).await;
    rig.upload(&rig.file("film.mp4", CHUNK)).run().await.assert_code(0, "film");
    rig.sandbox.advance_clock(Switches::documented().transcoding);
    let id = rig.arrived()[0].photo_id.to_string();
    let told = rig.library(&["replace", &id, "--moment", "0:02.5", "--json"]).await;
    told.assert_code(0, "moment");
    assert_eq!(rig.arrived()[0].thumbnail_time, Some(2.5));
    let (queued, done) = (told.named("queued").remove(0), told.named("done").remove(0));
    assert_eq!((&queued["moment"], &queued["file"]), (&2.5.into(), &Value::Null));
    assert_eq!((&done["seen"], &done["video_id"]), (&true.into(), &rig.arrived()[0].photo_id.into()));
    rig.library(&["replace", &id]).await.assert_code(2, "neither a file nor a moment");
}

#[tokio::test(flavor = "multi_thread")]
async fn beside_another_process_the_library_is_that_processs() {
    let rig = Rig::new(Profile::Documented).await;
    rig.upload(&rig.file("film.mp4", CHUNK)).run().await.assert_code(0, "film");
    rig.sandbox.advance_clock(Switches::documented().transcoding);
    let id = rig.arrived()[0].photo_id.to_string();
    let owner = rig.owner().await;
    let (edited, listed, set) = (
        rig.library(&["edit", &id, "--title", "By a guest", "--json"]).await,
        rig.library(&["videos", "guest", "--json"]).await,
        rig.library(&["replace", &id, "--moment", "1", "--json"]).await,
    );
    for (what, told) in [("edit", &edited), ("videos", &listed), ("moment", &set)] {
        told.assert_code(0, what);
    }
    assert_eq!(listed.named("video").remove(0)["title"], "By a guest");
    let now = rig.arrived().remove(0);
    assert_eq!((now.title.as_str(), now.thumbnail_time), ("By a guest", Some(1.0)));
    owner.kill().await;
}
