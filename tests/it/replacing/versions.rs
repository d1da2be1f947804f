//! An item that replaces something is done when the workspace shows the new version, and says so where that cannot be known.

use super::{IN_PIECES, PROFILES};
use crate::rig::{Making, Rig, SMALL, play};
use slipway_engine::Replace;
use slipway_sandbox::{Endpoint, Fault, Profile, RequestRecord, Switches};
use std::time::Duration;

/// How long the server goes on telling of what was there before.
const LAG: Duration = Duration::from_mins(10);

fn late(profile: Profile) -> Switches {
    Switches { replacement_lag: LAG, ..Switches::of(profile) }
}

impl Rig {
    /// Waits until this was answered some times more.
    async fn until_asked_again(&self, method: &str) {
        let answered = |requests: &[RequestRecord]| {
            requests.iter().filter(|it| it.api_method == method && it.ended.is_some()).count()
        };
        let before = answered(&self.sandbox().requests());
        self.sandbox().until(|seen| answered(seen.requests()) > before + 2).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_is_not_done_while_the_workspace_shows_what_was_there_before() {
    let cases = PROFILES.into_iter().flat_map(|profile| [false, true].map(|picture| (profile, picture)));
    play(cases, |(profile, picture)| async move {
        let making = Making::of(late(profile)).timed(|timing| timing.version_limit = Duration::from_mins(10));
        let rig = making.start().await;
        let video = rig.standing("cut 0.mp4").await;
        let file = if picture { rig.picture("cover.png") } else { rig.file("cut 1.mp4", IN_PIECES) };
        let id = rig.replace(video, &file).await.item.id;
        let stored = rig.until(id, |item| item.stage == "stored").await;
        assert_eq!(stored.version_seen, None);
        // It looks, more than once, and sees what was there before.
        rig.until_asked_again("photo/list").await;
        assert_eq!(rig.engine().item(id).await.unwrap().stage, "stored", "{profile:?} {}", rig.story());
        rig.sandbox().advance_clock(LAG);
        let item = rig.rest(id).await;
        assert_eq!((item.stage.as_str(), item.version_seen), ("done", Some(true)), "{profile:?} {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_old_file_can_do_is_not_said_of_the_new_one() {
    play(PROFILES, |profile| async move {
        let making = Making::of(late(profile)).timed(|timing| timing.version_limit = Duration::from_mins(10));
        let rig = making.start().await;
        let video = rig.standing("cut 0.mp4").await;
        let file = rig.file("cut 1.mp4", SMALL);
        let replace = Replace { await_playable: true, ..rig.replacement(video, &file) };
        let id = rig.engine().replace(replace).await.unwrap().item.id;
        rig.until(id, |item| item.stage == "stored").await;
        rig.until_asked_again("photo/get-transcoding-progress").await;
        assert_eq!(rig.engine().item(id).await.unwrap().stage, "stored", "{profile:?}: that was the old one's");
        rig.sandbox().advance_clock(LAG);
        rig.until(id, |item| item.version_seen == Some(true)).await;
        let processing = loop {
            let progress = rig.engine().progress().await.unwrap();
            if let Some(percent) = progress.iter().find(|it| it.id == id).and_then(|it| it.processing) {
                break percent;
            }
            tokio::task::yield_now().await;
        };
        assert!(processing < 100, "{profile:?}: the new one is being processed");
        assert_eq!(rig.engine().item(id).await.unwrap().playable, None);
        rig.sandbox().advance_clock(rig.sandbox().switches().transcoding);
        let item = rig.rest(id).await;
        assert_eq!((item.stage.as_str(), item.playable), ("done", Some(true)), "{profile:?} {}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_never_shows_the_new_version_ends_the_wait_and_that_is_said() {
    let making = Making::of(late(Profile::Documented));
    let rig = making.timed(|timing| timing.version_limit = Duration::from_millis(300)).start().await;
    let video = rig.standing("cut 0.mp4").await;
    let file = rig.file("cut 1.mp4", SMALL);
    let replace = Replace { await_playable: true, ..rig.replacement(video, &file) };
    let id = rig.engine().replace(replace).await.unwrap().item.id;
    let item = rig.rest(id).await;
    assert_eq!((item.stage.as_str(), &item.failure), ("done", &None), "{}", rig.story());
    assert_eq!((item.version_seen, item.playable), (Some(false), Some(false)));
    assert!(rig.log(id).await.contains("looked for in vain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_that_fails_does_not_fail_what_the_server_has_taken() {
    let rig = Making::of(Switches::documented()).start().await;
    let video = rig.standing("cut 0.mp4").await;
    let id = rig.replace(video, &rig.file("cut 1.mp4", SMALL)).await.item.id;
    rig.until(id, |item| item.stage != "queued" && item.stage != "uploading").await;
    rig.sandbox().inject(Fault::on(Endpoint::List).times(3).answer(500, "<html>"));
    let item = rig.rest(id).await;
    assert_eq!((item.stage.as_str(), item.version_seen), ("done", Some(true)), "{}", rig.story());
}
