//! Who read a person's data: told by the use case that reads, written before the answer goes out.
//!
//! A use case calls [`tell`] beside the line that decides that the reader may see the data; it may run in a read
//! transaction, which cannot write. `kernel_web::Web` takes what was told with [`told`] and appends it ([`append`]) in
//! a short write of its own before the answer is sent: when that fails, the answer is not sent. In a write
//! transaction the rows are written with it.

use kernel_base::{Instant, Result, TypedId, Words, typed_id};
use kernel_db::Tx;

use crate::{Actor, store};

typed_id!(
    /// A read of a person's data.
    ReadId, "read"
);

/// Tables that grow only: the running server may not change or remove their rows.
pub const APPEND_ONLY: &[&str] = &["reads"];

/// Why data was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// A dossier was opened to work on it.
    DossierOpened,
    /// A line of a work list or of a search.
    WorkList,
    /// A line of a list of what waits for a signature.
    SigningList,
    /// A question of another agency.
    Consultation,
    /// A paper or result was opened or downloaded.
    FileOpened,
    /// A slip was printed.
    SlipPrinted,
    /// A line of the register.
    Register,
    /// Fees, payments, receipts or refunds of a dossier.
    Payment,
    /// A representation, a helper of a community digital team.
    Mandates,
    /// The log of what was sent.
    Deliveries,
    /// Somebody who acts for the person, by a mandate.
    Acting,
    /// Given to another system of the state.
    Exchange,
}

impl Purpose {
    pub const ALL: [Self; 12] = [
        Self::DossierOpened,
        Self::WorkList,
        Self::SigningList,
        Self::Consultation,
        Self::FileOpened,
        Self::SlipPrinted,
        Self::Register,
        Self::Payment,
        Self::Mandates,
        Self::Deliveries,
        Self::Acting,
        Self::Exchange,
    ];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DossierOpened => "dossier_opened",
            Self::WorkList => "work_list",
            Self::SigningList => "signing_list",
            Self::Consultation => "consultation",
            Self::FileOpened => "file_opened",
            Self::SlipPrinted => "slip_printed",
            Self::Register => "register",
            Self::Payment => "payment",
            Self::Mandates => "mandates",
            Self::Deliveries => "deliveries",
            Self::Acting => "acting",
            Self::Exchange => "exchange",
        }
    }

    #[must_use]
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == word)
    }

    /// In plain words, for the person.
    #[must_use]
    pub fn words(self) -> Words {
        let (vi, en) = match self {
            Self::DossierOpened => ("Mở hồ sơ để giải quyết", "Opened the dossier to work on it"),
            Self::WorkList => ("Xem danh sách việc hoặc tìm hồ sơ", "Saw it in a work list or a search"),
            Self::SigningList => ("Xem danh sách chờ ký", "Saw it in the list of what waits for a signature"),
            Self::Consultation => ("Đọc câu hỏi lấy ý kiến về hồ sơ", "Read a question about the dossier"),
            Self::FileOpened => ("Mở hoặc tải giấy tờ", "Opened or downloaded a paper"),
            Self::SlipPrinted => ("In phiếu của hồ sơ", "Printed a slip of the dossier"),
            Self::Register => ("Lập sổ theo dõi hồ sơ", "Made the register of dossiers"),
            Self::Payment => ("Xem hoặc thu phí, lệ phí; đối soát", "Saw or took fees; reconciled payments"),
            Self::Mandates => ("Xem người đại diện, người giúp điền hồ sơ", "Saw representatives or helpers"),
            Self::Deliveries => ("Xem nhật ký gửi tin", "Saw the log of messages"),
            Self::Acting => ("Người thay mặt bạn xem để làm thủ tục", "Seen by who acts for you"),
            Self::Exchange => ("Chuyển cho hệ thống khác của Nhà nước", "Given to another system of the state"),
        };
        Words::new(vi, en)
    }
}

/// Which data was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Shown {
    Name,
    Contact,
    Identity,
    Form,
    Papers,
    Result,
    /// What is owed and paid, receipts, refunds.
    Payments,
}

impl Shown {
    pub const ALL: [Self; 7] =
        [Self::Name, Self::Contact, Self::Identity, Self::Form, Self::Papers, Self::Result, Self::Payments];

    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Name => "name",
            Self::Contact => "contact",
            Self::Identity => "identity",
            Self::Form => "form",
            Self::Papers => "papers",
            Self::Result => "result",
            Self::Payments => "payments",
        }
    }

    /// In plain words, for the person.
    #[must_use]
    pub fn words(self) -> Words {
        let (vi, en) = match self {
            Self::Name => ("họ tên", "name"),
            Self::Contact => ("điện thoại, thư điện tử, địa chỉ", "telephone, e-mail, address"),
            Self::Identity => ("số giấy tờ tùy thân", "identity number"),
            Self::Form => ("tờ khai", "form"),
            Self::Papers => ("giấy tờ đã nộp", "papers"),
            Self::Result => ("kết quả", "result"),
            Self::Payments => ("khoản phải nộp, biên lai, hoàn phí", "fees, receipts, refunds"),
        };
        Words::new(vi, en)
    }
}

