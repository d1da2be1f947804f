//! Proxies: taken when they are there, told apart when they say no, and never shown a secret of the workspace.

use super::front::{Authority, Front};
use super::gateway::{Gateway, Manner};
use crate::rig::{LARGE, Making, Rig, SMALL, play};
use slipway_engine::failure::Code;
use slipway_engine::messages::Language;
use slipway_engine::workspace::{ApiVersion, Origin};
use slipway_engine::{Add, Proxy, ProxyChoice, Workspace};
use slipway_sandbox::Switches;

/// Not on this machine, as far as the engine can tell; the sandbox answers to it.
pub(super) const HOST: &str = "video.localhost";

/// A workspace at [`HOST`], behind TLS, and an engine that knows only this way out.
pub(super) async fn behind(proxy: &str) -> (Rig, Front, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let ours = Authority::new("Our authority");
    let ca_file = folder.path().join("ca.pem");
    std::fs::write(&ca_file, ours.pem()).unwrap();
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.network.extra_ca = Some(ca_file);
    making.network.proxy = ProxyChoice::parse(proxy).unwrap();
    let rig = making.start().await;
    let front = Front::before(rig.sandbox().address(), ours.vouch(HOST)).await;
    (rig, front, folder)
}

pub(super) fn to(front: &Front, rig: &Rig, size: u64) -> Add {
    let workspace = Origin::parse(&format!("{HOST}:{}", front.port())).unwrap();
    Add { workspace, ..rig.request(&rig.file("talk.mp4", size)) }
}

/// `anna:s3cret-of-hers`.
const SHOWN: &str = "Basic YW5uYTpzM2NyZXQtb2YtaGVycw==";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_goes_through_the_proxy_as_the_right_user_and_nothing_of_it_in_clear() {
    play(
        [("", Manner::Open, None), ("anna:s3cret-of-hers@", Manner::Wants(SHOWN), Some(SHOWN))],
        |(user, manner, shown)| async move {
            let gateway = Gateway::open(manner).await;
            let (rig, front, _folder) = behind(&format!("http://{user}{}", gateway.address())).await;
            let id = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
            rig.assert_done_once(user, &rig.rest(id).await);
            assert!(gateway.tunnels() > 0);
            assert_eq!(gateway.tunnels(), front.opened(), "no connection passed the proxy by");
            for asked in gateway.asked() {
                assert!(asked.line.starts_with(&format!("CONNECT {HOST}:{} ", front.port())), "{asked:?}");
                assert_eq!(asked.authorization.as_deref(), shown);
            }
            let upload_token = rig.uploads()[0].upload_token.clone().unwrap();
            for secret in [rig.sandbox().token(), &upload_token, "photo/get-upload-token", "talk.mp4"] {
                assert!(!gateway.saw(secret), "the proxy saw {secret:?}");
            }
        },
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_no_of_a_proxy_has_a_name_and_a_yes_lets_the_queue_go_on() {
    let forbidden = "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 9\r\n\r\n<html>no!";
    let failing = "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n";
    let cases = [
        ("wants a password", Manner::Wants(SHOWN), Code::ProxySignInNeeded),
        ("forbids", Manner::Says(forbidden), Code::ProxyRefused),
        ("fails", Manner::Says(failing), Code::ProxyRefused),
        ("babbles", Manner::Says("hello\r\n\r\n"), Code::ProxyRefused),
        ("hangs up", Manner::HangsUp, Code::ProxyUnreachable),
    ];
    play(cases, |(what, manner, code)| async move {
        let gateway = Gateway::open(manner).await;
        let (rig, front, _folder) = behind(&format!("anna:wr0ng-password@{}", gateway.address())).await;
        let id = rig.add_as(to(&front, &rig, LARGE)).await.item.id;
        let failure = rig.until_held_up(id).await;
        assert_eq!(failure.code, code, "{what}: {failure:?}");
        let address = gateway.address().to_string();
        assert!(failure.message(Language::En).contains(&address), "{what}: {failure}");

        let origin = Origin::parse(&format!("{HOST}:{}", front.port())).unwrap();
        let refused = rig.engine().sign_in(origin.clone(), "a-token-of-a-person".to_owned().into()).await.unwrap_err();
        assert_eq!(refused.code, code, "{what}");
        let workspace = Workspace { origin: origin.clone(), name: "It".into(), login: origin, api: ApiVersion::V2 };
        let looked = rig.engine().look_at(&workspace).await;
        assert_eq!(looked.proxy, Some(format!("http://{address}")), "{what}");
        assert_eq!(looked.result.unwrap_err().code, code, "{what}");
        assert_eq!((front.opened(), rig.sandbox().requests().len()), (0, 0), "{what}: not the workspace's answer");

        gateway.behave(Manner::Open);
        rig.assert_done_once(what, &rig.rest(id).await);
        let told = format!("{failure:?} {refused:?} {}", rig.log(id).await);
        assert!(!told.contains("wr0ng-password"), "{what}: {told}");
    })
    .await;
}

#[tokio::test]
async fn a_proxy_that_is_not_there_is_named_and_waited_for() {
    let place = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    for scheme in ["http", "socks5h"] {
        let (rig, front, _folder) = behind(&format!("{scheme}://{place}")).await;
        let id = rig.add_as(to(&front, &rig, SMALL)).await.item.id;
        let failure = rig.until_held_up(id).await;
        assert_eq!(failure.code, Code::ProxyUnreachable, "{scheme}: {failure:?}");
        assert_eq!(failure.facts["proxy"], format!("{scheme}://{place}"));
    }
}

#[tokio::test]
async fn this_machine_is_reached_straight_whatever_proxy_is_set() {
    let gateway = Gateway::open(Manner::HangsUp).await;
    let mut making = Making::of(Switches::documented()).looking_briefly();
    making.network.proxy = ProxyChoice::parse(&gateway.address().to_string()).unwrap();
    let rig = making.start().await;
    rig.assert_done_once("straight", &rig.upload(&rig.file("talk.mp4", LARGE)).await);
    assert!(gateway.asked().is_empty());
}

#[test]
fn a_proxys_password_is_shown_by_nothing() {
    let choice = ProxyChoice::parse("http://anna:s3cret-of-hers@proxy.example:3128").unwrap();
    let mut config = slipway_engine::Config::new("home".into());
    config.network.proxy = choice.clone();
    assert!(!format!("{config:?}").contains("s3cret"));
    let ProxyChoice::Through(proxy) = choice else { panic!("it is one to go through") };
    assert_eq!(Proxy::address(&proxy), "http://proxy.example:3128");
}
