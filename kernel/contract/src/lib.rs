//! What systems share without knowing each other: ports (traits that know `Tx`) and the types they pass.
//!
//! No logic and no SQL. A port serves an invariant that must hold in one transaction, one level deep.

mod brief;
mod catalogue;
mod fees;
mod intake;
mod ladder;
mod measures;
mod notices;
mod payments;
mod personal;
mod pipeline;
mod prefill;
mod settings;
mod signing;
mod signon;

pub use brief::{SignatureDesk, SignatureDesks, ToSign};
pub use catalogue::{
    Basis, Case, Catalogue, Channel, Cutoff, Exemption, Fee, Level, Limit, Offered, Offering, Paper,
    ProcedureVersionId, Source, Tier, Unit,
};
pub use fees::{
    BackStage, Charge, Collect, CounterPayment, FeeKind, FeeSettled, Fees, FeesEnd, MoneyBack, Owing, OwnerContacts,
    Settled,
};
pub use intake::{
    DossierCode, DossierId, DossierIntake, DossierLine, MyDossiers, Owner, Receipt, ReusedPaper, Submission,
    SubmittedPaper,
};
pub use ladder::{RUNG_CLIMBED, RungClimbed};
pub use measures::{
    Direction, MeasureRow, MeasureSource, MeasureSources, Measured, Measures, PublicBook, PublicSubject,
    PublicSubjects, Span,
};
pub use notices::{DossierMoved, Notice, Notices, Recipient};
pub use payments::{
    Asked, Beneficiary, Distrust, GatewayEntry, Gateways, Order, OrderLine, Outcome, OwedByCode, PayChannel, PayNotice,
    PaymentGateway, Question, RawNotice, RefundOrder, Refunded, Reply, Started,
};
pub use personal::{KeptByLaw, OwnData, PersonalData, PersonalDataHolders};
pub use pipeline::{OnlinePayment, TrialRun};
pub use prefill::{
    About, AskedTwice, EarlierDossier, EarlierDossiers, EarlierPaper, KnownPaper, OfferedValue, Origin, OriginKind,
    Prefill, PrefillOffer, Provenance, Reuse, Wanted,
};
pub use settings::Settings;
pub use signing::{SIGN_JOB, Signing};
pub use signon::{
    AccountHoldings, EndedSignOn, KnownClaims, SignOn, SignOnAudience, SignOnBegun, SignOnClaims, SignOnFacts,
    SignOnHolder, SignOnProvider, SignedOn,
};