/// One person's data in one answer.
#[derive(Debug, Clone, Copy)]
pub struct PersonalRead<'a> {
    /// Account of the person; empty when there is none.
    pub person: &'a str,
    /// Code of the dossier.
    pub subject: &'a str,
    pub purpose: Purpose,
    pub fields: &'a [Shown],
}

/// A read that waits to be written.
#[derive(Debug, Clone)]
pub struct Told {
    pub(crate) person: String,
    pub(crate) subject: String,
    pub(crate) reader: String,
    pub(crate) agency: String,
    pub(crate) purpose: Purpose,
    pub(crate) fields: String,
}

/// Tells that an officer, or somebody who acts for the person, is about to see data. What a person reads of himself is
/// not told.
pub fn tell(tx: &mut Tx<'_>, actor: &Actor, read: &PersonalRead<'_>) {
    let (reader, agency, purpose) = match actor {
        Actor::Officer(officer) => (actor.label(), officer.agency.to_string(), read.purpose),
        Actor::Citizen(citizen) => match &citizen.acting {
            Some(acting) => (format!("account:{}", acting.agent), String::new(), Purpose::Acting),
            None => return,
        },
        Actor::System => return,
    };
    put(tx, reader, agency, &PersonalRead { purpose, ..*read });
}

fn put(tx: &mut Tx<'_>, reader: String, agency: String, read: &PersonalRead<'_>) {
    let fields: Vec<&str> = read.fields.iter().map(|field| field.as_str()).collect();
    tx.tell(Told {
        person: read.person.to_owned(),
        subject: read.subject.to_owned(),
        reader,
        agency,
        purpose: read.purpose,
        fields: fields.join(","),
    });
}

/// Tells that data is about to be given to a system of another body, by its word: [`NATIONAL_PORTAL`].
pub fn tell_exchange(tx: &mut Tx<'_>, peer: &str, read: &PersonalRead<'_>) {
    put(tx, format!("system:{peer}"), String::new(), &PersonalRead { purpose: Purpose::Exchange, ..*read });
}

/// Cổng Dịch vụ công quốc gia, as a reader.
pub const NATIONAL_PORTAL: &str = "national-portal";

/// What was told in this transaction and is not written yet; the same read told twice counts once.
#[must_use]
pub fn told(tx: &mut Tx<'_>) -> Vec<Told> {
    let mut told: Vec<Told> = tx.told();
    let mut seen = std::collections::BTreeSet::new();
    told.retain(|one| seen.insert((one.person.clone(), one.subject.clone(), one.purpose, one.fields.clone())));
    told
}

/// Writes what was told.
///
/// # Errors
/// Those of the database; the caller then keeps the answer back.
pub fn append(tx: &mut Tx<'_>, told: &[Told]) -> Result<()> {
    for one in told {
        let id: ReadId = tx.new_id();
        store::reads::insert(tx, id.as_str(), one)?;
    }
    Ok(())
}

/// A read as the person sees it.
#[derive(Debug, Clone)]
pub struct ReadRow {
    pub id: String,
    pub subject: String,
    pub reader: String,
    pub agency: String,
    pub purpose: Option<Purpose>,
    pub fields: Vec<Shown>,
    pub at: Instant,
}

/// Which reads of a person, newest first.
#[derive(Debug, Clone, Default)]
pub struct ReadFilter {
    /// Code of a dossier; empty = all.
    pub subject: String,
    /// Word of a purpose; empty = all.
    pub purpose: String,
    /// First and last instant, as they stand in the column; empty = open.
    pub from: String,
    pub until: String,
    pub limit: i64,
    pub offset: i64,
}

/// Reads of a person's data and how many there are in all.
///
/// # Errors
/// Those of the database.
pub fn reads_of(tx: &mut Tx<'_>, person: &str, filter: &ReadFilter) -> Result<(Vec<ReadRow>, i64)> {
    if person.is_empty() {
        return Ok((Vec::new(), 0));
    }
    Ok((store::reads::of_person(tx, person, filter)?, store::reads::count(tx, person, filter)?))
}

/// How often an agency looked at a person's data; the agency is empty for who acts for the person and for systems of the
/// state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looks {
    pub person: String,
    pub agency: String,
    pub times: i64,
}

/// Who looked at whose data in `[from, until)`, ordered by person, from the person after `after` on; what stood as a line
/// in a list is left out. A person's rows may be cut off at the end when there are `limit` rows.
///
/// # Errors
/// Those of the database.
pub fn looks(tx: &mut Tx<'_>, from: Instant, until: Instant, after: &str, limit: i64) -> Result<Vec<Looks>> {
    let rows = store::reads::looks(tx, (from, until), after, limit)?;
    Ok(rows.into_iter().map(|(person, agency, times)| Looks { person, agency, times }).collect())
}
