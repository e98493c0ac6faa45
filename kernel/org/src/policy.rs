//! Who may do what where: one table, deny by default.
//!
//! [`TABLE`] is data; [`allow`] is its only reader. A snapshot test prints the whole matrix. What lies outside an
//! actor's reach is *not found*, so that the existence of another agency's dossier is not told; what an actor may see
//! but not do is *forbidden*. Roles received by delegation count at the delegating officer's agency.

use kernel_base::{AgencyId, Error, Result};

use crate::{Action, Actor, CitizenActor, Role};

/// Who a line of the table is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// A signed-in citizen or organisation.
    Citizen,
    /// An officer with this role, held or delegated.
    Officer(Role),
    /// Timers and commands run on the server itself.
    System,
}

impl Who {
    pub const ALL: [Self; 7] = [
        Self::Citizen,
        Self::Officer(Role::Reception),
        Self::Officer(Role::Specialist),
        Self::Officer(Role::Head),
        Self::Officer(Role::Leader),
        Self::Officer(Role::Administrator),
        Self::System,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Citizen => "citizen",
            Self::Officer(role) => role.as_str(),
            Self::System => "system",
        }
    }
}

/// Where a permission reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scope {
    /// Dossiers of the actor's account.
    Owner,
    /// The actor's agency settles it or holds it now.
    Agency,
    /// The actor's agency receives it for the settling agency.
    Reception,
    /// The actor's agency was asked for its opinion.
    Consulted,
    /// Everywhere in the home.
    Province,
}

impl Scope {
    pub const ALL: [Self; 5] = [Self::Owner, Self::Agency, Self::Reception, Self::Consulted, Self::Province];

    pub fn as_str(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Agency => "agency",
            Self::Reception => "reception",
            Self::Consulted => "consulted",
            Self::Province => "province",
        }
    }
}

/// One line: these actors may do these actions within these scopes.
#[derive(Debug, Clone, Copy)]
pub struct Grant {
    pub who: Who,
    pub actions: &'static [Action],
    pub scopes: &'static [Scope],
}

use Action as A;
use Scope::{Agency, Consulted, Owner, Province, Reception};

