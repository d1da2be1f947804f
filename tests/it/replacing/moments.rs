//! A moment of a video as its thumbnail: an item without a file, said once or again, never in doubt.

use super::PROFILES;
use crate::rig::{LARGE, Making, Rig, SMALL, VERSIONS, play};
use slipway_engine::failure::Code;
use slipway_engine::item::{Intent, ItemId, Moment};
use slipway_engine::{ItemView, SetMoment};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};

impl Rig {
    async fn set_moment(&self, video: u64, ms: u64) -> ItemId {
        let moment = SetMoment::new(self.origin(), video, Moment(ms));
        self.engine().set_moment(moment).await.unwrap().item.id
    }

    async fn moment_set(&self, video: u64, ms: u64) -> ItemView {
        let id = self.set_moment(video, ms).await;
        self.rest(id).await
    }

    fn times_said(&self) -> usize {
        self.sandbox().requests().iter().filter(|it| it.api_method == "photo/replace").count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_becomes_the_thumbnail_and_leaves_the_film_alone() {
    let both = PROFILES.into_iter().flat_map(|profile| VERSIONS.map(|version| (profile, version)));
    play(both, |(profile, version)| async move {
        let rig = Rig::speaking(version, Switches::of(profile)).await;
        let video = rig.standing("film.mp4").await;
        let before = rig.video(video);
        let item = rig.moment_set(video, 12_345).await;
        assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{}", rig.story());
        assert_eq!((item.video_id, item.version_seen), (Some(video), Some(true)), "{profile:?} {version:?}");
        let after = rig.video(video);
        assert_eq!(after.thumbnail_time, Some(12.345));
        assert_eq!((after.sha256, after.replaced, after.published), (before.sha256, 0, before.published));
        assert_eq!(rig.uploads().len(), 1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_asked_for_again_and_nobody_is_asked() {
    let rig = Rig::new(Profile::Documented).await;
    let video = rig.standing("film.mp4").await;
    rig.sandbox().inject(Fault::on(Endpoint::Replace).lose_answer_after_work());
    let item = rig.moment_set(video, 2000).await;
    assert_eq!((item.stage.as_str(), rig.video(video).thumbnail_time), ("done", Some(2.0)), "{}", rig.story());
    assert_eq!(rig.times_said(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_paused_resumed_and_survives_a_restart_like_any_item() {
    let mut rig = Rig::new(Profile::Documented).await;
    let video = rig.standing("film.mp4").await;
    rig.sandbox().inject(Fault::on(Endpoint::Replace).always().stall_before_reading());
    let id = rig.set_moment(video, 3000).await;
    rig.until_struck("StallBeforeReading").await;
    rig.engine().set_intent(id, Intent::Pause).await.unwrap();
    rig.restart().await;
    rig.sandbox().clear_faults();
    let resting = rig.engine().item(id).await.unwrap();
    assert_eq!((resting.stage.as_str(), resting.intent), ("stored", Intent::Pause));
    rig.engine().set_intent(id, Intent::Run).await.unwrap();
    assert_eq!(rig.rest(id).await.stage, "done");
    assert_eq!(rig.video(video).thumbnail_time, Some(3.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_no_moments_is_refused_before_anything_is_said() {
    let rig = Rig::new(Profile::Documented).await;
    let image = rig.upload(&rig.picture("cover.png")).await.video_id.unwrap();
    for (video, code) in [(image, Code::FileKindMismatch), (999_999, Code::VideoUnknown)] {
        let item = rig.moment_set(video, 1000).await;
        assert_eq!(item.failure.map(|failure| failure.code), Some(code), "{}", rig.story());
    }
    assert_eq!(rig.times_said(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_so_in_the_servers_words_and_may_be_retried() {
    let rig = Rig::new(Profile::Documented).await;
    let video = rig.standing("film.mp4").await;
    let refusal = r#"{"status":"error","code":"invalid_input","message":"No such moment"}"#;
    rig.sandbox().inject(Fault::on(Endpoint::Replace).answer(400, refusal));
    let item = rig.moment_set(video, 1000).await;
    let failure = item.failure.unwrap();
    assert_eq!((failure.code, failure.detail.as_deref()), (Code::LibraryRefused, Some("No such moment")));
    rig.engine().retry(item.id).await.unwrap();
    assert_eq!(rig.rest(item.id).await.stage, "done", "{}", rig.log(item.id).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_moment_comes_after_the_file_that_it_is_of_and_the_last_of_several_stands() {
    let rig = Making::of(Switches::documented()).start().await;
    let video = rig.standing("cut 0.mp4").await;
    rig.close_the_gate();
    let cut = rig.replace(video, &rig.file("cut 1.mp4", LARGE)).await.item.id;
    let first = rig.set_moment(video, 1000).await;
    let again = rig.set_moment(video, 1000).await;
    let second = rig.set_moment(video, 2000).await;
    assert_eq!(first, again, "said twice, it is one item");
    rig.sandbox().clear_faults();
    assert_eq!(rig.rest(cut).await.stage, "done");
    rig.sandbox().advance_clock(rig.sandbox().switches().transcoding);
    for id in [first, second] {
        assert_eq!(rig.rest(id).await.stage, "done", "{}", rig.story());
    }
    assert_eq!((rig.video(video).replaced, rig.video(video).thumbnail_time), (1, Some(2.0)));
    // One that was set long ago is no reason to leave it as it is.
    rig.moment_set(video, 1000).await;
    assert_eq!(rig.video(video).thumbnail_time, Some(1.0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_the_same_bytes_as_before_is_said_to_be_taken_and_not_seen() {
    // Neither revision nor token, and the picture is the same to the byte: nothing could show it.
    let rig = Rig::with(Switches { list_revision: false, ..Switches::documented() }).await;
    let video = rig.standing("film.mp4").await;
    rig.moment_set(video, 1000).await;
    let item = rig.moment_set(video, 1000).await;
    assert_eq!((item.stage.as_str(), item.version_seen), ("done", Some(false)), "{}", rig.story());
    assert!(rig.upload(&rig.file("other.mp4", SMALL)).await.version_seen.is_none(), "an upload replaces nothing");
}
