//! What a test cannot do by itself: drives that are mounted and taken away, file systems that are full or read-only,
//! and another user, for whom file modes mean something. Each stands in a mount namespace of its own, so nothing is
//! left behind; where that is not permitted, the test says so and checks nothing.

use crate::rig::Slipway;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// A mount namespace. It goes when this does.
pub(crate) struct Mounts {
    holder: Child,
}

impl Mounts {
    /// A namespace in which this process may mount, if it may.
    pub(crate) fn permitted() -> Option<Self> {
        let mut unshare = Command::new("unshare");
        unshare.args(["--mount", "--propagation", "private", "sh", "-c", "echo ready; exec cat"]);
        unshare.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
        let mut holder = unshare.spawn().ok()?;
        let mut ready = [0; 6];
        let told = std::io::Read::read_exact(holder.stdout.as_mut()?, &mut ready);
        let mounts = Self { holder };
        let may = told.is_ok() && mounts.run(&["mount", "-t", "tmpfs", "none", "/mnt"]).status.success();
        if !may {
            skipped("mount namespaces are not permitted here");
        }
        may.then_some(mounts)
    }

    fn prefix(&self) -> Vec<String> {
        vec!["nsenter".to_owned(), format!("--mount=/proc/{}/ns/mnt", self.holder.id())]
    }

    /// Runs a program inside.
    pub(crate) fn run(&self, words: &[&str]) -> Output {
        let prefix = self.prefix();
        Command::new(&prefix[0]).args(&prefix[1..]).args(words).output().unwrap()
    }

    #[track_caller]
    fn must(&self, words: &[&str]) {
        let output = self.run(words);
        assert!(output.status.success(), "{words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// An empty drive of this size (`8m`).
    #[track_caller]
    pub(crate) fn drive(&self, at: &Path, size: &str) {
        std::fs::create_dir_all(at).unwrap();
        self.must(&["mount", "-t", "tmpfs", "-o", &format!("size={size},mode=0777"), "none", text(at)]);
    }

    /// The same folder at another place.
    #[track_caller]
    pub(crate) fn bind(&self, what: &Path, at: &Path) {
        std::fs::create_dir_all(at).unwrap();
        self.must(&["mount", "--bind", text(what), text(at)]);
    }

    #[track_caller]
    pub(crate) fn make_read_only(&self, at: &Path) {
        self.must(&["mount", "-o", "remount,bind,ro", text(at)]);
    }

    #[track_caller]
    pub(crate) fn make_writable(&self, at: &Path) {
        self.must(&["mount", "-o", "remount,bind,rw", text(at)]);
    }

    /// Takes a drive away from under whoever uses it.
    #[track_caller]
    pub(crate) fn pull(&self, at: &Path) {
        self.must(&["umount", "--lazy", text(at)]);
    }

    /// Copies a file with its time.
    #[track_caller]
    pub(crate) fn copy(&self, from: &Path, to: &Path) {
        self.must(&["cp", "--preserve=timestamps", text(from), text(to)]);
    }

    /// A command that lives in here.
    pub(crate) fn inside(&self, command: Slipway) -> Slipway {
        command.started_by(&self.prefix())
    }
}

impl Drop for Mounts {
    fn drop(&mut self) {
        // Its standard input ends with it, and so does it.
        let _ = self.holder.kill();
        let _ = self.holder.wait();
    }
}

/// The same command, started by somebody without any rights over other people's files.
pub(crate) fn as_nobody(command: Slipway) -> Option<Slipway> {
    nobody().map(|prefix| command.started_by(&prefix.map(str::to_owned)))
}

/// The words that start a program as somebody without any rights, where that is permitted.
pub(crate) fn nobody() -> Option<[&'static str; 4]> {
    let prefix = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
    let may = Command::new(prefix[0]).args(&prefix[1..]).arg("true").output().is_ok_and(|it| it.status.success());
    if !may {
        skipped("becoming another user is not permitted here");
    }
    may.then_some(prefix)
}

/// The words that start a program for which the system watches no more than so many folders, where that is permitted. The
/// limit is one of a user namespace, and the machine's own stays as it is.
pub(crate) fn with_watches(count: u32) -> Option<Vec<String>> {
    let limit = format!("echo {count} > /proc/sys/user/max_inotify_watches && exec \"$@\"");
    let prefix = ["unshare", "--user", "--map-root-user", "sh", "-c", &limit, "sh"];
    let may = Command::new(prefix[0]).args(&prefix[1..]).arg("true").output().is_ok_and(|it| it.status.success());
    if !may {
        skipped("user namespaces are not permitted here");
    }
    may.then(|| prefix.map(str::to_owned).to_vec())
}

#[expect(clippy::print_stderr, reason = "a test that checked nothing says so")]
fn skipped(why: &str) {
    eprintln!("skipped: {why}");
}

#[track_caller]
fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
