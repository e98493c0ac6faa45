//! What an actor may want to do.

/// Defines [`Action`] with the word of each: shown in logs, tests and the API.
macro_rules! actions {
    ($($(#[$meta:meta])* $name:ident => $word:literal),+ $(,)?) => {
        /// Something an actor may want to do; who may stands in the policy's table.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Action {
            $($(#[$meta])* $name,)+
        }

        impl Action {
            pub const ALL: &[Self] = &[$(Self::$name),+];

            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)+
                }
            }
        }
    };
}

actions! {
    /// See a dossier with its papers.
    DossierRead => "dossier.read",
    /// Hand in: the citizen, or the counter for a citizen.
    DossierSubmit => "dossier.submit",
    /// Take over at the counter what came by post or was handed in on paper.
    DossierReceive => "dossier.receive",
    /// Form 01: receipt and appointment.
    DossierAccept => "dossier.accept",
    /// Form 03.
    DossierRefuse => "dossier.refuse",
    /// Form 02.
    DossierSupplement => "dossier.supplement",
    DossierAnswerSupplement => "dossier.answer_supplement",
    DossierForward => "dossier.forward",
    /// Ask another agency.
    DossierConsult => "dossier.consult",
    ConsultationAnswer => "consultation.answer",
    /// Draft the result.
    DossierDraft => "dossier.draft",
    /// Approve the result ("sign").
    DossierApprove => "dossier.approve",
    /// Put one's own electronic signature on a document.
    DocumentSign => "document.sign",
    /// Put the electronic seal of an agency on a document, after the person's signature.
    DocumentSeal => "document.seal",
    /// Draft an apology with a new appointment (form 04).
    DossierApologise => "dossier.apologise",
    DossierApproveApology => "dossier.approve_apology",
    DossierHandover => "dossier.handover",
    /// Ask for withdrawal.
    DossierWithdraw => "dossier.withdraw",
    DossierGrantWithdrawal => "dossier.grant_withdrawal",
    /// Form 05 of 2025.
    DossierStop => "dossier.stop",
    FeeRequest => "fee.request",
    /// Record a cash receipt.
    FeeRecord => "fee.record",
    /// Pay what a dossier owes online.
    FeePay => "fee.pay",
    /// See what a dossier owes and has paid.
    PaymentRead => "payment.read",
    /// Cancel a wrong receipt; it is issued again.
    ReceiptCancel => "receipt.cancel",
    /// Approve that money goes back, and record that it did.
    RefundDecide => "refund.decide",
    /// Compare a day of the agency with the gateways, explain differences, close it.
    Reconcile => "payment.reconcile",
    /// Work lists of an agency.
    InboxRead => "inbox.read",
    /// Register and figures of an agency.
    RegisterRead => "register.read",
    /// See a task of a plan or directive.
    TaskRead => "task.read",
    /// Report progress and completion, ask for an extension, hand in a part.
    TaskWork => "task.work",
    /// Accept, refuse, answer an urging letter in the name of the unit.
    TaskAnswer => "task.answer",
    /// Enter documents and give tasks.
    DirectiveIssue => "directive.issue",
    /// Confirm, send back, suspend, cancel, decide on extensions; lead inspections.
    DirectiveJudge => "directive.judge",
    /// Sign an urging letter.
    LetterSign => "letter.sign",
    /// Decide what a late task means for the annual rating.
    RatingDecide => "rating.decide",
    /// Stage dossiers of an older system.
    ImportStage => "import.stage",
    ImportApprove => "import.approve",
    CatalogueEdit => "catalogue.edit",
    WorkflowEdit => "workflow.edit",
    /// Agencies, officers, roles.
    OrgEdit => "org.edit",
    /// Give one's own roles to another officer for a period.
    DelegationGrant => "delegation.grant",
    /// Confirm that a person represents an organisation, after seeing the papers.
    RepresentationConfirm => "representation.confirm",
    /// Appoint members of community digital teams, who may help others fill in.
    HelperAppoint => "helper.appoint",
    CalendarEdit => "calendar.edit",
    /// List a service, propose it for level 4, let it go live.
    PipelinePropose => "pipeline.propose",
    /// Consolidate proposals: the department of information and communications.
    PipelineConsolidate => "pipeline.consolidate",
    /// Review by criterion: the office of the committee.
    PipelineReview => "pipeline.review",
    /// Approve the eligible list, suspend, withdraw: the committee.
    PipelineApprove => "pipeline.approve",
    /// Who read what.
    AuditRead => "audit.read",
    /// Move the clock of the demonstration.
    DemoClock => "demo.clock",
}

impl std::fmt::Display for Action {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.as_str())
    }
}
