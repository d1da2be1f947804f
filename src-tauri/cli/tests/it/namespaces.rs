//! Networks that only the kernel can make: packets that vanish, an address that changes in the middle, no network at
//! all. The command runs in a network namespace of its own, the workspace outside of it. Where namespaces are not
//! permitted, each of these tests says so and passes.

use crate::rig::{CHUNK, Rig, Slipway};
use slipway_sandbox::{Endpoint, Fault, Profile};
use std::net::{Ipv4Addr, SocketAddr};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use tokio::net::{TcpListener, TcpStream};

const LARGE: u64 = 5 * CHUNK + 7;

/// A namespace, until it is dropped.
struct Namespace {
    name: String,
    /// Its end of the line to the outside.
    link: String,
    /// The first three octets of both ends.
    net: [u8; 3],
}

impl Namespace {
    /// One without any network, or nothing where that is not permitted.
    fn bare() -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let id = std::process::id().wrapping_mul(4) + MADE.fetch_add(1, Ordering::SeqCst);
        let name = format!("slipway-{id}");
        if run(&format!("netns add {name}")) {
            let [_, high, low, _] = id.rotate_left(8).to_be_bytes();
            return Some(Self { link: format!("sw{id}"), name, net: [10, high, low] });
        }
        skipped();
        None
    }

    /// One with a line to the outside.
    fn connected() -> Option<Self> {
        let it = Self::bare()?;
        let (name, link) = (&it.name, &it.link);
        let (inside, outside) = (it.address(2), it.address(1));
        let steps = [
            format!("link add {link}o type veth peer name {link} netns {name}"),
            format!("addr add {outside}/24 dev {link}o"),
            format!("link set {link}o up"),
            format!("-n {name} addr add {inside}/24 dev {link}"),
            format!("-n {name} link set {link} up"),
        ];
        if steps.iter().all(|step| run(step)) {
            return Some(it);
        }
        skipped();
        None
    }

    fn address(&self, last: u8) -> Ipv4Addr {
        let [a, b, c] = self.net;
        Ipv4Addr::new(a, b, c, last)
    }

    /// Another address in place of the one that it has.
    fn move_address(&self) {
        let (name, link) = (&self.name, &self.link);
        assert!(run(&format!("-n {name} addr del {}/24 dev {link}", self.address(2))));
        assert!(run(&format!("-n {name} addr add {}/24 dev {link}", self.address(3))));
    }

    /// From now on every packet vanishes on its way out, and nobody is told: it goes to a neighbour that is not there.
    fn swallow(&self, swallow: bool) {
        let (name, link, outside) = (&self.name, &self.link, self.address(1));
        let neighbour = format!("{outside} dev {link}");
        let set = if swallow {
            format!("-n {name} neigh replace {neighbour} lladdr 02:00:00:00:00:01 nud permanent")
        } else {
            format!("-n {name} neigh del {neighbour}")
        };
        assert!(run(&set), "{set}");
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // The line goes with it.
        run(&format!("netns del {}", self.name));
    }
}

fn run(words: &str) -> bool {
    Command::new("ip").args(words.split(' ')).output().is_ok_and(|output| output.status.success())
}

#[expect(clippy::print_stderr, reason = "a test that is skipped has to say so")]
fn skipped() {
    eprintln!("skipped: this user may not make network namespaces (it takes root and iproute2)");
}

/// Passes on what comes to the namespace's outer end to the workspace, which only listens to this very machine.
async fn relay(namespace: &Namespace, workspace: SocketAddr) -> u16 {
    let listener = TcpListener::bind((namespace.address(1), 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut outside, _)) = listener.accept().await {
            tokio::spawn(async move {
                let Ok(mut inside) = TcpStream::connect(workspace).await else { return };
                // A line that went silent keeps its connection, as a router would.
                let _ = tokio::io::copy_bidirectional(&mut outside, &mut inside).await;
            });
        }
    });
    port
}

/// An upload that stands in its third chunk, seen from within the namespace.
fn upload(rig: &Rig, namespace: &Namespace, port: u16) -> Slipway {
    rig.sandbox.inject(Fault::on(Endpoint::Chunk).chunk(3).stall_before_reading());
    let workspace = format!("http://localhost:{port}");
    let command = rig.slipway(["upload", "--json", "--workspace", &workspace]).arg(rig.file("talk.mp4", LARGE));
    command.env("SLIPWAY_TEST_NAMES", format!("localhost={}", namespace.address(1))).inside(&namespace.name)
}

async fn until_it_stands(rig: &Rig) {
    rig.sandbox.until(|seen| seen.requests().iter().any(|it| !it.faults.is_empty())).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn packets_that_vanish_are_noticed_waited_out_and_make_one_video() {
    let Some(namespace) = Namespace::connected() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let port = relay(&namespace, rig.sandbox.address()).await;
    let mut running = upload(&rig, &namespace, port).start();
    until_it_stands(&rig).await;
    namespace.swallow(true);
    let waiting = running.until("waiting").await;
    assert_eq!(waiting["code"], "workspace_unreachable");
    namespace.swallow(false);
    let told = running.end().await;
    told.assert_code(0, "the packets came back");
    rig.assert_arrived_once(&rig.folder().join("talk.mp4"), "after a black hole");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_changes_in_the_middle_costs_the_pieces_on_their_way_and_makes_one_video() {
    let Some(namespace) = Namespace::connected() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let port = relay(&namespace, rig.sandbox.address()).await;
    let running = upload(&rig, &namespace, port).start();
    until_it_stands(&rig).await;
    namespace.move_address();
    let told = running.end().await;
    told.assert_code(0, "from another address");
    rig.assert_arrived_once(&rig.folder().join("talk.mp4"), "after a move");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_any_network_no_workspace_is_called_unknown() {
    let Some(namespace) = Namespace::bare() else { return };
    let rig = Rig::new(Profile::Documented).await;
    let file = rig.file("talk.mp4", CHUNK);
    let words = ["upload", "--json", "--workspace", "video.example.com", "--give-up-after", "2s"];
    let told = rig.slipway(words).arg(&file).inside(&namespace.name).run().await;
    told.assert_code(4, "no network");
    assert_eq!(told.only("waiting")["code"], "workspace_unreachable", "{told:#?}");
}
