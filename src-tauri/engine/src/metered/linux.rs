//! NetworkManager's word on whether the connection costs: a property of its object on the system's bus.

use super::Metered;
use futures_util::StreamExt;
use tokio::sync::watch;
use zbus::Connection;
use zbus::fdo::{DBusProxy, PropertiesProxy};
use zbus::names::{BusName, InterfaceName};

const NAME: &str = "org.freedesktop.NetworkManager";
const PATH: &str = "/org/freedesktop/NetworkManager";
const INTERFACE: &str = "org.freedesktop.NetworkManager";
const PROPERTY: &str = "Metered";

/// Tells what is true and what changes, until nobody listens.
pub(super) async fn follow(tell: &watch::Sender<Metered>) -> zbus::Result<()> {
    let bus = Connection::system().await?;
    let names = DBusProxy::new(&bus).await?;
    let mut owners = names.receive_name_owner_changed_with_args(&[(0, NAME)]).await?;
    let properties = PropertiesProxy::builder(&bus).destination(NAME)?.path(PATH)?.build().await?;
    let mut changes = properties.receive_properties_changed().await?;
    loop {
        let now = ask(&names, &properties).await?;
        tell.send_if_modified(|known| std::mem::replace(known, now) != now);
        let goes_on = tokio::select! {
            change = changes.next() => change.is_some(),
            owner = owners.next() => owner.is_some(),
            () = tell.closed() => false,
        };
        if !goes_on {
            // Without a bus nobody knows any more.
            tell.send_replace(Metered::Unknown);
            return Ok(());
        }
    }
}

/// Asking somebody who is not there could start the service.
async fn ask(names: &DBusProxy<'_>, properties: &PropertiesProxy<'_>) -> zbus::Result<Metered> {
    if !names.name_has_owner(BusName::from_static_str(NAME)?).await? {
        return Ok(Metered::Unknown);
    }
    let said = properties.get(InterfaceName::from_static_str(INTERFACE)?, PROPERTY).await;
    Ok(match said.ok().and_then(|said| u32::try_from(said).ok()) {
        // Said by a person or the network itself, or guessed from the kind of connection, such as a phone's.
        Some(1 | 3) => Metered::Yes,
        Some(2 | 4) => Metered::No,
        _ => Metered::Unknown,
    })
}
