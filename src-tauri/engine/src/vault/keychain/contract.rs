//! What every keychain has to do, whichever store is behind it. The one in memory is held to it each time; the platform's
//! own where somebody lets it be written to, since its entries are real:
//!
//! ```sh
//! cargo test -p slipway-engine -- --ignored the_systems_own_keychain
//! ```

use super::*;

/// The longest credential that there is: four values of OAuth, half as long again as the vendor's own. Windows takes 2560
/// bytes, in two for each character.
fn longest() -> SecretString {
    let value = |length: usize| "k3Y-".repeat(length / 4);
    format!("oauth:{}\n{}\n{}\n{}", value(44), value(76), value(44), value(100)).into()
}

async fn is_kept(desk: &Desk, user: &'static str, text: &SecretString) {
    let (writing, wanted) = (text.clone(), text.expose_secret().to_owned());
    desk.ask(move |keychain| keychain.write(user, &writing)).await.unwrap();
    let read = desk.ask(move |keychain| keychain.read(user)).await.unwrap();
    assert_eq!(read.map(|read| read.expose_secret().to_owned()), Some(wanted));
}

async fn is_absent(desk: &Desk, user: &'static str) {
    let read = desk.ask(move |keychain| keychain.read(user)).await.unwrap();
    assert!(read.is_none(), "{user}");
}

async fn holds(way: Way) {
    const ONE: &str = "https://one.contract.example";
    const OTHER: &str = "https://other.contract.example:8443";
    let desk = Desk::at(way, Duration::from_secs(30));
    let forget = async |user: &'static str| desk.ask(move |keychain| keychain.remove(user)).await.unwrap();
    forget(ONE).await;
    forget(OTHER).await;
    is_absent(&desk, ONE).await;
    // Taken as it is, in the place of what was there, and beside what is another's.
    for text in ["login:tok:en", "workspace:æøå \u{1f511}", "oauth:a\nb\nc\nd"] {
        is_kept(&desk, ONE, &text.into()).await;
    }
    is_kept(&desk, OTHER, &longest()).await;
    is_kept(&desk, ONE, &"login:again".into()).await;
    // Forgotten alone, and as often as anybody likes.
    forget(ONE).await;
    forget(ONE).await;
    is_absent(&desk, ONE).await;
    let other = desk.ask(|keychain| keychain.read(OTHER)).await.unwrap();
    assert!(other.is_some());
    forget(OTHER).await;
    is_absent(&desk, OTHER).await;
}

#[tokio::test]
async fn the_keychain_in_memory_does_what_every_keychain_has_to() {
    holds(pretend::WAY).await;
}

#[tokio::test]
#[ignore = "writes to the keychain of whoever runs it"]
async fn the_systems_own_keychain_does_what_every_keychain_has_to() {
    holds(Way { open, is_unlocked }).await;
}
