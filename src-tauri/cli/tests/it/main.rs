//! The `slipway` command as a process of its own, beside a workspace in the test's process. A module for each promise
//! that only a whole process can keep or break; `rig` is what they stand on.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails where it stands")]

mod bundle;
#[cfg(target_os = "linux")]
mod canary;
mod companions;
#[cfg(unix)]
mod crash;
#[cfg(unix)]
mod crash_replacing;
#[cfg(target_os = "linux")]
mod drives;
mod events;
mod exit_status;
#[cfg(target_os = "linux")]
mod folder;
mod guest;
#[cfg(target_os = "linux")]
mod guest_rights;
#[cfg(target_os = "linux")]
mod keychain;
#[cfg(target_os = "linux")]
mod keys;
mod kills;
mod library;
mod limits;
#[cfg(target_os = "linux")]
mod machine;
#[cfg(unix)]
mod many_files;
#[cfg(target_os = "linux")]
mod metered;
#[cfg(target_os = "linux")]
mod namespaces;
mod pretend;
#[cfg(target_os = "linux")]
mod prompts;
mod proxies;
mod queue;
mod rig;
#[cfg(unix)]
mod sleeping;
#[cfg(unix)]
mod takeover;
#[cfg(target_os = "linux")]
mod watched_drives;
mod watching;
