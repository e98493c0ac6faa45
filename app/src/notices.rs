//! Sets up the ways out for messages from the settings; a wrong one stops the start.

use std::{path::Path, sync::Arc, time::Duration};

use kernel_base::{Error, Result, Words};
use kernel_notify::{Book, HttpSms, Mail, MailSettings, MailTls, Notify, OwnWords, Push, PushKey, Sms, SmsStyle, Ways};

use crate::{config::Config, server::keep};

/// A mail server or gateway that is silent for so long is tried again later.
const PATIENCE: Duration = Duration::from_secs(20);

/// The messages of this installation.
///
/// # Errors
/// A wrong setting, an unreadable file, or a message whose words are wrong, in one sentence each.
pub fn notify(config: &Config, demonstration: bool) -> Result<Notify> {
    let own = |name: &str| match config.message_words.as_str() {
        "" => Ok(String::new()),
        folder => match std::fs::read_to_string(Path::new(folder).join(name)) {
            Ok(text) => Ok(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(String::new()),
            Err(error) => Err(wrong(format!("Không đọc được {folder}/{name}: {error}."))),
        },
    };
    let (vi, en) = (own("vi.toml")?, own("en.toml")?);
    let style = SmsStyle { accents: config.sms_accents, segments: config.sms_segments };
    let book = Book::load(OwnWords { vi: &vi, en: &en }, style, &config.public_address())?;
    let ways = Ways {
        mail: mail(config)?,
        sms: sms(config)?,
        push: push(config)?,
        mailbox: demonstration,
        reports: secret_of(&config.reports_token_file)?,
    };
    Ok(Notify::new(book, ways))
}

fn mail(config: &Config) -> Result<Option<Mail>> {
    if config.mail_server.is_empty() {
        return Ok(None);
    }
    let tls = MailTls::parse(&config.mail_tls)
        .ok_or_else(|| wrong("Thiết lập “mail_tls” là “starttls”, “tls” hoặc “none”.".to_owned()))?;
    let password = secret_of(&config.mail_password_file)?;
    let login = match (config.mail_user.as_str(), password) {
        ("", _) => None,
        (user, Some(password)) => Some((user.to_owned(), password)),
        (_, None) => return Err(wrong("Thiết lập “mail_user” cần “mail_password_file”.".to_owned())),
    };
    let authority = match config.mail_authority.as_str() {
        "" => None,
        path => Some(std::fs::read(path).map_err(|error| wrong(format!("Không đọc được {path}: {error}.")))?),
    };
    let settings = MailSettings {
        server: config.mail_server.clone(),
        tls,
        login,
        from: config.mail_from.clone(),
        authority,
        patience: PATIENCE,
    };
    Mail::new(&settings).map(Some)
}

fn sms(config: &Config) -> Result<Option<Arc<dyn Sms>>> {
    if config.sms_url.is_empty() {
        return Ok(None);
    }
    let token = secret_of(&config.sms_token_file)?.unwrap_or_default();
    Ok(Some(Arc::new(HttpSms::new(&config.sms_url, &token, &config.sms_sender, PATIENCE))))
}

/// The key of push messages is made once and kept in the data directory: browsers are subscribed with it.
fn push(config: &Config) -> Result<Option<Push>> {
    if config.push_contact.is_empty() {
        return Ok(None);
    }
    let bytes = keep(&config.data.join("push.key"), || PushKey::generate().map(|(_, bytes)| bytes))?;
    Ok(Some(Push::new(PushKey::load(&bytes)?, &config.push_contact, &config.push_services)))
}

/// The first line of a secret's file; none without a path.
fn secret_of(path: &str) -> Result<Option<String>> {
    if path.is_empty() {
        return Ok(None);
    }
    let text = std::fs::read_to_string(path).map_err(|error| wrong(format!("Không đọc được {path}: {error}.")))?;
    Ok(text.lines().next().map(|line| line.trim().to_owned()).filter(|line| !line.is_empty()))
}

fn wrong(sentence: String) -> Error {
    Error::refused("config", Words::new(sentence, ""))
}
