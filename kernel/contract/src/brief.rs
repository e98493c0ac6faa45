//! What waits for a leader's signature, told by each system that has something to sign.

use std::sync::Arc;

use kernel_base::{Result, Words};
use kernel_db::Tx;
use kernel_org::Actor;
use serde::{Deserialize, Serialize};

/// Things of one kind that wait.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ToSign {
    /// `result`, `apology`, `letter`, `proposal`, `pipeline`.
    pub kind: String,
    /// `kết quả chờ ký`
    pub name: Words,
    pub count: i64,
    /// Page on which they are signed.
    pub href: String,
}

/// A system with something to sign.
pub trait SignatureDesk: Send + Sync {
    /// What waits for this actor; nothing for who may not sign.
    ///
    /// # Errors
    /// Those of the database.
    fn waiting(&self, tx: &mut Tx<'_>, actor: &Actor) -> Result<Vec<ToSign>>;
}

/// All of them, put together by the app.
#[derive(Clone, Default)]
pub struct SignatureDesks(pub Vec<Arc<dyn SignatureDesk>>);

impl std::fmt::Debug for SignatureDesks {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "SignatureDesks({})", self.0.len())
    }
}
