//! The end of a world: the faults and the weather are over, and a patient person does what each item asks for until the
//! queue is at rest.

use crate::process::{Process, words};
use crate::world::World;
use anyhow::{Result, ensure};
use serde_json::Value;
use slipway_sandbox::VideoRecord;

/// Rounds of looking at the queue. One answer to each question and one retry of each failure should do; some lead to
/// another question.
const ROUNDS: usize = 12;

impl World {
    /// Until every item is over, or says for good why it cannot be.
    pub(crate) async fn come_to_rest(&mut self) -> Result<()> {
        self.tell("the end begins");
        self.sandbox.clear_faults();
        if let Some(line) = &mut self.line {
            line.weather.clear();
        }
        if let Some(gate) = &mut self.gate {
            gate.trouble.clear();
        }
        self.place.nameless = false;
        if let Some(disk) = &mut self.disk {
            disk.empty();
        }
        self.place.files = None;
        self.show()?;
        self.writers_end().await?;
        self.dismiss_guests().await?;
        if let Some(owner) = self.owner.take() {
            owner.kill().await?;
        }
        // Some people look into the queue first, and some run their scripts again without a look at it.
        if self.rng.bool() {
            self.do_what_is_asked().await?;
        }
        self.ask_again_for_what_may_not_be_there().await?;
        if self.watched.is_some() {
            // What lies in a folder is in no queue yet.
            self.work_off().await?;
        }
        self.do_what_is_asked().await?;
        self.words_are_put_right().await
    }

    /// What each item asks for, and nothing else, until none does. A remedy that does not work is asked for again and again.
    async fn do_what_is_asked(&mut self) -> Result<()> {
        for round in 0.. {
            ensure!(round < ROUNDS, "something asks again and again: {:#?}", self.queue().await?);
            if !self.answer_what_asks().await? {
                break;
            }
            self.work_off().await?;
        }
        Ok(())
    }

    async fn work_off(&mut self) -> Result<()> {
        let run = self.place.start(&words(["run", "--until-empty", "--json", "--workspace", &self.workspace]))?;
        self.heard.push(run.said.clone());
        let told = Process::end(run).await?;
        self.tell(&format!("worked off: {:?}", told.status.code()));
        Ok(())
    }

    /// A script that was never told "done" is run again, as its author would: each is in the queue once, whether the first
    /// run had come that far or not.
    async fn ask_again_for_what_may_not_be_there(&mut self) -> Result<()> {
        for at in 0..self.wishes.len() {
            let wish = &self.wishes[at];
            if wish.cancelled || wish.is_watched() || wish.was_told_done() {
                continue;
            }
            let mut command = wish.command(&self.workspace);
            command.extend(words(["--give-up-after", "1s"]));
            let told = self.place.run(&command).await?;
            self.heard.push(told.said.clone());
            self.wishes[at].heard.push(told.said);
            self.tell(&format!("talk {at} is asked for again: {:?}", told.status.code()));
        }
        Ok(())
    }

    /// Whether there was anything to do.
    async fn answer_what_asks(&mut self) -> Result<bool> {
        let mut asked = false;
        for item in self.queue().await? {
            let (id, stage) = (text(&item["item"]), text(&item["stage"]));
            if matches!(stage.as_str(), "done" | "cancelled") {
                continue;
            }
            let remedy = text(&item["failure"]["remedy"]);
            if stage == "failed" && remedy == "give_up" {
                continue;
            }
            asked = true;
            self.tell(&format!("{id} is {stage}: {} {remedy}", item["failure"]["code"]));
            if item["intent"] == "pause" {
                self.say(&words(["queue", "resume", &id, "--json"])).await?;
            }
            if remedy == "settle" {
                self.settle(&id, &item).await?;
            } else if stage == "failed" {
                self.tally.retries += 1;
                self.tally.note(&format!("retried: {}", text(&item["failure"]["code"])));
                self.say(&words(["queue", "retry", &id, "--json"])).await?;
            }
        }
        Ok(asked)
    }

    /// The person looks into the workspace, and says what is there.
    async fn settle(&mut self, id: &str, item: &Value) -> Result<()> {
        self.tally.questions += 1;
        let wish = self.wishes.iter().find(|wish| wish.is_of(item));
        let is_it = |video: &VideoRecord| wish.is_some_and(|wish| wish.is_in(video));
        let there = self.sandbox.videos().into_iter().find(is_it);
        let mut settle = words(["queue", "settle", id, "--json"]);
        settle.extend(match there {
            Some(video) => words(["--arrived", &video.photo_id.to_string()]),
            None => words(["--send-again"]),
        });
        self.say(&settle).await.map(|_| ())
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
