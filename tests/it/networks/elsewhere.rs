//! Nothing of ours goes to a place that only a server named: no redirect is followed with a credential, and nothing is asked of
//! this machine, or in clear, because somebody far away said so.

use super::front::{Authority, Front};
use crate::rig::{LARGE, Making, Rig, play};
use crate::stranger::stranger;
use slipway_engine::failure::Code;
use slipway_engine::item::Publish;
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{Pretended, PretendedNames, VideoQuery};
use slipway_sandbox::{Effect, Endpoint, Fault, Switches};
use std::net::{IpAddr, Ipv4Addr};

const PICTURE: &[u8] = b"\xff\xd8\xff\xe0\0\x10JFIF and so on";

fn with_body(body: &[u8]) -> Vec<u8> {
    let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn leading_to(place: &str) -> Vec<u8> {
    format!("HTTP/1.1 302 Found\r\nLocation: {place}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_follows_a_redirect_whatever_its_status_and_whoever_is_signed_in() {
    let calls = [
        Endpoint::Any,
        Endpoint::GetUploadToken,
        Endpoint::Chunk,
        Endpoint::Commit,
        Endpoint::List,
        Endpoint::Update,
        Endpoint::Progress,
        Endpoint::Frame,
        Endpoint::UserTokens,
    ];
    let ways = ["a token", "keys in version 1", "a login"];
    let statuses = [301, 302, 303, 307, 308];
    let all = calls.into_iter().enumerate().flat_map(|(at, call)| {
        let each = ways.into_iter().enumerate();
        each.map(move |(way_at, way)| (call.clone(), way, statuses[(at + way_at) % statuses.len()]))
    });
    let all = all.chain(statuses.map(|status| (Endpoint::Any, "a token", status)));
    play(all.collect::<Vec<_>>(), |(call, way, status)| async move {
        let what = format!("{status} to {call:?} with {way}");
        let (place, heard) = stranger(with_body(b"{\"status\": \"ok\"}")).await;
        let version = if way == "keys in version 1" { ApiVersion::V1 } else { ApiVersion::V2 };
        let mut making = Making::of(Switches::documented()).looking_briefly().speaking(version).stocked(1);
        making.login = way == "a login";
        let rig = making.start().await;
        let effect = Effect::Redirect { status, location: format!("{place}/elsewhere") };
        rig.sandbox().inject(Fault::on(call).times(3).with(effect));
        let mut add = rig.request(&rig.file("talk.mp4", LARGE));
        add.publish = Some(Publish::AtOnce);
        let id = rig.add_as(add).await.item.id;
        if let Ok(page) = rig.engine().videos(rig.origin(), VideoQuery::default()).await {
            let _named_or_there = rig.engine().frame(rig.origin(), page.videos[0].id, 1000).await;
        }
        rig.rest(id).await;
        assert_eq!(*heard.lock().unwrap(), "", "{what}: somebody else was asked");
        let shown: Vec<_> = rig.sandbox().requests().into_iter().filter(|it| !it.exposed.is_empty()).collect();
        assert!(shown.is_empty(), "{what}: {shown:#?}");
    })
    .await;
}

/// The library of a workspace whose pictures are found elsewhere, and what is said of the first one's.
async fn picture_of_the_first(rig: &Rig, origin: Origin) -> Result<(), Code> {
    let video = rig.engine().videos(origin.clone(), VideoQuery::default()).await.unwrap().videos.remove(0);
    let picture = rig.engine().video_picture(origin, video.id, video.picture.unwrap()).await;
    picture.map(|_| ()).map_err(|failure| failure.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_sends_a_picture_back_to_the_workspace_gets_nothing_done_there() {
    let rig = Making::of(Switches { pictures_need_bearer: true, ..Switches::documented() }).stocked(2).start().await;
    let victim = rig.sandbox().videos()[1].photo_id;
    let onwards = format!("{}/api/2/photo/delete?photo_id={victim}", rig.sandbox().url());
    let (place, heard) = stranger(leading_to(&onwards)).await;
    rig.sandbox().change(|switches| switches.pictures_elsewhere = Some(place));
    picture_of_the_first(&rig, rig.origin()).await.unwrap_err();
    assert_ne!(*heard.lock().unwrap(), "", "it was asked for the picture");
    let asked = rig.sandbox().requests().into_iter().filter(|it| it.api_method == "photo/delete");
    let with_a_credential: Vec<_> = asked.filter(|it| it.bearer || it.oauth).collect();
    assert!(with_a_credential.is_empty(), "{with_a_credential:#?}");
    assert_eq!(rig.sandbox().videos().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_far_workspace_has_nobody_asked_on_this_machine_or_in_clear() {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new("Our authority");
    std::fs::write(folder.path().join("ca.pem"), ours.pem()).unwrap();
    let names = PretendedNames::default();
    let here = Pretended::At(IpAddr::V4(Ipv4Addr::LOCALHOST));
    for host in ["far.localhost", "other.localhost"] {
        names.set(host, here.clone());
    }
    let mut making = Making::of(Switches::documented()).stocked(1);
    making.signed_out = true;
    making.network.extra_ca = Some(folder.path().join("ca.pem"));
    making.network.names = Some(names);
    let rig = making.start().await;
    let front = Front::before(rig.sandbox().address(), ours.vouch("far.localhost")).await;
    let far = Origin::parse(&format!("far.localhost:{}", front.port())).unwrap();
    rig.engine().sign_in(far.clone(), rig.sandbox().token().to_owned().into()).await.unwrap();

    let (place, heard) = stranger(with_body(PICTURE)).await;
    let port = place.rsplit(':').next().unwrap();
    let places = [place.clone(), format!("http://localhost:{port}"), format!("http://other.localhost:{port}")];
    for elsewhere in places {
        rig.sandbox().change(|switches| switches.pictures_elsewhere = Some(elsewhere.clone()));
        assert_eq!(picture_of_the_first(&rig, far.clone()).await, Err(Code::AnswerUnreadable), "{elsewhere}");
        assert_eq!(*heard.lock().unwrap(), "", "{elsewhere} was asked");
    }
}
