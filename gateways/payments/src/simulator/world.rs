//! What the simulated gateways remember.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use kernel_contract::PayChannel;
use serde::{Deserialize, Serialize};

/// What goes wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// No notification is sent.
    pub lose: bool,
    /// Every notification is sent twice.
    pub double: bool,
    /// Notifications come so many seconds after the browser was sent back.
    pub delay_seconds: u64,
    /// The signature of notifications is wrong.
    pub corrupt_hash: bool,
    /// Notifications name 1,000 đồng less.
    pub wrong_amount: bool,
    /// A notification that it failed follows the one that it succeeded.
    pub cancel_after_confirm: bool,
    /// Calls between servers take so many seconds more.
    pub slow_seconds: u64,
    /// Calls between servers are answered with 503.
    pub down: bool,
    /// Calls between servers are answered with something that is no message.
    pub garbage: bool,
    /// A new order is taken, but its answer is garbage.
    pub lose_answer: bool,
    /// A new order is taken at once and answered so many seconds later: notifications may come before the answer.
    pub late_answer_seconds: u64,
    /// Refunds are taken and are not carried out; a second one of the same payment is refused meanwhile.
    pub refunds_wait: bool,
}

/// Where an order stands at the gateway.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    Waiting,
    Paid,
    Cancelled,
}

/// An order at the gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimOrder {
    pub channel: PayChannel,
    pub reference: String,
    /// Đồng.
    pub amount: i64,
    pub info: String,
    /// `yyyyMMddHHmmss` of the order.
    pub created: String,
    pub return_url: String,
    pub status: Status,
    pub transaction: String,
    /// Refunds by the number of their request: đồng and number at the gateway.
    pub refunds: BTreeMap<String, (i64, String)>,
}

impl SimOrder {
    /// Money came in under it.
    #[must_use]
    pub fn is_paid(&self) -> bool {
        self.status == Status::Paid
    }
}

#[derive(Debug, Default)]
struct Memory {
    orders: BTreeMap<String, SimOrder>,
    faults: Faults,
    last_number: u64,
    calls: u64,
}

/// Shared by all handlers.
#[derive(Debug, Clone, Default)]
pub(super) struct World(Arc<Mutex<Memory>>);

impl World {
    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn faults(&self) -> Faults {
        self.memory().faults.clone()
    }

    pub(super) fn set_faults(&self, faults: Faults) {
        self.memory().faults = faults;
    }

    pub(super) fn order(&self, reference: &str) -> Option<SimOrder> {
        self.memory().orders.get(reference).cloned()
    }

    /// Newest last.
    pub(super) fn orders(&self) -> Vec<SimOrder> {
        self.memory().orders.values().cloned().collect()
    }

    /// Takes a new order; one that is known stays as it is.
    pub(super) fn take(&self, order: SimOrder) -> SimOrder {
        self.memory().orders.entry(order.reference.clone()).or_insert(order).clone()
    }

    pub(super) fn change(&self, reference: &str, change: impl FnOnce(&mut SimOrder)) {
        if let Some(order) = self.memory().orders.get_mut(reference) {
            change(order);
        }
    }

    pub(super) fn count_call(&self) {
        self.memory().calls += 1;
    }

    pub(super) fn calls(&self) -> u64 {
        self.memory().calls
    }

    /// A number that no transaction had before.
    pub(super) fn next_number(&self) -> String {
        let mut memory = self.memory();
        memory.last_number += 1;
        format!("{}", 14_000_000 + memory.last_number)
    }
}
