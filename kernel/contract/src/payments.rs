//! The port behind which payment gateways stand (cổng thanh toán). Implemented in `gateways/payments`.
//!
//! Calls go over the net and may take as long as the configured limit: never inside a transaction.

use std::sync::Arc;

use jiff::civil::Date;
use kernel_base::{Instant, Words};
use serde::{Deserialize, Serialize};

use crate::FeeKind;

/// How money comes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PayChannel {
    /// Nền tảng thanh toán trực tuyến quốc gia.
    National,
    Vnpay,
    /// tiền mặt tại quầy
    Cash,
    /// chuyển khoản
    Transfer,
}

impl PayChannel {
    pub const ALL: [Self; 4] = [Self::National, Self::Vnpay, Self::Cash, Self::Transfer];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::National => "national",
            Self::Vnpay => "vnpay",
            Self::Cash => "cash",
            Self::Transfer => "transfer",
        }
    }

    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|channel| channel.as_str() == word)
    }

    pub fn is_online(self) -> bool {
        matches!(self, Self::National | Self::Vnpay)
    }

    pub fn words(self) -> Words {
        match self {
            Self::National => ("Nền tảng thanh toán quốc gia", "National payment platform"),
            Self::Vnpay => ("VNPAY", "VNPAY"),
            Self::Cash => ("Tiền mặt tại quầy", "Cash at the counter"),
            Self::Transfer => ("Chuyển khoản", "Bank transfer"),
        }
        .into()
    }
}

/// One fee of an order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderLine {
    pub kind: FeeKind,
    pub code: String,
    pub name: String,
    pub amount: i64,
}

/// What is to be paid, as a gateway is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Order {
    /// Unique for each attempt: letters and digits only.
    pub reference: String,
    /// Đồng.
    pub amount: i64,
    pub lines: Vec<OrderLine>,
    /// Text for the payer's bank, unaccented.
    pub info: String,
    pub created_at: Instant,
    pub expires_at: Instant,
    /// Where the browser comes back to; proves nothing.
    pub return_url: String,
    /// IPv4 of the payer, or `127.0.0.1`.
    pub ip: String,
    /// `vn` or `en`.
    pub locale: &'static str,
    pub procedure: String,
    pub procedure_name: String,
    pub agency: String,
    pub agency_name: String,
    pub dossier_code: String,
    /// Personal data.
    pub payer: String,
}

/// The gateway's answer to a new order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Started {
    /// The payer goes there.
    Redirect { url: String },
    /// It said no: nothing can be paid under this reference.
    Refused { code: String, reason: String },
    /// No answer, or none that can be understood: it may or may not know the order. Ask before making another.
    Unknown { reason: String },
}

/// A request of a gateway to us, as it came.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RawNotice {
    pub query: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Network address it came from.
    pub sender: String,
    /// The header `Authorization`; empty when there was none.
    pub authorization: String,
}

/// What a gateway says of a payment; its signature was right.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PayNotice {
    pub reference: String,
    /// Đồng.
    pub amount: i64,
    pub paid: bool,
    /// The gateway's own code.
    pub code: String,
    /// What the code means, for the payer.
    pub reason: Words,
    /// Number of the transaction at the gateway.
    pub transaction: String,
    pub bank: String,
}

/// Why a notification is not believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Distrust {
    /// The signature is wrong, or it is for another partner.
    Forged,
    /// It cannot be read.
    Unreadable,
    /// It came from a network that the gateway does not send from.
    Prohibited,
}

/// What became of a notification; the gateway is answered from it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Recorded now.
    Recorded,
    /// The same was recorded before: no second effect, the same answer.
    Repeated,
    /// The attempt was settled before and this says something else.
    AlreadySettled,
    UnknownReference,
    WrongAmount,
    Forged,
    Unreadable,
    Prohibited,
    /// Ours to mend; the gateway should try again.
    Failed,
}

impl Outcome {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recorded => "recorded",
            Self::Repeated => "repeated",
            Self::AlreadySettled => "already_settled",
            Self::UnknownReference => "unknown_reference",
            Self::WrongAmount => "wrong_amount",
            Self::Forged => "forged",
            Self::Unreadable => "unreadable",
            Self::Prohibited => "prohibited",
            Self::Failed => "failed",
        }
    }
}

