//! OAuth's signatures and what they open: the version that a workspace is spoken to in, clocks that disagree, keys that
//! may too little, and answers in version 1's own forms.

use crate::rig::{LARGE, Making, PROFILES, Rig, VERSIONS, play, words};
use slipway_engine::failure::{Code, Remedy};
use slipway_engine::item::Publish;
use slipway_engine::workspace::ApiVersion;
use slipway_sandbox::{Endpoint, Fault, Level, Switches};
use std::time::Duration;

/// Signatures are held to the clock and to nonces, as strictly as anybody might.
fn strict(switches: Switches) -> Switches {
    Switches { oauth_window: Some(Duration::from_mins(5)), oauth_unique_nonces: true, ..switches }
}

/// A workspace that is opened by keys, whichever versions take them.
async fn opened_by_keys(switches: Switches) -> Rig {
    let mut rig = Making::of(switches).start().await;
    let keys = words(rig.sandbox().oauth());
    rig.use_token(keys);
    rig.restart().await;
    rig
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_are_shown_in_version_2_where_it_takes_them_and_else_in_version_1() {
    play([true, false], |oauth_on_v2| async move {
        let rig = opened_by_keys(Switches { oauth_on_v2, ..strict(Switches::hostile()) }).await;
        rig.assert_done_once("keys", &rig.upload(&rig.file("talk.mp4", LARGE)).await);
        rig.assert_spoken_in("keys", if oauth_on_v2 { ApiVersion::V2 } else { ApiVersion::V1 });
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_that_is_an_hour_off_is_corrected_once() {
    play(
        VERSIONS.into_iter().flat_map(|version| PROFILES.map(|profile| (version, profile))),
        |(version, profile)| async move {
            let what = format!("{version:?} {profile:?}");
            let switches = Switches { oauth_on_v2: version == ApiVersion::V2, ..strict(Switches::of(profile)) };
            let mut rig = Making::of(switches).start().await;
            rig.stop().await;
            rig.sandbox().advance_clock(Duration::from_hours(1));
            let keys = words(rig.sandbox().oauth());
            rig.use_token(keys);
            rig.start().await;
            rig.assert_done_once(&what, &rig.upload(&rig.file("talk.mp4", LARGE)).await);
            let refusals = rig.sandbox().refusals();
            let refused = refusals.iter().map(|it| it.reason.as_str()).filter(|it| it.starts_with("invalid_signature"));
            let refused: Vec<&str> = refused.collect();
            // A workspace that takes no keys in version 2 answers that without a look at them, and says what time it is.
            let once = usize::from(version == ApiVersion::V2);
            assert_eq!(refused.len(), once, "{what}: {refused:?}; {}", rig.story());
            assert!(refused.iter().all(|reason| reason.contains("timestamp")), "{what}: {refused:?}");
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_refused_for_good_lead_to_a_sign_in_and_not_to_a_loop() {
    play(VERSIONS, |version| async move {
        let what = format!("{version:?}");
        let mut rig = Making::of(strict(Switches::documented()))
            .speaking(version)
            .timed(|it| it.parked = Duration::from_hours(1))
            .start()
            .await;
        let right = words(rig.sandbox().oauth());
        rig.use_token(format!("{right}x"));
        rig.restart().await;
        let file = rig.file("talk.mp4", LARGE);
        let id = rig.add(&file).await;
        let failure = rig.until_waiting(id).await;
        assert_eq!(failure.code, Code::SignInNeeded, "{what}: {failure:?}");
        // Each version that is tried, once more after the clock was looked at.
        assert!(rig.sandbox().requests().len() <= 4, "{what}: {}", rig.story());
        rig.use_token(right);
        rig.restart().await;
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_are_revoked_in_mid_upload_leave_everything_in_the_queue() {
    play(PROFILES, |profile| async move {
        let what = format!("{profile:?}");
        let mut rig = Rig::speaking(ApiVersion::V1, Switches::of(profile)).await;
        let id = rig.held_in_mid_upload(&rig.file("talk.mp4", LARGE)).await;
        rig.sandbox().revoke_oauth();
        rig.sandbox().clear_faults();
        let failure = rig.until_waiting(id).await;
        assert_eq!(failure.remedy(), Remedy::SignIn, "{what}: {failure:?}");
        assert!(rig.uploads().is_empty(), "{what}");
        let others = words(&rig.sandbox().mint_oauth(Level::Write));
        rig.use_token(others);
        rig.restart().await;
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn keys_that_may_only_read_are_told_which_level_is_wanted() {
    play(VERSIONS, |version| async move {
        let mut rig = Rig::speaking(version, Switches::documented()).await;
        let reading = words(&rig.sandbox().mint_oauth(Level::Read));
        rig.use_token(reading);
        rig.restart().await;
        let id = rig.add(&rig.file("talk.mp4", LARGE)).await;
        let failure = rig.until_waiting(id).await;
        assert_eq!(failure.code, Code::PermissionDenied, "{version:?}: {failure:?}");
        assert!(failure.detail.as_ref().is_some_and(|words| words.contains("'write'")), "{version:?}: {failure:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn version_1_is_understood_in_each_of_its_forms() {
    let forms: [fn(&mut Switches); 2] = [|it| it.v1_always_xml = true, |it| it.v1_ignores_raw = true];
    let all = PROFILES.into_iter().flat_map(|profile| forms.map(|form| (profile, form)));
    play(all, |(profile, form)| async move {
        let mut switches = Switches { transcoding: Duration::from_millis(500), ..Switches::of(profile) };
        form(&mut switches);
        let what = format!("{profile:?}, XML: {}", switches.v1_always_xml);
        let rig = Rig::speaking(ApiVersion::V1, switches).await;
        // The answer is lost, so that lists are read as well.
        rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        add.publish = Some(Publish::WhenPlayable);
        add.details.title = "Q&A <1>".to_owned();
        let id = rig.add_as(add).await.item.id;
        let item = rig.rest(id).await;
        rig.assert_done_once(&what, &item);
        assert!(item.published && item.public_url.is_some(), "{what}: {item:?}");
        rig.assert_spoken_in(&what, ApiVersion::V1);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_version_1_cannot_do_is_refused_before_anything_is_sent() {
    play([true, false], |date| async move {
        let rig = Rig::speaking(ApiVersion::V1, Switches::documented()).await;
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        if date {
            add.publish = Some(Publish::OnDate("2099-05-04T12:00:00Z".parse().unwrap()));
        } else {
            std::fs::write(add.file.with_file_name("talk.en.srt"), "1\n00:00:01,000 --> 00:00:02,000\nHi\n").unwrap();
        }
        let id = rig.add_as(add).await.item.id;
        let failure = rig.rest(id).await.failure.unwrap();
        assert_eq!(failure.code, Code::NotWithApi1, "{failure:?}");
        let what = if date { "2099" } else { "talk.en.srt" };
        assert!(failure.detail.as_ref().is_some_and(|detail| detail.contains(what)), "{failure:?}");
        assert!(rig.sandbox().requests().iter().all(|it| it.api_method == "photo/list"), "{}", rig.story());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_of_version_1_goes_on_where_it_was() {
    play(PROFILES, |profile| async move {
        let what = format!("{profile:?}");
        let mut rig = Rig::speaking(ApiVersion::V1, Switches::of(profile)).await;
        let id = rig.held_in_mid_upload(&rig.file("talk.mp4", LARGE)).await;
        rig.until(id, |item| item.stored > 0).await;
        rig.restart().await;
        rig.sandbox().clear_faults();
        rig.assert_done_once(&what, &rig.rest(id).await);
        let first = rig.chunks().into_iter().filter(|it| it.chunk == Some(1)).count();
        assert_eq!(first, 1, "{what}: what was acknowledged is not sent again; {}", rig.story());
    })
    .await;
}
