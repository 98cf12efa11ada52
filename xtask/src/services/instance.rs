//! A server of one test's own.

use std::fs;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::{Place, Running, Server, start_at};
use crate::process;

/// A server that can be stopped, killed, and started again with its data at its address. It goes
/// away with this value.
pub struct Instance {
    server: &'static dyn Server,
    place: Place,
    running: Option<Running>,
}

impl Instance {
    /// Installs what is missing and starts a new, empty server.
    pub fn start(server: &'static dyn Server) -> Result<Instance> {
        server.install()?;
        let place = Place::new(server)?;
        let mut instance = Instance { server, place, running: None };
        instance.server.prepare(&instance.place)?;
        instance.start_again()?;
        Ok(instance)
    }

    /// Its URL, without the name of a database.
    pub fn address(&self) -> String {
        self.server.address(&self.place)
    }

    /// Ends it in order.
    pub fn stop(&mut self) -> Result<()> {
        self.end(self.server.stop_signal())
    }

    /// Ends it as a power failure would.
    pub fn kill(&mut self) -> Result<()> {
        self.end(Signal::KILL)
    }

    /// Starts it where it was.
    pub fn start_again(&mut self) -> Result<()> {
        let started = start_at(self.server, &self.place);
        self.running =
            Some(started.with_context(|| format!("can't start {}", self.server.name()))?);
        Ok(())
    }

    fn end(&mut self, signal: Signal) -> Result<()> {
        let Some(running) = self.running.take() else { return Ok(()) };
        process::stop(running.process, &running.mark(), signal)
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            eprintln!("xtask: {error:#}");
        }
        let _nothing_of_value = fs::remove_dir_all(&self.place.dir);
    }
}
