//! A portal answers in the workspace's place: named, at every step, and nothing is taken for the workspace's word.

use crate::rig::{LARGE, Making, SMALL, play};
use slipway_engine::Workspace;
use slipway_engine::failure::Code;
use slipway_engine::workspace::ApiVersion;
use slipway_sandbox::{Endpoint, Fault, Switches};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_is_named_wherever_it_comes_between_and_after_the_sign_in_it_goes_on() {
    let pages: [fn(Endpoint) -> Fault; 2] =
        [|at| Fault::on(at).answer_as_portal(), |at| Fault::on(at).redirect("http://127.0.0.1:1/sign-in")];
    let steps = [(Endpoint::Any, LARGE), (Endpoint::GetUploadToken, SMALL), (Endpoint::Chunk, LARGE)];
    let all = steps.into_iter().flat_map(|(step, size)| pages.map(move |page| (page(step.clone()).always(), size)));
    play(all.collect::<Vec<_>>(), |(fault, size)| async move {
        let what = format!("{fault:?}");
        let rig = Making::of(Switches::documented()).looking_briefly().start().await;
        rig.sandbox().inject(fault);
        let id = rig.add(&rig.file("talk.mp4", size)).await;
        assert_eq!(rig.until_held_up(id).await.code, Code::NetworkPortal, "{what}");
        rig.sandbox().clear_faults();
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_portal_that_answers_the_last_piece_is_never_taken_for_success() {
    play([LARGE, SMALL], |size| async move {
        let rig = Making::of(Switches::documented()).looking_briefly().start().await;
        rig.sandbox().inject(Fault::on(Endpoint::Commit).answer_as_portal());
        let item = rig.upload(&rig.file("talk.mp4", size)).await;
        rig.assert_done_once(&format!("{size}"), &item);
        rig.assert_commits_alone(&format!("{size}"));
    })
    .await;
}

#[tokio::test]
async fn at_a_sign_in_and_at_a_check_up_a_portal_is_named_too() {
    let rig = Making::of(Switches::documented()).start().await;
    let origin = rig.request("talk.mp4".as_ref()).workspace;
    rig.sandbox().inject(Fault::on(Endpoint::Any).always().answer_as_portal());
    let refused = rig.engine().sign_in(origin.clone(), rig.sandbox().token().to_owned().into()).await.unwrap_err();
    assert_eq!(refused.code, Code::NetworkPortal);
    // With something queued for it, the token is for this workspace.
    rig.add(&rig.file("talk.mp4", SMALL)).await;
    let workspace = Workspace { origin: origin.clone(), name: "It".into(), login: origin, api: ApiVersion::V2 };
    assert_eq!(rig.engine().look_at(&workspace).await.result.unwrap_err().code, Code::NetworkPortal);
}
