//! Accounts and contacts: pure.

use kernel_base::{FieldError, text};
use kernel_org::{AccountId, PersonId};

/// Whose account it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AccountKind {
    Staff,
    Citizen,
}

impl AccountKind {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Staff => "staff",
            Self::Citizen => "citizen",
        }
    }

    pub(crate) fn parse(word: &str) -> Option<Self> {
        [Self::Staff, Self::Citizen].into_iter().find(|kind| kind.as_str() == word)
    }
}

/// One account. Holds secrets; never serialised.
#[derive(Debug, Clone)]
pub struct Account {
    pub id: AccountId,
    pub kind: AccountKind,
    /// Sign-in name of an officer.
    pub sign_in: Option<String>,
    pub name: String,
    pub person: Option<PersonId>,
    pub(crate) password_hash: Option<String>,
    pub(crate) totp_secret: Option<String>,
    pub phone: Option<String>,
    pub email: Option<String>,
    pub disabled: bool,
}

impl Account {
    /// The name, or the masked contact of a citizen who has given no name yet.
    pub fn shown_name(&self) -> String {
        if !self.name.is_empty() {
            return self.name.clone();
        }
        let contact = self.phone.clone().map(Contact::Phone).or_else(|| self.email.clone().map(Contact::Email));
        contact.map(|contact| contact.masked()).unwrap_or_default()
    }
}

/// Where a citizen receives a one-time code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Contact {
    /// Ten digits that begin with 0: `0905123456`.
    Phone(String),
    /// Lower case.
    Email(String),
}

impl Contact {
    /// Reads a phone number (`+84 905.123.456`, `84905123456`, `0905 123 456`) or an e-mail address.
    ///
    /// # Errors
    /// The fault of the field `contact`, in words that say what to type.
    pub fn parse(typed: &str) -> Result<Self, FieldError> {
        let typed = text::clean_line(typed);
        if typed.is_empty() {
            let words = ("Hãy nhập số điện thoại hoặc thư điện tử.", "Enter a phone number or an e-mail address.");
            return Err(FieldError::new("contact", "required", words));
        }
        if typed.contains('@') {
            return Self::email(&typed);
        }
        let digits: String = typed.chars().filter(|c| !matches!(c, ' ' | '.' | '-' | '(' | ')' | '+')).collect();
        let local = digits.strip_prefix("84").map_or_else(|| digits.clone(), |rest| format!("0{rest}"));
        let right = local.len() == 10 && local.starts_with('0') && local.bytes().all(|b| b.is_ascii_digit());
        let mobile = local.get(1..2).is_some_and(|second| "35789".contains(second));
        if right && mobile {
            return Ok(Self::Phone(local));
        }
        let words = (
            "Số điện thoại di động có 10 chữ số, bắt đầu bằng 03, 05, 07, 08 hoặc 09. Ví dụ: 0905 123 456.",
            "A mobile number has 10 digits and begins with 03, 05, 07, 08 or 09. Example: 0905 123 456.",
        );
        Err(FieldError::new("contact", "format", words))
    }

    fn email(typed: &str) -> Result<Self, FieldError> {
        let email = typed.to_lowercase();
        let (local, domain) = email.rsplit_once('@').unwrap_or_default();
        let plain = email.len() <= 254
            && !email.contains(|c: char| c.is_whitespace() || c.is_control() || "<>,;\"".contains(c));
        let named = !local.is_empty() && domain.contains('.') && !domain.starts_with('.') && !domain.ends_with('.');
        if plain && named {
            return Ok(Self::Email(email));
        }
        let words = (
            "Địa chỉ thư điện tử chưa đúng. Ví dụ: ten@example.vn.",
            "The e-mail address is not right. Example: name@example.vn.",
        );
        Err(FieldError::new("contact", "format", words))
    }

    /// The text that is stored and compared.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Phone(text) | Self::Email(text) => text,
        }
    }

    /// `0905 ••• 456`, `t•••@example.vn`: enough to recognise one's own.
    pub fn masked(&self) -> String {
        match self {
            Self::Phone(phone) => {
                format!("{} ••• {}", phone.get(..4).unwrap_or_default(), phone.get(7..).unwrap_or_default())
            }
            Self::Email(email) => {
                let (local, domain) = email.rsplit_once('@').unwrap_or_default();
                format!("{}•••@{domain}", local.chars().next().unwrap_or('•'))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phone_numbers_are_read_in_the_ways_people_write_them() {
        for typed in ["0905123456", "0905 123 456", "+84 905.123.456", "84905123456", "(0905)-123-456"] {
            assert_eq!(Contact::parse(typed), Ok(Contact::Phone("0905123456".into())), "{typed}");
        }
        for wrong in ["", "0905", "12345678901", "0105123456", "090512345a", "+1 905 123 456"] {
            assert!(Contact::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Contact::Phone("0905123456".into()).masked(), "0905 ••• 456");
    }

    #[test]
    fn an_e_mail_is_lower_case_and_has_a_domain() {
        assert_eq!(Contact::parse(" Ten@Example.VN "), Ok(Contact::Email("ten@example.vn".into())));
        for wrong in ["@example.vn", "ten@", "ten@example", "a b@example.vn", "ten@.vn", "<ten@example.vn>"] {
            assert!(Contact::parse(wrong).is_err(), "{wrong}");
        }
        assert_eq!(Contact::Email("ten@example.vn".into()).masked(), "t•••@example.vn");
    }
}
