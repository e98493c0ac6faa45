//! Settings: defaults, file, environment, command line; later wins.

use std::path::{Path, PathBuf};

use kernel_base::{Error, Result, Words};
use serde::Deserialize;

/// The commented defaults; also what `chuyendong config` prints.
pub const DEFAULTS: &str = include_str!("../config.default.toml");

/// Every setting of the product.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Config {
    pub addr: String,
    pub data: PathBuf,
    pub db: String,
    pub home: String,
    pub public_address: String,
    pub committee: String,
    pub place: String,
    pub province: String,
    pub province_en: String,
    pub secure_cookies: bool,
    pub trusted_proxy: String,
    pub roots: String,
    pub signon: String,
    pub signing_service: String,
    pub timestamp_service: String,
    pub trust: String,
    pub readers: usize,
    pub writers: usize,
    pub workers: usize,
    pub connections_per_address: usize,
    pub board_millis: u64,
    pub log: String,
    pub log_form: String,
    pub mail_server: String,
    pub mail_tls: String,
    pub mail_authority: String,
    pub mail_user: String,
    pub mail_password_file: String,
    pub mail_from: String,
    pub sms_url: String,
    pub sms_token_file: String,
    pub sms_sender: String,
    pub sms_accents: bool,
    pub sms_segments: usize,
    pub push_contact: String,
    pub push_services: String,
    pub message_words: String,
    pub reports_token_file: String,
    pub payments_national_init_url: String,
    pub payments_national_query_url: String,
    pub payments_national_bill_url: String,
    pub payments_national_partner: String,
    pub payments_national_secret_file: String,
    pub payments_national_bearer_file: String,
    pub payments_national_senders: String,
    pub payments_national_lookup_token_file: String,
    pub payments_vnpay_pay_url: String,
    pub payments_vnpay_api_url: String,
    pub payments_vnpay_terminal: String,
    pub payments_vnpay_secret_file: String,
    pub payments_vnpay_senders: String,
    pub payments_timeout_seconds: u64,
    pub payments_bank_bin: String,
    pub payments_bank_name: String,
    pub payments_bank_account: String,
    pub payments_bank_holder: String,
}

/// Settings given on the command line; what is absent comes from elsewhere.
#[derive(Debug, Clone, Default, clap::Args)]
pub struct Overrides {
    /// Configuration file (see `chuyendong config` for a commented one)
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Address and port to listen on
    #[arg(long, global = true, value_name = "ADDR")]
    pub addr: Option<String>,
    /// Directory of database, files and keys
    #[arg(long, global = true, value_name = "DIR")]
    pub data: Option<PathBuf>,
    /// Database: sqlite:PATH or postgres://user:password@host:port/name
    #[arg(long, global = true, value_name = "URL")]
    pub db: Option<String>,
}

impl Config {
    /// Reads all sources.
    ///
    /// # Errors
    /// An unreadable file, a wrong value, or an unknown key with the nearest known one.
    pub fn load(overrides: &Overrides, env: impl Iterator<Item = (String, String)>) -> Result<Self> {
        let mut table = parse(DEFAULTS, Path::new("config.default.toml"))?;
        let known: Vec<String> = table.keys().cloned().collect();
        if let Some(path) = &overrides.config {
            let text = std::fs::read_to_string(path)
                .map_err(|e| wrong(format!("Không đọc được tệp cấu hình {}: {e}", path.display())))?;
            for (key, value) in parse(&text, path)? {
                must_be_known(&key, &known)?;
                table.insert(key, value);
            }
        }
        for (name, value) in env {
            let Some(key) = name.strip_prefix("CHUYENDONG_").map(str::to_lowercase) else { continue };
            if key.starts_with("test_") || key.starts_with("torture") || key == "postgres_bin" {
                continue;
            }
            must_be_known(&key, &known)?;
            let typed = typed(&table, &key, &value)?;
            table.insert(key, typed);
        }
        let text = |value: &Path| toml::Value::String(value.to_string_lossy().into_owned());
        if let Some(addr) = &overrides.addr {
            table.insert("addr".to_owned(), toml::Value::String(addr.clone()));
        }
        if let Some(data) = &overrides.data {
            table.insert("data".to_owned(), text(data));
        }
        if let Some(db) = &overrides.db {
            table.insert("db".to_owned(), toml::Value::String(db.clone()));
        }
        must_fit(&table)?;
        table.try_into().map_err(|e: toml::de::Error| wrong(format!("Cấu hình có giá trị sai kiểu: {}", e.message())))
    }

    /// URL of the database.
    pub fn db_url(&self) -> String {
        if self.db.is_empty() {
            format!("sqlite:{}", self.data.join("chuyendong.db").display())
        } else {
            self.db.clone()
        }
    }

    /// Address printed in QR codes.
    pub fn public_address(&self) -> String {
        if self.public_address.is_empty() { format!("http://{}", self.addr) } else { self.public_address.clone() }
    }

    /// Where root certificates and revocation lists are.
    pub fn trust_dir(&self) -> PathBuf {
        if self.trust.is_empty() { self.data.join("trust") } else { PathBuf::from(&self.trust) }
    }

    /// Where the signed monthly files of the scoreboard are written.
    pub fn public_dir(&self) -> PathBuf {
        self.data.join("public")
    }

