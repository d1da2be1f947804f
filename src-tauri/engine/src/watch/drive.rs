//! What kind of drive a folder is on. On a network drive nobody tells what others change, so it has to be asked.

use std::path::Path;
use std::time::Duration;

/// Looking takes no more than this share of the time: one part in twenty.
const PATIENCE: u32 = 20;

/// How long to wait after a look that took so long, within the shortest and the longest wait.
pub(super) fn polled_after(cost: Duration, (shortest, longest): (Duration, Duration)) -> Duration {
    (cost * PATIENCE).clamp(shortest, longest)
}

/// Whether the folder is on a drive that others may change unheard.
#[cfg(target_os = "linux")]
pub(super) fn is_on_network(folder: &Path) -> bool {
    /// `f_type` of statfs(2) and linux/magic.h: NFS, SMB in its three generations, AFS, Coda, 9P, FUSE (sshfs, and every cloud's
    /// drive), Ceph, Lustre, GPFS, OCFS2, NCP, and the shared folders of VirtualBox, VMware and Parallels.
    const NETWORK: &[u32] = &[
        0x6969,
        0x517b,
        0xff53_4d42,
        0xfe53_4d42,
        0x5346_414f,
        0x7375_7245,
        0x0102_1997,
        0x6573_5546,
        0x00c3_6400,
        0x0bd0_0bd0,
        0x4750_4653,
        0x7461_636f,
        0x564c,
        0x786f_4256,
        0xbacb_acbc,
        0x7c7c_6673,
    ];
    rustix::fs::statfs(folder).is_ok_and(|drive| NETWORK.contains(&(drive.f_type as u32)))
}

/// Whether the folder is on a drive that others may change unheard.
#[cfg(windows)]
pub(super) fn is_on_network(folder: &Path) -> bool {
    use std::path::{Component, Prefix};
    matches!(
        folder.components().next(),
        Some(Component::Prefix(prefix)) if matches!(prefix.kind(), Prefix::UNC(..) | Prefix::VerbatimUNC(..))
    )
}

/// Whether the folder is on a drive that others may change unheard. Not known here; the slow look at everything finds it.
#[cfg(not(any(target_os = "linux", windows)))]
pub(super) fn is_on_network(_folder: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_drive_is_asked_as_often_as_asking_is_cheap() {
        let (s, bounds) = (Duration::from_secs, (Duration::from_secs(5), Duration::from_mins(5)));
        for (cost, wait) in [(Duration::from_millis(1), s(5)), (s(1), s(20)), (s(60), s(300))] {
            assert_eq!(polled_after(cost, bounds), wait);
        }
    }

    #[test]
    fn this_machines_own_drives_are_no_network() {
        assert!(!is_on_network(tempfile::tempdir().unwrap().path()));
        assert!(!is_on_network(Path::new("/no/such/folder")));
    }
}