/// The policy. Nothing that is not here is allowed.
pub const TABLE: &[Grant] = &[
    Grant {
        who: Who::Citizen,
        actions: &[
            A::DossierRead,
            A::DossierSubmit,
            A::DossierAnswerSupplement,
            A::DossierWithdraw,
            A::FeePay,
            A::PaymentRead,
        ],
        scopes: &[Owner],
    },
    Grant {
        who: Who::Officer(Role::Reception),
        actions: &[
            A::DossierRead,
            A::DossierSubmit,
            A::DossierReceive,
            A::DossierAccept,
            A::DossierRefuse,
            A::DossierSupplement,
            A::DossierAnswerSupplement,
            A::DossierForward,
            A::DossierApologise,
            A::DossierHandover,
            A::DossierWithdraw,
            A::DossierGrantWithdrawal,
            A::FeeRequest,
            A::FeeRecord,
            A::PaymentRead,
            A::ReceiptCancel,
            A::RegisterRead,
        ],
        scopes: &[Agency, Reception],
    },
    Grant {
        who: Who::Officer(Role::Specialist),
        actions: &[
            A::DossierRead,
            A::DossierSupplement,
            A::DossierForward,
            A::DossierConsult,
            A::DossierDraft,
            A::DossierApologise,
            A::DossierGrantWithdrawal,
            A::DossierStop,
            A::FeeRequest,
            A::PaymentRead,
        ],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Head),
        actions: &[
            A::DossierRead,
            A::DossierSupplement,
            A::DossierForward,
            A::DossierConsult,
            A::DossierDraft,
            A::DossierApologise,
            A::DossierGrantWithdrawal,
            A::DossierStop,
            A::FeeRequest,
            A::PaymentRead,
            A::RegisterRead,
        ],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Leader),
        actions: &[
            A::DossierRead,
            A::DossierForward,
            A::DossierConsult,
            A::DossierApprove,
            A::DocumentSign,
            A::DossierApologise,
            A::DossierApproveApology,
            A::DossierGrantWithdrawal,
            A::DossierStop,
            A::PaymentRead,
            A::RefundDecide,
            A::Reconcile,
            A::RegisterRead,
            A::AuditRead,
        ],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Specialist),
        actions: &[A::DossierRead, A::ConsultationAnswer],
        scopes: &[Agency, Consulted],
    },
    Grant {
        who: Who::Officer(Role::Head),
        actions: &[A::DossierRead, A::ConsultationAnswer],
        scopes: &[Agency, Consulted],
    },
    Grant {
        who: Who::Officer(Role::Leader),
        actions: &[A::DossierRead, A::ConsultationAnswer],
        scopes: &[Agency, Consulted],
    },
    Grant {
        who: Who::Officer(Role::Reception),
        actions: &[A::InboxRead, A::DelegationGrant, A::HelperAppoint, A::RepresentationConfirm],
        scopes: &[Agency],
    },
    Grant { who: Who::Officer(Role::Specialist), actions: &[A::InboxRead, A::DelegationGrant], scopes: &[Agency] },
    Grant { who: Who::Officer(Role::Head), actions: &[A::InboxRead, A::DelegationGrant], scopes: &[Agency] },
    Grant { who: Who::Officer(Role::Leader), actions: &[A::InboxRead, A::DelegationGrant], scopes: &[Agency] },
    // Plans and directives: the issuer's side and the unit's side are told apart by the resource, not by the role.
    Grant {
        who: Who::Officer(Role::Specialist),
        actions: &[A::TaskRead, A::TaskWork, A::DirectiveIssue],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Head),
        actions: &[A::TaskRead, A::TaskWork, A::TaskAnswer, A::DirectiveIssue, A::DirectiveJudge],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Leader),
        actions: &[
            A::TaskRead,
            A::TaskWork,
            A::TaskAnswer,
            A::DirectiveIssue,
            A::DirectiveJudge,
            A::LetterSign,
            A::RatingDecide,
        ],
        scopes: &[Agency],
    },
    // The pipeline of services: each step is one of the agency in charge of it.
    Grant {
        who: Who::Officer(Role::Specialist),
        actions: &[A::PipelinePropose, A::PipelineConsolidate, A::PipelineReview],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Head),
        actions: &[A::PipelinePropose, A::PipelineConsolidate, A::PipelineReview],
        scopes: &[Agency],
    },
    Grant {
        who: Who::Officer(Role::Leader),
        actions: &[A::PipelinePropose, A::PipelineConsolidate, A::PipelineReview, A::PipelineApprove],
        scopes: &[Agency],
    },
    // Administrators keep the rules for the whole province and settle nothing: no dossier is theirs to read.
    Grant {
        who: Who::Officer(Role::Administrator),
        actions: &[
            A::ImportStage,
            A::ImportApprove,
            A::CatalogueEdit,
            A::WorkflowEdit,
            A::OrgEdit,
            A::DelegationGrant,
            A::CalendarEdit,
            A::AuditRead,
            A::DemoClock,
        ],
        scopes: &[Province],
    },
    // Timers answer for deadlines; commands run on the server fill in catalogue, organisation and calendars.
    Grant {
        who: Who::System,
        actions: &[
            A::DossierRead,
            A::DocumentSeal,
            A::DossierRefuse,
            A::DossierApologise,
            A::DossierStop,
            A::ImportStage,
            A::CatalogueEdit,
            A::WorkflowEdit,
            A::OrgEdit,
            A::CalendarEdit,
            A::DemoClock,
        ],
        scopes: &[Province],
    },
];

/// What an action is about, as far as the policy must know.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resource {
    /// The agency that settles it, and the one that holds it now.
    agencies: Vec<AgencyId>,
    reception: Option<AgencyId>,
    consulted: Vec<AgencyId>,
    /// Account of the citizen who handed it in.
    owner: Option<String>,
    /// National code of its procedure, for who acts for another within some procedures only.
    procedure: Option<String>,
}

impl Resource {
    /// A dossier: the settling agency, the one-stop that receives it, who holds it now, and the owner's account
    /// (empty when it was handed in at the counter).
    pub fn dossier(agency: AgencyId, reception: AgencyId, holder: AgencyId, owner_account: &str) -> Self {
        Self {
            agencies: vec![agency, holder],
            reception: Some(reception),
            consulted: Vec::new(),
            owner: (!owner_account.is_empty()).then(|| owner_account.to_owned()),
            procedure: None,
        }
    }

    /// The procedure it belongs to.
    #[must_use]
    pub fn of_procedure(mut self, code: &str) -> Self {
        self.procedure = Some(code.to_owned());
        self
    }

