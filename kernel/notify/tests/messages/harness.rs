//! The other sides as one node process, and a world that sends to them.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    sync::{Arc, OnceLock},
    time::Duration,
};

use kernel_base::TypedId;
use kernel_contract::{Notice, Notices, Recipient};
use kernel_db::{Engine, Migration, Ports};
use kernel_jobs::Runner;
use kernel_notify::{Book, HttpSms, Mail, MailSettings, MailTls, Notify, OwnWords, Push, PushKey, Sms, SmsStyle, Ways};
use kernel_org::{AccountId, CitizenActor};
use kernel_testkit::{World, WorldOptions};
use kernel_web::{Contact, accounts};
use serde_json::Value;

pub(crate) const MIGRATIONS: &[&[Migration]] = &[
    kernel_ledger::MIGRATIONS,
    kernel_jobs::MIGRATIONS,
    kernel_org::MIGRATIONS,
    kernel_web::MIGRATIONS,
    kernel_notify::MIGRATIONS,
];

/// The node program; ends with the test.
#[derive(Debug)]
pub(crate) struct Peers {
    process: Child,
    pub(crate) ports: Value,
}

impl Peers {
    pub(crate) fn start() -> Self {
        Self::with(&[])
    }

    /// As [`Self::start`], with mail servers that show the certificates of a folder.
    pub(crate) fn guarded(folder: &Path) -> Self {
        Self::with(&[folder])
    }

    fn with(arguments: &[&Path]) -> Self {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers.mjs");
        let mut process = Command::new("node")
            .arg(script)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node: run `npm ci` in web/ first");
        let mut line = String::new();
        BufReader::new(process.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let ports = serde_json::from_str(&line).expect("node_modules: run `npm ci` in web/ first");
        Self { process, ports }
    }

    pub(crate) fn port(&self, name: &str) -> i64 {
        self.ports[name].as_i64().unwrap()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port("http"))
    }

    /// Everything that came.
    pub(crate) fn seen(&self) -> Value {
        let text = ureq::get(self.url("/seen")).call().unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }
}

impl Drop for Peers {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Where the ways lead; a test changes one to meet trouble.
#[derive(Debug, Clone)]
pub(crate) struct Ends {
    pub(crate) mail: String,
    pub(crate) login: Option<(String, String)>,
    pub(crate) sms: String,
    pub(crate) services: String,
    pub(crate) patience: Duration,
    pub(crate) tls: MailTls,
    /// An authority of one's own, PEM.
    pub(crate) authority: Option<Vec<u8>>,
}

impl Ends {
    pub(crate) fn of(peers: &Peers) -> Self {
        Self {
            mail: format!("127.0.0.1:{}", peers.port("smtp")),
            login: None,
            sms: peers.url("/sms"),
            services: format!("127.0.0.1:{}", peers.port("http")),
            patience: Duration::from_secs(2),
            tls: MailTls::None,
            authority: None,
        }
    }

    pub(crate) fn notify(&self) -> Notify {
        static KEY: OnceLock<Vec<u8>> = OnceLock::new();
        let key = KEY.get_or_init(|| PushKey::generate().unwrap().1);
        let settings = MailSettings {
            server: self.mail.clone(),
            tls: self.tls,
            login: self.login.clone(),
            from: "Chuyển Động <khong-tra-loi@chuyendong.example>".to_owned(),
            authority: self.authority.clone(),
            patience: self.patience,
        };
        let sms: Arc<dyn Sms> = Arc::new(HttpSms::new(&self.sms, "token", "CHUYENDONG", self.patience));
        let push = Push::new(PushKey::load(key).unwrap(), "mailto:quan-tri@chuyendong.example", &self.services);
        let ways = Ways {
            mail: Some(Mail::new(&settings).unwrap()),
            sms: Some(sms),
            push: Some(push),
            mailbox: false,
            reports: None,
        };
        let book = Book::load(OwnWords::default(), SmsStyle::default(), "https://dvc.example").unwrap();
        Notify::new(book, ways)
    }
}

/// A world whose messages go to the peers.
#[derive(Debug)]
pub(crate) struct Post {
    pub(crate) world: World,
    pub(crate) peers: Peers,
    pub(crate) ends: Ends,
}

pub(crate) fn post(engine: Engine) -> Post {
    post_with(engine, Peers::start())
}

/// A world whose messages go to these peers.
pub(crate) fn post_with(engine: Engine, peers: Peers) -> Post {
    let ends = Ends::of(&peers);
    let ports = Ports::new().with::<dyn Notices>(Arc::new(ends.notify()));
    let world = World::with(WorldOptions { engine, migrations: MIGRATIONS, ports, append_only: &[] });
    Post { world, peers, ends }
}

impl Post {
    /// Runs what is due with these ends.
    pub(crate) fn run(&self, ends: &Ends) -> usize {
        self.runner(&ends.notify()).run_due().unwrap()
    }

    pub(crate) fn runner(&self, notify: &Notify) -> Runner {
        Runner::new(self.world.db.clone(), self.world.home.clone(), kernel_notify::handlers(notify), [])
    }

    /// A citizen who signs in with this contact.
    pub(crate) fn citizen(&self, contact: &str) -> CitizenActor {
        let contact = Contact::parse(contact).unwrap();
        self.world.write(move |tx| accounts::citizen_of(tx, &contact)).unwrap()
    }

    /// Tells an account that its dossier was accepted.
    pub(crate) fn tell(&self, account: &AccountId, kind: &str, key: &str) -> bool {
        let (notify, account) = (self.ends.notify(), account.as_str().to_owned());
        let (kind, key) = (kind.to_owned(), key.to_owned());
        self.world
            .write(move |tx| {
                let at = tx.now();
                notify.tell(tx, &notice(Recipient::Account(&account), &kind, &key, &values(), at))
            })
            .unwrap()
    }

    /// State, reason, attempts and next instant of every delivery, as `state reason attempts`.
    pub(crate) fn states(&self, account: &AccountId) -> Vec<String> {
        let to = account.as_str().to_owned();
        let export = self.world.read(move |tx| kernel_notify::export(tx, Recipient::Account(&to))).unwrap();
        let one = |d: &Value| format!("{} {}", d["channel"].as_str().unwrap(), d["state"].as_str().unwrap());
        export["deliveries"].as_array().unwrap().iter().map(one).collect()
    }
}

pub(crate) fn values() -> Vec<(&'static str, String)> {
    [
        ("code", "000.01.31.H47-210726-0001"),
        ("procedure", "Đăng ký khai sinh"),
        ("due", "16:30 ngày 28/07/2021"),
        ("reply_by", "16:30 ngày 30/07/2021"),
        ("number", "123456"),
        ("minutes", "10"),
    ]
    .map(|(name, value)| (name, value.to_owned()))
    .to_vec()
}

pub(crate) fn notice<'a>(
    to: Recipient<'a>,
    kind: &'a str,
    key: &'a str,
    values: &'a [(&'a str, String)],
    at: kernel_base::Instant,
) -> Notice<'a> {
    Notice { to, kind, key, values, link: "/dossiers/000.01.31.H47-210726-0001", at }
}
