//! One client of the load. It acts at random, but knows what each of its files must hold: whatever
//! the server confirmed must be stored, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::Ipv4Addr;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::Result;
use crate::chance::Chance;
use crate::wire::{Control, Target};

/// How many faults are kept as text; further ones are only counted.
const SHOWN: usize = 20;
/// The number of files of each client.
const FILES: u64 = 4;

type Hash = [u8; 32];

/// What was done.
#[derive(Default)]
pub(crate) struct Tally {
    counts: BTreeMap<&'static str, u64>,
    stored: u64,
    fetched: u64,
    pub(crate) faults: Vec<String>,
}

impl Tally {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn fault(&mut self, fault: String) {
        self.count("faults");
        if self.faults.len() < SHOWN {
            self.faults.push(fault);
        }
    }

    pub(crate) fn add(&mut self, other: &Self) {
        for (what, count) in &other.counts {
            *self.counts.entry(what).or_default() += count;
        }
        self.stored += other.stored;
        self.fetched += other.fetched;
        let room = SHOWN.saturating_sub(self.faults.len());
        self.faults.extend(other.faults.iter().take(room).cloned());
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (what, count) in &self.counts {
            writeln!(f, "{count:>9} {what}")?;
        }
        write!(f, "{:>9} MiB stored, {} MiB fetched", self.stored >> 20, self.fetched >> 20)
    }
}

/// A client with its own folder on the server.
pub(crate) struct Client {
    number: u32,
    source: Ipv4Addr,
    tls: bool,
    chance: Chance,
    control: Option<Control>,
    folder_made: bool,
    /// What each file must hold.
    files: BTreeMap<String, Hash>,
}

impl Client {
    pub(crate) fn new(number: u32, source: Ipv4Addr, seed: u64) -> Self {
        Self {
            number,
            source,
            tls: number % 2 == 1,
            chance: Chance::new(seed),
            control: None,
            folder_made: false,
            files: BTreeMap::new(),
        }
    }

    /// Performs one random action.
    pub(crate) fn step(&mut self, target: &Target, tally: &mut Tally) {
        if let Err(error) = self.try_step(target, tally) {
            tally.fault(format!(
                "client {}{}: {error}",
                self.number,
                if self.tls { " (TLS)" } else { "" }
            ));
            self.control = None;
        }
    }

    fn try_step(&mut self, target: &Target, tally: &mut Tally) -> Result<()> {
        if self.control.is_none() {
            return self.log_in(target, tally);
        }
        match self.chance.below(100) {
            0..28 => self.store(tally),
            28..55 => self.fetch(tally),
            55..63 => self.list(tally),
            63..69 => self.hash(tally),
            69..77 => self.ask(tally),
            77..82 => self.rename(tally),
            82..86 => self.delete(tally),
            86..90 => self.abort(tally),
            90..93 => self.vanish_in_upload(tally),
            93..95 => self.vanish_in_download(tally),
            95..97 => self.vanish_in_command(tally),
            97..98 => self.vanish_before_data(tally),
            _ => self.leave(tally),
        }
    }

    fn control(&mut self) -> Result<&mut Control> {
        self.control.as_mut().ok_or_else(|| "no connection".into())
    }

    fn log_in(&mut self, target: &Target, tally: &mut Tally) -> Result<()> {
        let mut control = Control::connect(target, Some(self.source), self.tls)?;
        control.log_in()?;
        let folder = format!("s{:05}", self.number);
        if !self.folder_made {
            control.wanted(&format!("MKD {folder}"), &[257])?;
            self.folder_made = true;
        }
        control.wanted(&format!("CWD {folder}"), &[250])?;
        self.control = Some(control);
        tally.count(if self.tls { "logins under TLS" } else { "logins" });
        Ok(())
    }

    fn name(&mut self) -> String {
        format!("file-{}", self.chance.below(FILES))
    }

