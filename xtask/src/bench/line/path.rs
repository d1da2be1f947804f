//! A long line between two network namespaces: whatever crosses it is delayed, kept to a rate, and lost now and then.
//!
//! Each namespace has a TUN device that was made here and moved there; two threads for each direction carry the packets
//! from one to the other. TCP on both ends is the kernel's own. The namespaces are gone with the value.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};
use std::{fs, thread};

use anyhow::{Context as _, Result, ensure};
use tun_rs::{DeviceBuilder, Layer, SyncDevice};

use crate::shell::{command, output, run};

/// What the line carries, in bits a second, each packet with its headers.
pub(super) const RATE: u64 = 100_000_000;

/// From one end to the other; a round trip is twice that.
pub(super) const DELAY: Duration = Duration::from_millis(50);

/// Packets that would wait longer than this for the line are dropped: a buffer of one bandwidth-delay product, as routers
/// are commonly given.
const LONGEST_QUEUE: Duration = Duration::from_millis(100);

/// The largest packet, in bytes, headers included.
const MTU: u16 = 1500;

/// Packets below this length are TCP's and TLS's own.
const LEAST_WITH_CONTENT: usize = 1000;

/// Packets that are due within this time are sent on together: a thread that wakes for each would take a core of its own.
const GRAIN: Duration = Duration::from_millis(1);

/// Where the near end and the far end are found. Loopback addresses, because the pretend workspace answers at no other, and
/// nothing that is sent to one leaves the machine whatever goes wrong; in here they are routed like any.
const ADDRESSES: [Ipv4Addr; 2] = [Ipv4Addr::new(127, 231, 0, 1), Ipv4Addr::LOCALHOST];

/// A line, as long as this value lives.
pub(in crate::bench) struct Line {
    near: Namespace,
    far: Namespace,
    faults: Arc<Faults>,
    /// Bytes of packets that were handed on at the far end.
    brought: Arc<AtomicU64>,
}

#[derive(Default)]
struct Faults {
    /// Of a million packets.
    lost: AtomicU32,
    over: AtomicBool,
}

impl Line {
    /// Lays one.
    pub(super) fn lay() -> Result<Self> {
        ensure!(
            Path::new("/dev/net/tun").exists() && output(command("ip").arg("netns")).is_some(),
            "this case needs /dev/net/tun and the command ip (on Debian: apt-get install iproute2)"
        );
        let process = std::process::id();
        let near = Namespace::make(format!("slipway-near-{process}"))?;
        let far = Namespace::make(format!("slipway-far-{process}"))?;
        let [here, there] = [(&near, ADDRESSES[0]), (&far, ADDRESSES[1])].map(|(end, at)| end.device(at));
        let (here, there) = (Arc::new(here?), Arc::new(there?));
        with_cubic(|| [&near, &far].into_iter().try_for_each(Namespace::use_cubic))?;
        let faults = Arc::<Faults>::default();
        let brought = Arc::<AtomicU64>::default();
        carry(Arc::clone(&here), Arc::clone(&there), Arc::clone(&faults), Arc::clone(&brought));
        carry(there, here, Arc::clone(&faults), Arc::default());
        Ok(Self { near, far, faults, brought })
    }

    /// From now on so many of a million packets are lost, each way.
    pub(in crate::bench) fn lose(&self, of_a_million: u32) {
        self.faults.lost.store(of_a_million, Ordering::Relaxed);
    }

    /// Bytes that came out at the far end so far, in packets that are not only an acknowledgement or the beginning of a connection.
    pub(in crate::bench) fn brought(&self) -> u64 {
        self.brought.load(Ordering::Relaxed)
    }

    pub(in crate::bench) fn near(&self) -> &Namespace {
        &self.near
    }

    pub(super) fn far(&self) -> &Namespace {
        &self.far
    }

    /// The address of the far end.
    pub(super) fn far_address() -> Ipv4Addr {
        ADDRESSES[1]
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.faults.over.store(true, Ordering::Relaxed);
    }
}

/// A network namespace of our own.
pub(in crate::bench) struct Namespace(String);

impl Namespace {
    fn make(name: String) -> Result<Self> {
        run(command("ip").args(["netns", "add", &name]))
            .context("network namespaces cannot be made here: this case needs to be root")?;
        // Its own loopback device stays down: it would claim the addresses.
        Ok(Self(name))
    }

    /// The same command, run in here.
    pub(in crate::bench) fn within(&self, inner: &Command) -> Command {
        let mut outer = command("ip");
        outer.args(["netns", "exec", &self.0]).arg(inner.get_program()).args(inner.get_args());
        for (name, value) in inner.get_envs() {
            match value {
                Some(value) => outer.env(name, value),
                None => outer.env_remove(name),
            };
        }
        outer
    }

