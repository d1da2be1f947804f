//! Answers that no page documents and every client meets: web pages in the API's place, refusals of one call among
//! many, servers that fail in the middle of a question.

use crate::rig::{LARGE, Making, SMALL, play};
use slipway_engine::Settle;
use slipway_engine::failure::Code;
use slipway_engine::item::{Details, Publish};
use slipway_sandbox::{Endpoint, Fault, Switches};

fn brief() -> Making {
    Making::of(Switches::documented()).looking_briefly()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_a_call_by_post_is_refused_with_a_web_page_it_goes_by_get() {
    let pages = [(404, "<html>Not found</html>"), (405, "<html>Not allowed</html>"), (405, ""), (501, "<html></html>")];
    let calls = [Endpoint::GetUploadToken, Endpoint::List];
    let all = calls.into_iter().flat_map(|call| pages.map(move |(status, page)| (call.clone(), status, page)));
    play(all.collect::<Vec<_>>(), |(call, status, page)| async move {
        let rig = brief().start().await;
        rig.sandbox().inject(Fault::on(call.clone()).answer(status, page));
        let item = rig.upload(&rig.file("talk.mp4", SMALL)).await;
        rig.assert_done_once(&format!("{call:?} {status} {page}"), &item);
    })
    .await;
}

#[tokio::test]
async fn an_edit_that_the_token_does_not_take_reaches_the_video_all_the_same() {
    let rig = brief().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::UpdateUploadToken).always().answer(403, ""));
    let id = rig.held_in_mid_upload(&rig.file("talk.mp4", LARGE)).await;
    rig.engine().edit(id, Details { title: "Better".into(), ..Details::default() }).await.unwrap();
    // The stalled chunk is cut in its own time; the refusal of the edit must stay.
    let item = rig.rest(id).await;
    rig.assert_done_once("edited", &item);
    assert_eq!(rig.uploads()[0].title, "Better");
}

#[tokio::test]
async fn a_workspace_that_cannot_answer_a_lookup_leads_to_the_question_and_not_to_waiting_for_ever() {
    let rig = brief().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_after_work());
    rig.sandbox().inject(Fault::on(Endpoint::List).nth(2).always().answer(500, "<html>Oops</html>"));
    let id = rig.add(&rig.file("talk.mp4", SMALL)).await;
    let item = rig.rest(id).await;
    rig.assert_asks("lookups fail", &item);
    rig.sandbox().clear_faults();
    rig.engine().settle(id, Settle::KeepLooking).await.unwrap();
    rig.assert_done_once("lookups work again", &rig.rest(id).await);
}

#[tokio::test]
async fn a_refused_bearer_beside_a_failing_login_waits_and_hammers_neither() {
    let mut making = brief();
    making.login = true;
    let rig = making.start().await;
    rig.sandbox().inject(Fault::on(Endpoint::GetUploadToken).with(slipway_sandbox::Effect::ExpireBearers));
    rig.sandbox().inject(Fault::on(Endpoint::UserTokens).nth(2).always().answer(500, "<html>Oops</html>"));
    let id = rig.add(&rig.file("talk.mp4", SMALL)).await;
    rig.until_waiting(id).await;
    assert!(rig.sandbox().requests().len() < 40, "{}", rig.story());
    rig.sandbox().clear_faults();
    rig.assert_done_once("the login works again", &rig.rest(id).await);
}

#[tokio::test]
async fn a_mistyped_video_is_no_answer_and_the_question_stays_open() {
    for publish in [Publish::Draft, Publish::AtOnce] {
        let what = format!("{publish:?}");
        let rig = brief().start().await;
        let strangers = rig.stranger_uploads().await;
        rig.sandbox().advance_clock(std::time::Duration::from_hours(3));
        rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
        rig.sandbox().inject(Fault::on(Endpoint::List).nth(2).always().answer_as_anonymous());
        let mut add = rig.request(&rig.file("talk.mp4", SMALL));
        add.publish = Some(publish);
        let id = rig.add_as(add).await.item.id;
        rig.assert_asks(&what, &rig.rest(id).await);

        let refusal = async |video| rig.engine().settle(id, Settle::Arrived(video)).await.unwrap_err().code;
        assert_eq!(refusal(strangers).await, Code::LookupImpossible, "{what}: nobody can tell");
        rig.sandbox().clear_faults();
        assert_eq!(refusal(strangers).await, Code::DetailsInvalid, "{what}: it is older than the upload");
        assert_eq!(refusal(strangers + 1_000).await, Code::VideoUnknown, "{what}");
        rig.assert_asks(&what, &rig.engine().item(id).await.unwrap());
        assert!(rig.sandbox().videos().iter().all(|video| !video.published), "{what}");

        rig.engine().settle(id, Settle::SendAgain).await.unwrap();
        let item = rig.rest(id).await;
        assert_eq!((item.stage.as_str(), rig.copies(&item.file).len()), ("done", 1), "{what}: {}", rig.story());
    }
}
