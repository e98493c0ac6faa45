//! E-mail by SMTP.

use std::time::{Duration, UNIX_EPOCH};

use kernel_base::{Error, Instant, Result, Words};
use lettre::{
    Message, SmtpTransport, Transport,
    message::{
        Mailbox, MultiPart, SinglePart,
        header::{ContentType, HeaderName, HeaderValue},
    },
    transport::smtp::{
        authentication::Credentials,
        client::{Certificate, Tls, TlsParameters},
        extension::ClientId,
    },
};

use crate::{carrier::Answer, http};

/// How the line to the mail server is guarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailTls {
    /// From the first byte (port 465).
    Wrapped,
    /// STARTTLS, and nothing is sent without it (port 587).
    Starttls,
    /// Plain; for a server on this machine or in the same rack only.
    None,
}

impl MailTls {
    /// Reads the word of the setting.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "tls" => Self::Wrapped,
            "starttls" => Self::Starttls,
            "none" => Self::None,
            _ => return None,
        })
    }
}

/// Settings of the mail server.
#[derive(Clone)]
pub struct MailSettings {
    /// `mail.example.vn:587`
    pub server: String,
    pub tls: MailTls,
    /// Name and password, when the server asks for them.
    pub login: Option<(String, String)>,
    /// `Chuyển Động <khongtraloi@example.vn>`
    pub from: String,
    /// Certificate (PEM) of an authority of one's own, trusted beside the public ones.
    pub authority: Option<Vec<u8>>,
    pub patience: Duration,
}

impl std::fmt::Debug for MailSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MailSettings({}, {:?}, {})", self.server, self.tls, self.from)
    }
}

/// The way out for e-mails.
#[derive(Debug, Clone)]
pub struct Mail {
    transport: SmtpTransport,
    from: Mailbox,
}

/// An e-mail to one person.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Letter<'a> {
    /// Names this e-mail for ever: in `Message-ID`, by which mail systems know a second copy.
    pub(crate) id: &'a str,
    pub(crate) to: &'a str,
    pub(crate) subject: &'a str,
    pub(crate) text: &'a str,
    /// Where messages of this kind are switched off; empty when there is none.
    pub(crate) unsubscribe: &'a str,
    pub(crate) wall: Instant,
}

impl Mail {
    /// Sets up the way; nothing is connected yet.
    ///
    /// # Errors
    /// `Invalid` with a sentence for the administrator when a setting is wrong.
    pub fn new(settings: &MailSettings) -> Result<Self> {
        let wrong = |what: &str| {
            let sentence = format!("Thiết lập thư điện tử: {what}.");
            Error::refused("config", Words::new(sentence, format!("E-mail settings: {what}.")))
        };
        let (host, port) = settings.server.rsplit_once(':').unwrap_or((&settings.server, ""));
        let port: u16 = match (port, settings.tls) {
            ("", MailTls::Wrapped) => 465,
            ("", _) => 587,
            (port, _) => port.parse().map_err(|_| wrong("smtp_server phải có dạng máy:cổng"))?,
        };
        let from: Mailbox = settings.from.parse().map_err(|_| wrong("mail_from phải có dạng Tên <địa chỉ>"))?;
        let parameters = || {
            let mut builder = TlsParameters::builder(host.to_owned());
            if let Some(pem) = &settings.authority {
                let authority =
                    Certificate::from_pem(pem).map_err(|_| wrong("smtp_authority không phải chứng thư PEM"))?;
                builder = builder.add_root_certificate(authority);
            }
            builder.build().map_err(|error| wrong(&error.to_string()))
        };
        let tls = match settings.tls {
            MailTls::Wrapped => Tls::Wrapper(parameters()?),
            MailTls::Starttls => Tls::Required(parameters()?),
            MailTls::None => Tls::None,
        };
        let domain = from.email.domain().to_owned();
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(port)
            .tls(tls)
            .hello_name(ClientId::Domain(domain))
            .timeout(Some(settings.patience));
        if let Some((name, password)) = &settings.login {
            builder = builder.credentials(Credentials::new(name.clone(), password.clone()));
        }
        Ok(Self { transport: builder.build(), from })
    }

