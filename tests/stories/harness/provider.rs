//! A real OpenID provider (npm `oidc-provider`) in its own process, and the part of a browser that walks through it.

use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};
use url::Url;

/// Address of the town for the provider; nobody listens there, the test carries the browser's steps over by hand.
pub(crate) const BASE: &str = "http://127.0.0.1:1";

/// The provider; it ends with the test.
pub(crate) struct Provider {
    child: Child,
    pub(crate) issuer: String,
    /// Address of the application that people come back to.
    base: String,
    agent: ureq::Agent,
}

impl Drop for Provider {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Provider {
    pub(crate) fn start() -> Self {
        Self::start_for(BASE)
    }

    /// For an application at another address.
    pub(crate) fn start_for(base: &str) -> Self {
        let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/provider.mjs");
        let mut child = Command::new("node")
            .args([script, &port.to_string(), base])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node (apt-get install nodejs; npm ci in web/)");
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line.trim(), "ready", "the provider does not start: npm ci in web/?");
        let agent = ureq::Agent::config_builder()
            .max_redirects(0)
            .http_status_as_error(false)
            .timeout_global(Some(Duration::from_secs(20)))
            .build()
            .new_agent();
        Self { child, issuer: format!("http://127.0.0.1:{port}"), base: base.to_owned(), agent }
    }

    /// Ends the process, as when the provider is down.
    pub(crate) fn stop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }

    /// Settings of the providers for the town, as TOML.
    pub(crate) fn settings(&self, folder: &std::path::Path) -> String {
        let secret = folder.join("client-secret");
        std::fs::write(&secret, "a-secret-of-the-tests-only\n").unwrap();
        let provider = |id: &str, client: &str, more: &str| {
            format!(
                "[[provider]]\nid = \"{id}\"\nname = \"Nơi đăng nhập {id}\"\nissuer = \"{}\"\nclient_id = \"{client}\"\n\
                 client_secret_file = \"{}\"\n{more}\n",
                self.issuer,
                secret.display()
            )
        };
        let citizens = "audience = \"citizens\"\nacr_values = \"LoA1\"\n";
        let staff = "audience = \"staff\"\nleast_assurance = 2\nclaims = { name = [\"HoVaTen\"], sign_in = [\"preferred_username\"] }\n";
        provider("dvcqg", "chuyendong", citizens)
            + &provider("vneid", "chuyendong-vneid", citizens)
            + &provider("tinh", "chuyendong-staff", staff)
    }

    /// Changes how the provider behaves; see the script.
    pub(crate) fn control(&self, change: Value) {
        let answer = self.agent.post(format!("{}/control", self.issuer)).send_json(change).unwrap();
        assert_eq!(answer.status(), 200);
    }

    /// Who presses the button at the provider.
    pub(crate) fn person(&self, person: &str) {
        self.control(json!({ "person": person }));
    }

    /// Walks from the address that the town sent the browser to, through the page with the button, to the address of the
    /// town that the provider sends it back to: path and query.
    pub(crate) fn walk(&self, address: &str) -> String {
        self.walk_with(address, &mut BTreeMap::new())
    }

    /// As [`Self::walk`], with the cookies of a browser that stays signed in at the provider.
    pub(crate) fn walk_with(&self, address: &str, jar: &mut BTreeMap<String, String>) -> String {
        let mut at = Url::parse(address).unwrap();
        let mut press = false;
        for _ in 0..12 {
            let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let cookies = cookies.join("; ");
            let answer = if press {
                self.agent.post(at.as_str()).header("cookie", cookies).send_form([("agree", "yes")])
            } else {
                self.agent.get(at.as_str()).header("cookie", cookies).call()
            };
            let mut answer = answer.unwrap();
            for line in answer.headers().get_all("set-cookie") {
                let pair = line.to_str().unwrap().split(';').next().unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                jar.insert(name.to_owned(), value.to_owned());
            }
            let location = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
            match location {
                Some(to) => {
                    at = at.join(&to).unwrap();
                    press = false;
                    if let Some(path) = at.as_str().strip_prefix(&self.base) {
                        return path.to_owned();
                    }
                }
                None if !press && at.path().starts_with("/interaction/") => press = true,
                None => panic!("{} {}: {}", at, answer.status(), answer.body_mut().read_to_string().unwrap()),
            }
        }
        panic!("the provider leads nowhere: {at}");
    }

    /// The person signs out at the provider itself, in that browser.
    pub(crate) fn sign_out(&self, jar: &BTreeMap<String, String>) {
        let mut cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let asked = self.agent.get(format!("{}/session/end", self.issuer)).header("cookie", cookies.join("; ")).call();
        let mut asked = asked.unwrap();
        for line in asked.headers().get_all("set-cookie") {
            cookies.push(line.to_str().unwrap().split(';').next().unwrap().to_owned());
        }
        let page = asked.body_mut().read_to_string().unwrap();
        let mark = "name=\"xsrf\" value=\"";
        let at = page.find(mark).unwrap_or_else(|| panic!("{page}")) + mark.len();
        let secret = page[at..].split('"').next().unwrap();
        let ended = self
            .agent
            .post(format!("{}/session/end/confirm", self.issuer))
            .header("cookie", cookies.join("; "))
            .send_form([("xsrf", secret), ("logout", "yes")])
            .unwrap();
        assert!(ended.status().as_u16() < 400, "{}", ended.status());
    }
}