    /// A device in here with this address.
    fn device(&self, address: Ipv4Addr) -> Result<SyncDevice> {
        let device = DeviceBuilder::new()
            .layer(Layer::L3)
            .mtu(MTU)
            .tx_queue_len(1000)
            .enable(false)
            .build_sync()
            .context("no TUN device can be made here: this case needs to be root")?;
        let name = device.name()?;
        run(command("ip").args(["link", "set", &name, "netns", &self.0]))?;
        run(command("ip").args(["-n", &self.0, "address", "add", &format!("{address}/8"), "dev", &name]))?;
        self.set("conf/all/route_localnet", "1")?;
        run(command("ip").args(["-n", &self.0, "link", "set", &name, "up"]))?;
        Ok(device)
    }

    fn use_cubic(&self) -> Result<()> {
        self.set("tcp_congestion_control", "cubic").context("this case needs TCP cubic")
    }

    /// A switch of the kernel's for in here.
    fn set(&self, switch: &str, value: &str) -> Result<()> {
        let mut write = command("sh");
        write.args(["-c", &format!("echo {value} > /proc/sys/net/ipv4/{switch}")]);
        run(&mut self.within(&write))
    }
}

impl Drop for Namespace {
    fn drop(&mut self) {
        // Nobody is left who could be told.
        let _ = run(command("ip").args(["netns", "delete", &self.0]));
    }
}

/// Kernels have other defaults than most of the world's machines; a namespace may choose only what is allowed to all.
fn with_cubic(choose: impl FnOnce() -> Result<()>) -> Result<()> {
    const ALLOWED: &str = "/proc/sys/net/ipv4/tcp_allowed_congestion_control";
    let before = fs::read_to_string(ALLOWED).context("this case needs Linux")?;
    if before.split_whitespace().any(|name| name == "cubic") {
        return choose();
    }
    fs::write(ALLOWED, format!("{} cubic", before.trim())).context("TCP cubic cannot be allowed: are we root?")?;
    let chosen = choose();
    fs::write(ALLOWED, before.trim())?;
    chosen
}

type Waiting = (Mutex<VecDeque<(Instant, Vec<u8>)>>, Condvar);

/// Carries packets one way until the line is over.
fn carry(from: Arc<SyncDevice>, to: Arc<SyncDevice>, faults: Arc<Faults>, brought: Arc<AtomicU64>) {
    let waiting = Arc::<Waiting>::default();
    thread::spawn({
        let waiting = Arc::clone(&waiting);
        move || take_up(&from, &waiting, &faults)
    });
    thread::spawn(move || hand_on(&to, &waiting, &brought));
}

/// Ends when the device is gone with its namespace.
fn take_up(from: &SyncDevice, (queue, arrived): &Waiting, faults: &Faults) {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let mut wire_free = Instant::now();
    let mut packet = vec![0; usize::from(MTU)];
    while let Ok(length) = from.recv(&mut packet) {
        if faults.over.load(Ordering::Relaxed) {
            break;
        }
        let now = Instant::now();
        wire_free = wire_free.max(now);
        if random.below(1_000_000) < faults.lost.load(Ordering::Relaxed) || wire_free - now > LONGEST_QUEUE {
            continue;
        }
        wire_free += Duration::from_nanos(length as u64 * 8 * 1_000_000_000 / RATE);
        let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
        queue.push_back((wire_free + DELAY, packet[..length].to_vec()));
        if queue.len() == 1 {
            arrived.notify_one();
        }
    }
    queue.lock().unwrap_or_else(PoisonError::into_inner).push_back((Instant::now(), Vec::new()));
    arrived.notify_one();
}

/// Ends with a packet that has nothing in it.
fn hand_on(to: &SyncDevice, (queue, arrived): &Waiting, brought: &AtomicU64) {
    loop {
        let mut waiting = queue.lock().unwrap_or_else(PoisonError::into_inner);
        while waiting.is_empty() {
            waiting = arrived.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
        let now = Instant::now();
        let due = waiting.partition_point(|(at, _)| *at <= now);
        let next = waiting.get(due).map(|(at, _)| *at);
        let ready: Vec<_> = waiting.drain(..due).collect();
        drop(waiting);
        for (_, packet) in ready {
            // A device that is being taken away loses its packets.
            if packet.is_empty() {
                return;
            }
            let _ = to.send(&packet);
            if packet.len() >= LEAST_WITH_CONTENT {
                brought.fetch_add(packet.len() as u64, Ordering::Relaxed);
            }
        }
        if let Some(next) = next {
            thread::sleep(next.saturating_duration_since(Instant::now()).max(GRAIN));
        }
    }
}

/// xorshift64*: the same losses in every run, as far as the packets are the same.
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u32) -> u32 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        let drawn = self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 32;
        ((drawn * u64::from(bound)) >> 32) as u32
    }
}

#[cfg(test)]
mod tests {
    use super::Random;

    #[test]
    fn as_many_packets_are_lost_as_were_asked_for() {
        let mut random = Random(7);
        let lost = (0..1_000_000).filter(|_| random.below(1_000_000) < 5_000).count();
        assert!((4_700..5_300).contains(&lost), "{lost}");
    }
}
