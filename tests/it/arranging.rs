//! Many items at once: paused, resumed, removed, put in order. What a window's "Pause all" and a dragged row come to.

use crate::rig::{CHUNK, LARGE, Making, Rig, SMALL};
use slipway_engine::ItemView;
use slipway_engine::failure::Remedy;
use slipway_engine::item::{Intent, ItemId};
use slipway_sandbox::{Endpoint, Fault, Profile, Switches};
use std::time::Duration;

/// Items that nothing is sent of yet: whoever asks for a token waits.
async fn waiting(rig: &Rig, count: usize) -> Vec<ItemId> {
    rig.sandbox().inject(Fault::on(Endpoint::GetUploadToken).always().stall_before_reading());
    let mut ids = Vec::new();
    for number in 0..count {
        ids.push(rig.add(&rig.file(&format!("talk-{number}.mp4"), SMALL)).await);
    }
    ids
}

async fn in_order(rig: &Rig) -> Vec<ItemId> {
    rig.engine().items().await.unwrap().into_iter().map(|item| item.id).collect()
}

async fn each(rig: &Rig, wanted: impl Fn(&ItemView) -> bool) -> bool {
    rig.engine().items().await.unwrap().iter().all(wanted)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn all_are_paused_and_stay_so_over_a_restart_and_all_go_on() {
    let mut rig = Rig::new(Profile::Documented).await;
    let done = rig.upload(&rig.file("done.mp4", SMALL)).await.id;
    let film = rig.file("film.mp4", LARGE);
    let running = rig.held_in_mid_upload(&film).await;
    let mut ids = waiting(&rig, 12).await;
    ids.extend([running, done]);
    rig.engine().set_intents(ids.clone(), Intent::Pause).await.unwrap();
    rig.until(running, |item| item.intent == Intent::Pause).await;
    let over = |item: &ItemView| item.id == done && item.stage == "done" && item.intent == Intent::Run;
    assert!(each(&rig, |item| item.intent == Intent::Pause || over(item)).await, "what is over is as it was");

    rig.sandbox().clear_faults();
    rig.restart().await;
    assert!(each(&rig, |item| item.intent == Intent::Pause || over(item)).await);
    assert_eq!(rig.uploads().len(), 1, "nothing goes on by itself");
    rig.engine().set_intents(ids.clone(), Intent::Run).await.unwrap();
    for id in ids {
        assert_eq!(rig.rest(id).await.stage, "done", "{}", rig.story());
    }
    assert_eq!(rig.uploads().len(), 14, "{}", rig.story());
    assert_eq!(rig.copies(&film).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_are_cancelled_and_cleared_but_never_one_whose_outcome_is_open() {
    let rig = Making::of(Switches::documented()).looking_briefly().start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Commit).lose_answer_before_work());
    rig.sandbox().inject(Fault::on(Endpoint::List).nth(2).always().answer_as_anonymous());
    let open = rig.add(&rig.file("open.mp4", SMALL)).await;
    rig.assert_asks("open", &rig.rest(open).await);
    let mut ids = waiting(&rig, 9).await;
    ids.push(open);
    rig.engine().set_intents(ids.clone(), Intent::Cancel).await.unwrap();
    for id in &ids[..9] {
        assert_eq!(rig.rest(*id).await.stage, "cancelled");
    }
    rig.assert_asks("only settling can tell", &rig.engine().item(open).await.unwrap());
    rig.engine().clear_many(ids).await.unwrap();
    assert_eq!(in_order(&rig).await, [open]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn items_stand_where_they_were_put_and_begin_in_that_order() {
    let mut rig = Rig::new(Profile::Documented).await;
    let ids = waiting(&rig, 6).await;
    let order = |places: &[usize]| places.iter().map(|place| ids[*place]).collect::<Vec<_>>();
    // Together, in the order given, each once.
    rig.engine().move_before(order(&[5, 3, 5]), Some(ids[1])).await.unwrap();
    assert_eq!(in_order(&rig).await, order(&[0, 5, 3, 1, 2, 4]));
    // To the end, and before one that moves along: that is the end as well.
    rig.engine().move_before(order(&[0]), None).await.unwrap();
    assert_eq!(in_order(&rig).await, order(&[5, 3, 1, 2, 4, 0]));
    rig.engine().move_before(order(&[3, 4]), Some(ids[3])).await.unwrap();
    assert_eq!(in_order(&rig).await, order(&[5, 1, 2, 0, 3, 4]));
    rig.engine().move_before(vec![ItemId::fresh()], Some(ids[5])).await.unwrap();
    assert_eq!(in_order(&rig).await, order(&[5, 1, 2, 0, 3, 4]), "whom nobody knows is moved nowhere");

    rig.engine().set_intents(ids.clone(), Intent::Pause).await.unwrap();
    rig.restart().await;
    assert_eq!(in_order(&rig).await, order(&[5, 1, 2, 0, 3, 4]));
    rig.sandbox().clear_faults();
    rig.engine().set_in_flight(1).await.unwrap();
    rig.engine().set_intents(ids.clone(), Intent::Run).await.unwrap();
    for id in &ids {
        assert_eq!(rig.rest(*id).await.stage, "done", "{}", rig.story());
    }
    let mut videos = rig.uploads();
    videos.sort_by_key(|video| video.photo_id);
    let titles: Vec<_> = videos.iter().map(|video| video.title.as_str()).collect();
    assert_eq!(titles, ["talk-5", "talk-1", "talk-2", "talk-0", "talk-3", "talk-4"], "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fewer_chunks_at_once_holds_from_the_next_one_on() {
    let rig = Rig::new(Profile::Documented).await;
    rig.engine().set_in_flight(1).await.unwrap();
    let file = rig.file("film.mp4", 12 * CHUNK);
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).always().stall_answer(Duration::from_millis(30)));
    rig.assert_done_once("one at a time", &rig.upload(&file).await);
    assert_eq!(rig.sandbox().peaks().chunks, 1, "{}", rig.story());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_the_server_works_on_a_video_its_share_is_told() {
    let transcoding = Duration::from_hours(1);
    let rig = Rig::with(Switches { transcoding, ..Switches::of(Profile::Documented) }).await;
    let mut add = rig.request(&rig.file("talk.mp4", SMALL));
    add.await_playable = true;
    let id = rig.add_as(add).await.item.id;
    rig.until(id, |item| item.stage == "stored").await;
    rig.sandbox().advance_clock(transcoding / 2);
    let share = loop {
        let progress = rig.engine().progress().await.unwrap().into_iter().find(|it| it.id == id);
        if let Some(share) = progress.and_then(|it| it.processing).filter(|share| *share > 0) {
            break share;
        }
        // Progress is asked for and tells nobody of itself.
        tokio::task::yield_now().await;
    };
    assert_eq!(share, 50);
    rig.sandbox().advance_clock(transcoding);
    assert_eq!(rig.rest(id).await.playable, Some(true));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_categories_of_a_workspace_can_be_asked_for() {
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", SMALL);
    let workspace = rig.request(&file).workspace;
    rig.upload(&file).await;
    let listed = rig.engine().categories(workspace.clone()).await.unwrap();
    let mut names: Vec<_> = listed.iter().map(|it| it.name.as_str()).collect();
    names.sort_unstable();
    // Those that every sandbox begins with.
    assert_eq!(names, ["Internal", "News", "Talks"]);
    rig.sandbox().inject(Fault::on(Endpoint::Albums).answer(403, "no"));
    assert_eq!(rig.engine().categories(workspace).await.unwrap_err().remedy(), Remedy::SignIn);
}
