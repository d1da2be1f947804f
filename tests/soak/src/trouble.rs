//! What goes wrong around the command: processes are killed and frozen, the line, the way and the workspace fail, a drive is
//! full or away.

use crate::faults;
use crate::line::Weather;
use crate::process::words;
use crate::world::{CHUNK, World};
use anyhow::Result;
use std::time::Duration;
use tokio::time::sleep;

impl World {
    /// The data folder's drive has no room for a while.
    pub(crate) fn fill(&mut self) {
        let (left, span) = (self.rng.usize(..9 << 20), Duration::from_millis(self.rng.u64(20..3000)));
        if let Some(disk) = &mut self.disk {
            disk.fill(left, span);
            self.tally.fills += 1;
            self.tell(&format!("the drive is full but for {left} bytes for {} ms", span.as_millis()));
        }
    }

    /// Somebody's script is interrupted, perhaps before it has said what it wants.
    pub(crate) async fn kill_guest(&mut self) -> Result<()> {
        self.guests.retain_mut(|guest| !guest.has_ended());
        if !self.guests.is_empty() {
            let guest = self.guests.swap_remove(self.rng.usize(..self.guests.len()));
            guest.kill().await?;
            self.tally.guests_killed += 1;
            self.tell("a guest is killed");
        }
        Ok(())
    }

    /// Another process that would do the work: it follows, and takes over when the other one is killed.
    pub(crate) fn start_second_owner(&mut self) -> Result<()> {
        let second = self.place.start(&words(["run", "--json", "--workspace", &self.workspace]))?;
        self.heard.push(second.said.clone());
        self.guests.push(second);
        self.tally.note("second owners");
        self.tell("a second owner starts");
        Ok(())
    }

    pub(crate) async fn kill_owner(&mut self) -> Result<()> {
        if let Some(owner) = self.owner.take() {
            owner.kill().await?;
            self.tally.kills += 1;
            self.tell("owner is killed");
        }
        Ok(())
    }

    /// As a laptop is shut for a while.
    pub(crate) async fn freeze(&mut self) -> Result<()> {
        let span = Duration::from_millis(self.rng.u64(20..3000));
        if let Some(owner) = &mut self.owner {
            owner.signal("STOP").await?;
            sleep(span).await;
            owner.signal("CONT").await?;
            self.tally.freezes += 1;
            self.tell(&format!("owner was frozen for {} ms", span.as_millis()));
        }
        Ok(())
    }

    pub(crate) fn fault(&mut self) {
        if self.rng.u8(..3) == 0 {
            for fault in faults::draw_unclear(&mut self.rng) {
                self.tell(&format!("{fault:?}"));
                self.sandbox.inject(fault);
            }
            return;
        }
        let bearers_expire = self.line.is_none();
        let fault = faults::draw(&mut self.rng, CHUNK, self.trap.address, bearers_expire);
        self.tell(&format!("{fault:?}"));
        self.sandbox.inject(fault);
    }

    pub(crate) fn turn_weather(&mut self) {
        let (weather, span) = (self.rng.choice(Weather::BAD), Duration::from_millis(self.rng.u64(50..6000)));
        if let (Some(line), Some(weather)) = (&mut self.line, weather) {
            line.weather.turn(weather, span);
            *self.tally.weather.entry(format!("{weather:?}")).or_default() += 1;
            self.tell(&format!("{weather:?} for {} ms", span.as_millis()));
        }
    }

    /// The proxy takes nobody's word, or the certificate is a wrong one.
    pub(crate) fn turn_gate(&mut self) {
        let span = Duration::from_millis(self.rng.u64(50..6000));
        let Some(gate) = &mut self.gate else { return };
        let Some(trouble) = self.rng.choice(gate.troubles()) else { return };
        gate.trouble.turn(trouble, span);
        *self.tally.weather.entry(format!("{trouble:?}")).or_default() += 1;
        self.tell(&format!("{trouble:?} for {} ms", span.as_millis()));
    }

    /// Whoever is started from now on finds nobody who knows the workspace's name, or finds somebody again.
    pub(crate) fn lose_or_find_the_name(&mut self) {
        // A proxy is asked for the workspace by whoever has one.
        if self.gate.as_ref().is_some_and(|gate| !gate.proxied) {
            self.place.nameless = !self.place.nameless;
            if self.place.nameless {
                self.tally.note("times without the name");
            }
            self.tell(&format!("nobody knows the name: {}", self.place.nameless));
        }
    }

    /// The drive with the film is pulled out.
    pub(crate) fn hide(&mut self) -> Result<()> {
        let number = self.rng.usize(..self.wishes.len());
        // In a watched folder that would be one more name of the file.
        if !self.hidden.contains(&number) && !self.wishes[number].is_watched() {
            let file = &self.wishes[number].file;
            std::fs::rename(file, file.with_extension("away"))?;
            self.hidden.push(number);
            self.tell(&format!("talk {number} is away"));
        }
        Ok(())
    }

    pub(crate) fn show(&mut self) -> Result<()> {
        for number in std::mem::take(&mut self.hidden) {
            let file = &self.wishes[number].file;
            std::fs::rename(file.with_extension("away"), file)?;
            self.tell(&format!("talk {number} is back"));
        }
        Ok(())
    }
}
