//! Outside worlds as processes of their own, the simulators that the product brings.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
};

use kernel_db::Engine;
use serde_json::Value;

use super::{PROGRAM, Provider, Town};

/// `chuyendong simulator …`; it ends with the test.
pub(crate) struct Simulator {
    child: Child,
    /// Kept open: what the process says later must go somewhere.
    _says: BufReader<ChildStdout>,
    /// `http://127.0.0.1:NNNN`
    pub(crate) address: String,
}

impl Drop for Simulator {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

impl Simulator {
    /// Starts one on a free port and waits until it names its address.
    pub(crate) fn start(kind: &str, more: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["simulator", kind, "--listen", "127.0.0.1:0"])
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut says = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        says.read_line(&mut line).unwrap();
        let address = line.split_whitespace().find(|word| word.starts_with("http://"));
        let address = address.unwrap_or_else(|| panic!("simulator {kind}: {line}")).trim_end_matches('/').to_owned();
        Self { child, _says: says, address }
    }

    pub(crate) fn get(&self, path: &str) -> Vec<u8> {
        let mut answer = ureq::get(format!("{}{path}", self.address)).call().unwrap();
        answer.body_mut().read_to_vec().unwrap()
    }

    /// What phones would have received, of `simulator sms`.
    pub(crate) fn messages(&self) -> Vec<Value> {
        serde_json::from_slice(&self.get("/messages")).unwrap()
    }
}

/// A town with everything around it in other processes: a provider where people sign on (npm `oidc-provider`), payment
/// gateways, the signing and time-stamp services, a gateway for SMS. Its clock runs, and so do its jobs.
pub(crate) struct World {
    jobs: Option<kernel_jobs::RunnerHandle>,
    pub(crate) town: Town,
    pub(crate) address: String,
    pub(crate) provider: Provider,
    pub(crate) payments: Simulator,
    pub(crate) signing: Simulator,
    pub(crate) sms: Simulator,
    /// Secrets of the gateways and the signing keys.
    _keys: tempfile::TempDir,
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(jobs) = self.jobs.take() {
            jobs.stop();
        }
    }
}

impl World {
    pub(crate) async fn open(engine: Engine) -> Self {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let keys = tempfile::tempdir().unwrap();
        let secret = |name: &str| {
            let file = keys.path().join(name).display().to_string();
            std::fs::write(&file, format!("bi-mat-{name}\n")).unwrap();
            file
        };
        let (vnpay, national, token) = (secret("vnpay"), secret("national"), secret("sms"));
        let kept = keys.path().join("signing.json").display().to_string();
        // A minute behind, so that no time stamp lies in the town's future.
        let signing = Simulator::start("signing", &["--clock", "2021-07-26T07:59", "--keys", &kept]);
        let sms = Simulator::start("sms", &["--token", "bi-mat-sms"]);
        let payments = Simulator::start(
            "payments",
            &["--client", &address, "--vnpay-secret-file", &vnpay, "--national-secret-file", &national],
        );
        let provider = Provider::start_for(&address);
        let town = Town::open_with(engine, |config| {
            config.public_address.clone_from(&address);
            let file = config.data.join("signon.toml");
            std::fs::write(&file, provider.settings(&config.data)).unwrap();
            config.signon = file.display().to_string();
            chuyendong::commands::simulator_payments::point_to(config, &payments.address, (vnpay, national));
            config.signing_service.clone_from(&signing.address);
            config.timestamp_service = format!("{}/stamp", signing.address);
            config.trust = trust(&config.data, &signing);
            config.sms_url = format!("{}/sms", sms.address);
            config.sms_token_file.clone_from(&token);
        });
        town.clock.run_from(chuyendong::demo::start());
        town.serve_on(listener).await;
        let jobs = Some(chuyendong::server::start_jobs(&town.parts).unwrap());
        Self { jobs, town, address, provider, payments, signing, sms, _keys: keys }
    }
}

/// A folder that trusts the simulator's authority.
fn trust(data: &Path, signing: &Simulator) -> String {
    let folder = data.join("trust");
    std::fs::create_dir_all(&folder).unwrap();
    for (name, path) in [("root.pem", "/root.pem"), ("issuing.crl", "/crl/issuing.crl"), ("root.crl", "/crl/root.crl")]
    {
        std::fs::write(folder.join(name), signing.get(path)).unwrap();
    }
    folder.display().to_string()
}