    /// Who acts for a citizen stays within his mandate; a helper hands in and sees no dossier, also not the one he
    /// helped with.
    fn within_mandate(&self, citizen: &CitizenActor, action: Action) -> bool {
        let helped = citizen.helper().is_none() || action == Action::DossierSubmit;
        helped && citizen.acting.as_ref().is_none_or(|acting| acting.covers(self.procedure.as_deref().unwrap_or("")))
    }

    /// Something of one agency: its inbox, its officers, a question put to it.
    pub fn agency(agency: AgencyId) -> Self {
        Self { agencies: vec![agency], ..Self::default() }
    }

    /// Something that several agencies have a part in: who gave a task, who tracks it, who does it.
    pub fn parties(agencies: impl IntoIterator<Item = AgencyId>) -> Self {
        Self { agencies: agencies.into_iter().collect(), ..Self::default() }
    }

    /// Something of the whole home: the catalogue, the organisation, an import.
    pub fn province() -> Self {
        Self::default()
    }

    /// Agencies whose opinion was asked; they may read the dossier and answer.
    #[must_use]
    pub fn consulted(mut self, agencies: impl IntoIterator<Item = AgencyId>) -> Self {
        self.consulted.extend(agencies);
        self
    }

    /// Whether the scope of someone at `agency` covers it.
    fn within(&self, scope: Scope, agency: &AgencyId) -> bool {
        match scope {
            Scope::Owner => false,
            Scope::Agency => self.agencies.contains(agency),
            Scope::Reception => self.reception.as_ref() == Some(agency),
            Scope::Consulted => self.consulted.contains(agency),
            Scope::Province => true,
        }
    }

    /// A thing of the whole home is no secret; others are not told of.
    fn is_secret(&self) -> bool {
        *self != Self::default()
    }
}

/// Passes when the table allows `action` on `resource` to `actor`.
///
/// # Errors
/// `NotFound` when the actor may not know of the resource; `Forbidden` when he may see it but not do this.
pub fn allow(actor: &Actor, action: Action, resource: &Resource) -> Result<()> {
    if permitted(actor, action, resource) {
        return Ok(());
    }
    let may_see = !resource.is_secret()
        || permitted(actor, Action::DossierRead, resource)
        || actor.officer().is_some_and(|o| o.powers().any(|(agency, _)| resource.within(Scope::Agency, agency)));
    if may_see {
        Err(Error::forbidden(
            "not_permitted",
            (
                "Bạn không có quyền làm việc này. Nếu đây là việc của bạn, hãy nhờ quản trị giao đúng vai trò hoặc xin ủy quyền.",
                "You may not do this. If it is your task, ask the administrator for the right role, or for a delegation.",
            ),
        )
        .with_inside(format!("{} may not {action}", actor.label())))
    } else {
        Err(Error::not_found(
            "not_found",
            (
                "Không tìm thấy, hoặc bạn không được xem. Hãy kiểm tra lại mã hoặc đường dẫn.",
                "Not found, or you may not see it. Check the code or the address.",
            ),
        )
        .with_inside(format!("{} may not {action}", actor.label())))
    }
}

/// Whether the table allows it; for showing or hiding a button.
pub fn permitted(actor: &Actor, action: Action, resource: &Resource) -> bool {
    let granted = |who: Who, covers: &dyn Fn(Scope) -> bool| {
        TABLE
            .iter()
            .filter(|line| line.who == who && line.actions.contains(&action))
            .any(|line| line.scopes.iter().any(|scope| covers(*scope)))
    };
    match actor {
        Actor::Citizen(citizen) => granted(Who::Citizen, &|scope| {
            let own = resource.owner.as_deref() == Some(kernel_base::TypedId::as_str(&citizen.account));
            scope == Scope::Owner && own && resource.within_mandate(citizen, action)
        }),
        Actor::Officer(officer) => {
            officer.powers().any(|(agency, role)| granted(Who::Officer(role), &|scope| resource.within(scope, agency)))
        }
        Actor::System => granted(Who::System, &|scope| scope == Scope::Province),
    }
}

/// The scopes in which `who` may do `action`; for the matrix.
pub fn scopes_of(who: Who, action: Action) -> Vec<Scope> {
    let mut scopes: Vec<Scope> = TABLE
        .iter()
        .filter(|line| line.who == who && line.actions.contains(&action))
        .flat_map(|line| line.scopes.iter().copied())
        .collect();
    scopes.sort_unstable();
    scopes.dedup();
    scopes
}