    /// A file whose content is known, if there is one.
    fn known(&mut self) -> Option<(String, Hash)> {
        let count = self.files.len() as u64;
        let index = usize::try_from(self.chance.below(count)).ok()?;
        self.files.iter().nth(index).map(|(name, hash)| (name.clone(), *hash))
    }

    fn store(&mut self, tally: &mut Tally) -> Result<()> {
        let name = self.name();
        let length = self.chance.length();
        let content = self.chance.bytes(length);
        let line = format!("STOR {name}");
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(&line, &[150])?;
        let mut data = control.secure(socket)?;
        data.write_all(&content)?;
        data.finish()?;
        let reply = control.answer(&line)?;
        if reply.code != 226 {
            return Err(format!("{line} ended with {} {}", reply.code, reply.text).into());
        }
        self.files.insert(name, Sha256::digest(&content).into());
        tally.count("uploads");
        tally.stored += content.len() as u64;
        Ok(())
    }

    fn fetch(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((name, hash)) = self.known() else { return self.store(tally) };
        let line = format!("RETR {name}");
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(&line, &[150])?;
        let content = control.secure(socket)?.read_all()?;
        let reply = control.answer(&line)?;
        if reply.code != 226 || Hash::from(Sha256::digest(&content)) != hash {
            let length = content.len();
            return Err(
                format!("{line} sent {length} wrong bytes, {} {}", reply.code, reply.text).into()
            );
        }
        tally.count("downloads");
        tally.fetched += content.len() as u64;
        Ok(())
    }

    fn list(&mut self, tally: &mut Tally) -> Result<()> {
        let verb = ["LIST", "MLSD", "NLST"][usize::try_from(self.chance.below(3)).unwrap_or(0)];
        let wanted: Vec<String> = self.files.keys().cloned().collect();
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(verb, &[150])?;
        let text = control.secure(socket)?.read_all()?;
        let text = String::from_utf8_lossy(&text).into_owned();
        control.answer(verb)?;
        if let Some(missing) = wanted.iter().find(|name| !text.contains(name.as_str())) {
            return Err(format!("{verb} does not show {missing}").into());
        }
        tally.count("listings");
        Ok(())
    }

    fn hash(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((name, hash)) = self.known() else { return Ok(()) };
        let reply = self.control()?.wanted(&format!("XSHA256 {name}"), &[250])?;
        let hex = hash.iter().map(|byte| format!("{byte:02X}")).collect::<String>();
        if !reply.text.contains(&hex) {
            return Err(format!("XSHA256 {name} said {}", reply.text).into());
        }
        tally.count("hashes");
        Ok(())
    }

    fn ask(&mut self, tally: &mut Tally) -> Result<()> {
        let name = self.name();
        let lines = ["NOOP", "STAT", "PWD", "SYST", "FEAT", "HELP STOR", "XYZZY", "MDTM", "MLST"];
        let index = usize::try_from(self.chance.below(lines.len() as u64 + 2)).unwrap_or(0);
        let line = match lines.get(index) {
            Some(line) => (*line).to_owned(),
            None => format!("{} {name}", if index % 2 == 0 { "SIZE" } else { "MLST" }),
        };
        self.control()?.ask(&line)?;
        tally.count("questions");
        Ok(())
    }

    fn rename(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((from, hash)) = self.known() else { return Ok(()) };
        let to = self.name();
        if to == from {
            return Ok(());
        }
        let control = self.control()?;
        control.wanted(&format!("RNFR {from}"), &[350])?;
        control.wanted(&format!("RNTO {to}"), &[250])?;
        self.files.remove(&from);
        self.files.insert(to, hash);
        tally.count("renames");
        Ok(())
    }

    fn delete(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((name, _)) = self.known() else { return Ok(()) };
        self.control()?.wanted(&format!("DELE {name}"), &[250])?;
        self.files.remove(&name);
        tally.count("deletions");
        Ok(())
    }

