//! What messages keep of a person, for the person's own view, export and erasing.

use kernel_base::{Result, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData, Recipient};
use kernel_db::Tx;
use kernel_org::Actor;
use kernel_web::{Contact, accounts};

use super::people::{erase_of, export_of};
use crate::{
    notify::{recipient_key, recipient_of},
    store,
};

/// Every address of the person: those of the sign-in and those added for messages.
fn addresses(tx: &mut Tx<'_>, person: &Actor, recipient: &str) -> Result<Vec<Contact>> {
    let mut all = match person.citizen() {
        Some(citizen) => accounts::contacts_of(tx, &citizen.account)?,
        None => Vec::new(),
    };
    let added = store::people::contacts(tx, recipient)?;
    all.extend(added.iter().filter_map(|point| Contact::parse(&point.address).ok()));
    Ok(all)
}

/// Answers [`PersonalData`] for messages.
#[derive(Debug)]
pub(crate) struct Messages;

impl PersonalData for Messages {
    fn name(&self) -> Words {
        Words::new("Tin nhắn và nơi nhận tin", "Messages and where they arrive")
    }

    fn code(&self) -> &'static str {
        "messages"
    }

    fn own_data(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<OwnData> {
        let data = export_of(tx, &recipient_of(person)?)?;
        let length = |name: &str| data.get(name).and_then(serde_json::Value::as_array).map_or(0, Vec::len);
        let count = ["messages", "contacts", "browsers"].into_iter().map(length).sum();
        Ok(OwnData { data, count, ..OwnData::default() })
    }

    fn kept_by_law(&self, _tx: &mut Tx<'_>, _person: &Actor) -> Result<Vec<KeptByLaw>> {
        Ok(Vec::new())
    }

    fn erase(&self, tx: &mut Tx<'_>, person: &Actor) -> Result<usize> {
        let recipient = recipient_of(person)?;
        let mut removed = 0;
        // Codes and questions went to the person's addresses before anybody knew whose they are.
        for contact in addresses(tx, person, &recipient)? {
            removed += erase_of(tx, &recipient_key(Recipient::Contact(contact.as_str())))?;
            accounts::forget_mail(tx, &contact)?;
        }
        removed += erase_of(tx, &recipient)?;
        Ok(usize::try_from(removed).unwrap_or(usize::MAX))
    }
}
