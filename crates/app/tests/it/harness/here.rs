//! Everything in the process of the test, on new, empty data.

use expense_tracker::config::{Config, GATEWAY};
use expense_tracker::serve::Server;
use tempfile::TempDir;

use super::{System, config_in, without_limits};

/// Where a server can run, with nothing in it yet.
pub struct Ground {
    pub config: Config,
    pub folder: TempDir,
}

impl Ground {
    pub fn new(database: &str) -> Ground {
        let folder = tempfile::tempdir().unwrap();
        let mut config = config_in(folder.path());
        std::fs::write(&config.gateway, without_limits(GATEWAY)).unwrap();
        config.listen = "127.0.0.1:0".to_owned();
        config.internal_listen = "127.0.0.1:0".to_owned();
        config.database = database.to_owned();
        Ground { config, folder }
    }

    pub async fn start(self) -> System {
        let Ground { config, folder } = self;
        let server = Server::start(config.clone(), &[]).await.unwrap();
        System::Here(Box::new(Here { config, server: Some(server), folder }))
    }
}

/// One running server.
pub struct Here {
    pub(super) config: Config,
    server: Option<Server>,
    folder: TempDir,
}

impl Here {
    fn server(&self) -> &Server {
        self.server.as_ref().unwrap()
    }

    pub async fn restart(&mut self) {
        self.server.take().unwrap().stop().await.unwrap();
        self.server = Some(Server::start(self.config.clone(), &[]).await.unwrap());
    }

    pub async fn stop(mut self) -> Ground {
        self.server.take().unwrap().stop().await.unwrap();
        Ground { config: self.config, folder: self.folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.server().public)
    }

    pub fn internal(&self) -> String {
        format!("http://{}", self.server().internal.unwrap())
    }
}