    fn abort(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((name, _)) = self.known() else { return Ok(()) };
        let line = format!("RETR {name}");
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(&line, &[150])?;
        control.send("ABOR")?;
        // The transfer may have ended before ABOR.
        let ended = control.answer(&line)?.code;
        let answer = control.answer("ABOR")?.code;
        drop(socket);
        if !matches!((ended, answer), (226 | 426 | 522, 226 | 225)) {
            return Err(format!("ABOR was answered {ended}, {answer}").into());
        }
        tally.count("aborts");
        Ok(())
    }

    /// Vanishes in the middle of an upload. The file must stay as it was, or not exist.
    fn vanish_in_upload(&mut self, tally: &mut Tally) -> Result<()> {
        let name = self.name();
        let length = self.chance.length() + 1;
        let content = self.chance.bytes(length);
        let sent = usize::try_from(self.chance.below(length as u64)).unwrap_or(0);
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(&format!("STOR {name}"), &[150])?;
        let mut data = control.secure(socket)?;
        data.write_all(content.get(..sent).unwrap_or_default())?;
        data.flush()?;
        data.vanish();
        self.vanish();
        tally.count("clients lost in an upload");
        Ok(())
    }

    fn vanish_in_download(&mut self, tally: &mut Tally) -> Result<()> {
        let Some((name, _)) = self.known() else { return Ok(()) };
        let wanted = self.chance.below(8192);
        let control = self.control()?;
        let socket = control.passive()?;
        control.wanted(&format!("RETR {name}"), &[150])?;
        let mut data = control.secure(socket)?;
        let mut some = vec![0; usize::try_from(wanted).unwrap_or(0)];
        // The file may be shorter.
        let _ = data.read(&mut some)?;
        data.vanish();
        self.vanish();
        tally.count("clients lost in a download");
        Ok(())
    }

    fn vanish_in_command(&mut self, tally: &mut Tally) -> Result<()> {
        let line = "MLST file-0\r\nEPSV\r\nPWD\r\n";
        let length = usize::try_from(self.chance.below(line.len() as u64)).unwrap_or(0);
        self.control()?.send_part(line, length)?;
        self.vanish();
        tally.count("clients lost in a command");
        Ok(())
    }

    /// Vanishes with an open passive port that nobody will use.
    fn vanish_before_data(&mut self, tally: &mut Tally) -> Result<()> {
        self.control()?.wanted("EPSV", &[229])?;
        self.control()?.send("STOR file-0")?;
        self.vanish();
        tally.count("clients lost before their data");
        Ok(())
    }

    fn vanish(&mut self) {
        if let Some(control) = self.control.take() {
            control.vanish();
        }
    }

    fn leave(&mut self, tally: &mut Tally) -> Result<()> {
        self.control()?.wanted("QUIT", &[221])?;
        self.control = None;
        tally.count("sessions that quit");
        Ok(())
    }

    pub(crate) fn quit(&mut self, tally: &mut Tally) {
        if self.control.is_some()
            && let Err(error) = self.leave(tally)
        {
            tally.fault(format!("client {}: {error}", self.number));
        }
        self.control = None;
    }

    /// Checks that the disk holds what the server confirmed.
    pub(crate) fn check_disk(&self, root: &Path) -> Vec<String> {
        let folder = root.join(format!("s{:05}", self.number));
        let mut faults = Vec::new();
        let mut names: BTreeSet<String> = BTreeSet::new();
        for entry in std::fs::read_dir(&folder).into_iter().flatten().flatten() {
            names.insert(entry.file_name().to_string_lossy().into_owned());
        }
        for (name, hash) in &self.files {
            let content = std::fs::read(folder.join(name));
            if !content.is_ok_and(|content| Hash::from(Sha256::digest(&content)) == *hash) {
                faults.push(format!("{}/{name} is not what was stored", folder.display()));
            }
            names.remove(name);
        }
        // Parts of interrupted uploads are the only other files allowed.
        let strangers = names.iter().filter(|name| !name.ends_with(".part-packetboat"));
        faults
            .extend(strangers.map(|name| format!("{}/{name} was never stored", folder.display())));
        faults
    }
}