/// What a payment code stands for, when a portal asks what is owed under it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OwedByCode {
    /// The order that a payment will be told of under.
    Open(Box<Order>),
    Paid,
    /// Nothing is owed, or there is no such code.
    Nothing,
    /// The question is not answered: it came from elsewhere, or cannot be read.
    Refused,
}

/// Our answer to a notification.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    pub status: u16,
    /// JSON.
    pub body: String,
}

/// What to ask a gateway about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    pub reference: String,
    /// When the order was made, as it was told.
    pub created_at: Instant,
    pub now: Instant,
    /// Unique for each request.
    pub request_id: String,
}

/// The gateway's answer to a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    Known(PayNotice),
    /// The order is known and still waits for the payer.
    Waiting,
    /// It was paid; what is told now is about money of it that goes back, or that could not.
    Returning,
    NotKnown,
    /// No answer that can be believed: ask again later.
    Silent {
        reason: String,
    },
}

/// Money to send back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOrder {
    pub reference: String,
    pub transaction: String,
    /// Đồng.
    pub amount: i64,
    /// The whole payment, not a part of it.
    pub whole: bool,
    pub paid_created_at: Instant,
    pub now: Instant,
    pub request_id: String,
    /// Account name of the officer, ASCII.
    pub by: String,
    /// Number that the gateway gave, perhaps none, when it took this refund before without saying that the money is
    /// back: it is asked how that stands, and not told again.
    pub taken: Option<String>,
    /// Number for that question, new each time.
    pub ask_id: String,
    /// No other refund of this payment was ever approved.
    pub alone: bool,
}

/// The gateway's answer to a refund.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refunded {
    Done {
        transaction: String,
    },
    /// It took the request, under this number if it gave one, and has not said that the money is back.
    Taken {
        transaction: String,
    },
    Refused {
        code: String,
        reason: String,
    },
    /// It has no such request: the money goes back by transfer.
    NotOffered,
    /// No answer: the same request is sent again, under the same number.
    Unknown {
        reason: String,
    },
}

/// One payment in a gateway's own list of a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GatewayEntry {
    pub day: Date,
    pub reference: String,
    /// Đồng.
    pub amount: i64,
    pub paid: bool,
    pub transaction: String,
}

/// A payment gateway.
pub trait PaymentGateway: Send + Sync + std::fmt::Debug {
    fn channel(&self) -> PayChannel;

    /// Tells the gateway of an order.
    fn start(&self, order: &Order) -> Started;

    /// Reads and checks a notification.
    ///
    /// # Errors
    /// [`Distrust`] when it is not the gateway's.
    fn read(&self, raw: &RawNotice) -> Result<PayNotice, Distrust>;

    /// The answer that the gateway understands.
    fn reply(&self, raw: &RawNotice, outcome: Outcome, now: Instant) -> Reply;

    /// Reference in the address a browser came back with, when its signature is right. Proves no payment.
    fn returned(&self, query: &[(String, String)]) -> Option<String>;

    fn ask(&self, question: &Question) -> Asked;

    fn refund(&self, order: &RefundOrder) -> Refunded;

    /// The payment code that a portal asks about (MaTraCuuTT); `None` where the gateway has no such question.
    fn looked_up(&self, _raw: &RawNotice) -> Option<Result<String, Distrust>> {
        None
    }

    /// The answer to such a question.
    fn tell_owed(&self, _owed: &OwedByCode) -> Reply {
        Reply { status: 404, body: "{}".to_owned() }
    }

    /// The gateway's own receipt as PDF, where it has one.
    fn bill(&self, question: &Question) -> Option<Vec<u8>>;
}

/// The gateways of an installation; none when it collects at the counter only.
#[derive(Debug, Clone, Default)]
pub struct Gateways(Vec<Arc<dyn PaymentGateway>>);

impl Gateways {
    #[must_use]
    pub fn new(gateways: Vec<Arc<dyn PaymentGateway>>) -> Self {
        Self(gateways)
    }

    pub fn get(&self, channel: PayChannel) -> Option<Arc<dyn PaymentGateway>> {
        self.0.iter().find(|gateway| gateway.channel() == channel).cloned()
    }

    pub fn channels(&self) -> Vec<PayChannel> {
        self.0.iter().map(|gateway| gateway.channel()).collect()
    }
}

/// The account that fees are paid into; printed on documents and in VietQR codes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Beneficiary {
    /// Bank identification number of NAPAS, six digits; empty when no transfers are taken.
    pub bank_bin: String,
    pub bank_name: String,
    pub account: String,
    pub account_name: String,
}