    /// Where the signed daily roots are written for a second party.
    pub fn roots_dir(&self) -> PathBuf {
        if self.roots.is_empty() { self.data.join("roots") } else { PathBuf::from(&self.roots) }
    }
}

fn parse(text: &str, path: &Path) -> Result<toml::Table> {
    text.parse()
        .map_err(|e: toml::de::Error| wrong(format!("Tệp cấu hình {} sai cú pháp: {}", path.display(), e.message())))
}

/// Every setting has the type of its default; the first that has not is named.
fn must_fit(table: &toml::Table) -> Result<()> {
    for (key, default) in &parse(DEFAULTS, Path::new("config.default.toml"))? {
        let Some(given) = table.get(key).filter(|given| !given.same_type(default)) else { continue };
        let wanted = match default {
            toml::Value::Boolean(_) => "true hoặc false",
            toml::Value::Integer(_) => "một số nguyên, không có ngoặc kép",
            _ => "chữ trong ngoặc kép",
        };
        return Err(wrong(format!("Thiết lập “{key}” ghi là {given}; hãy ghi {wanted}.")));
    }
    Ok(())
}

/// An environment variable has the type of the default.
fn typed(table: &toml::Table, key: &str, value: &str) -> Result<toml::Value> {
    let bad = |_| wrong(format!("CHUYENDONG_{}: giá trị “{value}” sai kiểu.", key.to_uppercase()));
    match table.get(key) {
        Some(toml::Value::Boolean(_)) => value.parse().map(toml::Value::Boolean).map_err(|_| bad(())),
        Some(toml::Value::Integer(_)) => value.parse().map(toml::Value::Integer).map_err(|_| bad(())),
        _ => Ok(toml::Value::String(value.to_owned())),
    }
}

fn must_be_known(key: &str, known: &[String]) -> Result<()> {
    if known.iter().any(|k| k == key) {
        return Ok(());
    }
    let near = |k: &&String| distance(k, key) <= (key.len() / 3).max(1);
    match known.iter().filter(near).min_by_key(|k| distance(k, key)) {
        Some(nearest) => Err(wrong(format!("Không có thiết lập “{key}”. Có phải bạn muốn viết “{nearest}”?"))),
        None => Err(wrong(format!("Không có thiết lập “{key}”. Xem các thiết lập có thể dùng: chuyendong config"))),
    }
}

fn wrong(sentence: String) -> Error {
    Error::refused("config", Words::new(sentence, ""))
}

/// Edit distance of two short words.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut before = row.first().copied().unwrap_or(0);
        if let Some(first) = row.first_mut() {
            *first = i + 1;
        }
        for (j, y) in b.iter().enumerate() {
            let change = before + usize::from(x != *y);
            before = row.get(j + 1).copied().unwrap_or(0);
            let best = change.min(before + 1).min(row.get(j).copied().unwrap_or(0) + 1);
            if let Some(cell) = row.get_mut(j + 1) {
                *cell = best;
            }
        }
    }
    row.last().copied().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_are_complete() {
        let config = Config::load(&Overrides::default(), std::iter::empty()).unwrap();
        assert_eq!(config.addr, "127.0.0.1:8080");
        assert_eq!(config.db_url(), "sqlite:data/chuyendong.db");
    }

    #[test]
    fn the_command_line_wins_over_the_environment() {
        let overrides = Overrides { addr: Some("127.0.0.1:9".to_owned()), ..Overrides::default() };
        let env = [("CHUYENDONG_ADDR", "127.0.0.1:8"), ("CHUYENDONG_READERS", "2"), ("PATH", "/bin")];
        let config = Config::load(&overrides, env.into_iter().map(|(k, v)| (k.to_owned(), v.to_owned()))).unwrap();
        assert_eq!((config.addr.as_str(), config.readers), ("127.0.0.1:9", 2));
    }

    #[test]
    fn a_value_of_the_wrong_type_is_named_with_what_to_write() {
        for (text, said) in [
            ("addr = 1", "“addr” ghi là 1; hãy ghi chữ trong ngoặc kép"),
            ("readers = \"2\"", "“readers” ghi là \"2\"; hãy ghi một số nguyên"),
            ("addr = [1]", "“addr” ghi là [1]"),
        ] {
            let mut table = parse(DEFAULTS, Path::new("x")).unwrap();
            table.extend(parse(text, Path::new("x")).unwrap());
            let error = must_fit(&table).unwrap_err();
            assert!(error.words.vi.contains(said), "{text}: {}", error.words.vi);
        }
        let env = std::iter::once(("CHUYENDONG_XYZ".to_owned(), "1".to_owned()));
        let error = Config::load(&Overrides::default(), env).unwrap_err();
        assert!(
            !error.words.vi.contains("Có phải") && error.words.vi.contains("chuyendong config"),
            "{}",
            error.words.vi
        );
    }

    #[test]
    fn a_misspelt_key_is_refused_with_the_nearest_known_one() {
        let table = parse(DEFAULTS, Path::new("x")).unwrap();
        for key in table.keys().filter(|k| k.len() > 3) {
            let wrong_key = format!("{}x", &key[..key.len() - 1]);
            let env = std::iter::once((format!("CHUYENDONG_{}", wrong_key.to_uppercase()), "1".to_owned()));
            let error = Config::load(&Overrides::default(), env).unwrap_err();
            assert!(error.words.vi.contains(&format!("“{key}”")), "{wrong_key}: {}", error.words.vi);
        }
    }
}