    /// Sends one e-mail; takes up to twice the patience of the settings.
    pub(crate) fn send(&self, letter: &Letter<'_>) -> Answer {
        let message = match self.compose(letter) {
            Ok(message) => message,
            Err(error) => return Answer::Never { said: http::short(&error.to_string()), gone: true },
        };
        match self.transport.send(&message) {
            Ok(response) => {
                let said = http::short(&response.message().collect::<Vec<_>>().join(" "));
                Answer::Sent { provider: self.message_id(letter), said }
            }
            Err(error) => answer_of(&error),
        }
    }

    fn message_id(&self, letter: &Letter<'_>) -> String {
        format!("<{}@{}>", letter.id, self.from.email.domain())
    }

    fn compose(&self, letter: &Letter<'_>) -> std::result::Result<Message, Box<dyn std::error::Error>> {
        let seconds = u64::try_from(letter.wall.as_millis() / 1_000).unwrap_or(0);
        let raw = |name: &'static str, value: String| HeaderValue::new(HeaderName::new_from_ascii_str(name), value);
        let mut builder = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, letter.to.parse()?))
            .subject(letter.subject)
            .date(UNIX_EPOCH + Duration::from_secs(seconds))
            .message_id(Some(self.message_id(letter)))
            // No holiday notes and no loops (RFC 3834).
            .raw_header(raw("Auto-Submitted", "auto-generated".to_owned()));
        if !letter.unsubscribe.is_empty() {
            builder = builder.raw_header(raw("List-Unsubscribe", format!("<{}>", letter.unsubscribe)));
        }
        let plain = SinglePart::builder().header(ContentType::TEXT_PLAIN).body(letter.text.to_owned());
        let html = SinglePart::builder().header(ContentType::TEXT_HTML).body(as_html(letter));
        Ok(builder.multipart(MultiPart::alternative().singlepart(plain).singlepart(html))?)
    }
}

/// The same words for programs that show HTML; addresses become links.
fn as_html(letter: &Letter<'_>) -> String {
    let escape =
        |text: &str| text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
    let mut body = String::new();
    for line in letter.text.lines().filter(|line| !line.trim().is_empty()) {
        let shown = escape(line);
        let bare = line.trim();
        let is_link = (bare.starts_with("http://") || bare.starts_with("https://")) && !bare.contains(' ');
        let inner = if is_link { format!("<a href=\"{0}\">{0}</a>", escape(bare)) } else { shown };
        body.push_str(&format!("<p>{inner}</p>\n"));
    }
    let style = "font-family:sans-serif;font-size:16px;line-height:1.6;max-width:40em";
    format!("<!doctype html><html lang=\"vi\"><meta charset=\"utf-8\"><body style=\"{style}\">\n{body}</body></html>")
}

/// The mailbox does not exist (RFC 3463: 5.1.x, 5.2.1). A bare 550 may also be the policy of the other server, e.g. while
/// our own domain's records are wrong: the address is not to blame for that.
fn is_no_mailbox(code: Option<u16>, said: &str) -> bool {
    let named = ["5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"];
    let mut words = said.split(|c: char| !(c.is_ascii_digit() || c == '.'));
    matches!(code, Some(550 | 551 | 553)) && words.any(|word| named.contains(&word))
}

fn answer_of(error: &lettre::transport::smtp::Error) -> Answer {
    let mut said = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        said = format!("{said}: {inner}");
        cause = inner.source();
    }
    let said = http::short(&said);
    let code = error.status().map(u16::from);
    // The server does not know us: the administrator's matter, no fault of the message.
    if matches!(code, Some(530 | 534 | 535 | 538)) {
        return Answer::Later { said, wait: None, down: true };
    }
    if error.is_permanent() {
        let gone = is_no_mailbox(code, &said);
        return Answer::Never { said, gone };
    }
    // Refused for now, garbled, slow or not there: again later. Without an answer the server counts as down.
    Answer::Later { said, wait: None, down: code.is_none() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_mailbox_that_does_not_exist_is_forgotten() {
        assert!(is_no_mailbox(Some(550), "permanent error (550): 5.1.1 The email account does not exist"));
        assert!(!is_no_mailbox(Some(550), "permanent error (550): 5.7.26 Unauthenticated mail is not accepted"));
        assert!(!is_no_mailbox(Some(550), "permanent error (550): rejected by policy"));
        assert!(!is_no_mailbox(Some(554), "permanent error (554): 5.1.1"));
    }
}
