//! Names: asked anew for each connection, and a name that nobody knows is told apart from a network that is not there.

use super::front::{Authority, Front};
use crate::rig::{LARGE, Making, Rig, play};
use slipway_engine::failure::Code;
use slipway_engine::workspace::Origin;
use slipway_engine::{Add, Pretended, PretendedNames};
use slipway_sandbox::{Endpoint, Fault, Switches};
use std::net::{IpAddr, Ipv4Addr};

const HOST: &str = "video.localhost";

const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

async fn named(answer: Pretended) -> (Rig, Front, PretendedNames, Authority, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new("Our authority");
    std::fs::write(folder.path().join("ca.pem"), ours.pem()).unwrap();
    let names = PretendedNames::default();
    names.set(HOST, answer);
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.network.extra_ca = Some(folder.path().join("ca.pem"));
    making.network.names = Some(names.clone());
    let rig = making.start().await;
    let front = Front::before(rig.sandbox().address(), ours.vouch(HOST)).await;
    (rig, front, names, ours, folder)
}

fn origin(front: &Front) -> Origin {
    Origin::parse(&format!("{HOST}:{}", front.port())).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_that_nobody_knows_is_told_apart_from_a_network_that_is_not_there_and_both_are_waited_for() {
    let cases = [(Pretended::Unknown, Code::WorkspaceNameUnknown), (Pretended::NoService, Code::WorkspaceUnreachable)];
    play(cases, |(answer, code)| async move {
        let what = format!("{answer:?}");
        let (rig, front, names, _, _folder) = named(answer).await;
        let refused = rig.engine().sign_in(origin(&front), rig.sandbox().token().to_owned().into()).await.unwrap_err();
        assert_eq!((refused.code, &*refused.facts["host"]), (code, origin(&front).host()), "{what}");
        let id =
            rig.add_as(Add { workspace: origin(&front), ..rig.request(&rig.file("talk.mp4", LARGE)) }).await.item.id;
        assert_eq!(rig.until_held_up(id).await.code, code, "{what}");
        names.set(HOST, Pretended::At(HERE));
        rig.assert_done_once(&what, &rig.rest(id).await);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_workspace_that_moves_to_another_address_in_the_middle_is_followed() {
    let (rig, front, names, ours, _folder) = named(Pretended::At(HERE)).await;
    rig.sandbox().inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let id = rig.add_as(Add { workspace: origin(&front), ..rig.request(&rig.file("talk.mp4", LARGE)) }).await.item.id;
    rig.until_struck("StallBeforeReading").await;
    // The same port on another address; where it was, nobody is any more.
    let elsewhere = IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2));
    let moved = Front::at((elsewhere, front.port()).into(), rig.sandbox().address(), ours.vouch(HOST)).await;
    names.set(HOST, Pretended::At(elsewhere));
    drop(front);
    rig.assert_done_once("moved", &rig.rest(id).await);
    assert!(moved.opened() > 0);
}
