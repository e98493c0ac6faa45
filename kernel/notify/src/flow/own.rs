//! What messages keep of a person, for the person's own view, export and erasing.

use kernel_base::{Result, Words};
use kernel_contract::{KeptByLaw, OwnData, PersonalData};
use kernel_db::Tx;
use kernel_org::Actor;

use super::people::{erase_of, export_of};
use crate::notify::recipient_of;

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
        let removed = erase_of(tx, &recipient_of(person)?)?;
        Ok(usize::try_from(removed).unwrap_or(usize::MAX))
    }
}
