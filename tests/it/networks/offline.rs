//! Hours without a network: bounded questions, no growth, and everything that ended meanwhile is renewed.

use crate::rig::{LARGE, Making, Rig};
use slipway_engine::failure::Code;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Pretended, PretendedNames};
use slipway_sandbox::{Endpoint, Fault, RequestRecord, Switches};
use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::time::Duration;

const LONGEST_WAIT: Duration = Duration::from_secs(2);

const AWAY: Duration = Duration::from_hours(6);

/// In one thread, so that its time can be made to pass by itself while nobody is there to talk to.
#[tokio::test]
async fn hours_without_a_network_cost_few_questions_and_end_with_the_first_that_is_answered() {
    let here = IpAddr::V4(Ipv4Addr::LOCALHOST);
    let names = PretendedNames::default();
    names.set("localhost", Pretended::At(here));
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.network.names = Some(names.clone());
    let mut rig = making.timed(|timing| timing.backoff.1 = LONGEST_WAIT).start().await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let workspace = Origin::parse(&format!("http://localhost:{}", rig.sandbox().address().port())).unwrap();
    let id = rig.add_as(Add { workspace, ..rig.request(&rig.file("talk.mp4", LARGE)) }).await.item.id;
    rig.until_struck("StallBeforeReading").await;

    names.set("localhost", Pretended::NoService);
    rig.close_workspace().await;
    assert_eq!(rig.until_held_up(id).await.code, Code::WorkspaceUnreachable);
    tokio::time::pause();
    // The chunks that were on their way meet their end one after the other.
    tokio::time::sleep(Duration::from_mins(10)).await;
    let (asked, lines) = (names.asked(), rig.log(id).await.lines().count());
    tokio::time::sleep(AWAY).await;
    let asked = names.asked() - asked;
    let rarest = AWAY.as_secs() / LONGEST_WAIT.as_secs();
    // A wait is between half of the longest and all of it.
    assert!((rarest as usize - 1..=2 * rarest as usize + 1).contains(&asked), "{asked} questions");
    assert_eq!(rig.log(id).await.lines().count(), lines, "the log does not grow");
    tokio::time::resume();

    rig.open_workspace().await;
    names.set("localhost", Pretended::At(here));
    let item = rig.rest(id).await;
    rig.assert_done_once("back", &item);
    let calls = |name: &str| rig.sandbox().requests().iter().filter(|it| it.api_method == name).count();
    assert_eq!(calls("site/get"), 1, "one question, and on it goes: {}", rig.story());
    assert_eq!(calls("photo/get-upload-token"), 0, "its token is as good as before: {}", rig.story());
}

#[tokio::test]
async fn what_ended_while_the_workspace_was_out_of_reach_is_renewed() {
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.login = true;
    let mut rig = making.start().await;
    let id = rig.held_in_mid_upload(&rig.file("talk.mp4", LARGE)).await;
    let identifiers = |rig: &Rig| rig.chunks().into_iter().filter_map(|it| it.identifier).collect::<BTreeSet<_>>();
    let before = identifiers(&rig);
    rig.close_workspace().await;
    assert_eq!(rig.until_held_up(id).await.code, Code::WorkspaceUnreachable);

    rig.open_workspace().await;
    // Longer than an upload token or a bearer lives.
    rig.sandbox().advance_clock(Duration::from_hours(30));
    let item = rig.rest(id).await;
    rig.assert_done_once("back", &item);
    let granted = |it: &RequestRecord, name: &str| it.api_method == name && it.status == Some(200);
    let grants = |name: &str| rig.sandbox().requests().iter().filter(|it| granted(it, name)).count();
    assert_eq!(grants("photo/get-upload-token"), 1, "the token had ended: {}", rig.story());
    assert_eq!(grants("user/tokens"), 1, "so had the bearer: {}", rig.story());
    assert_eq!(identifiers(&rig), before, "the chunks from before still count: {}", rig.story());
}
