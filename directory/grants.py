"""Who may do what in the back office, as plain tables: roles, their rows, their deeds.

Nothing here asks the database. `directory.roles` answers for a person; the groups in the
database carry the same permissions (`directory.services.load_roles`). A model that is in
neither PATHS nor SHARED belongs to administrators alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum


class Role(StrEnum):
    """A role: the name of its group."""

    ADMINISTRATOR = "Administrator"
    OFFICE_MANAGER = "Office manager"
    ADVISOR = "Advisor"
    PLANNER = "Planner"


class Span(Enum):
    """Whose rows a role reaches."""

    ALL = "all"
    OFFICES = "offices"  # of the offices that the person runs
    OWN = "own"  # the person's own, as an advisor


@dataclass(frozen=True, slots=True)
class Paths:
    """How a model's rows lead to offices and advisors; any path that fits is enough.

    Only rows of no office in `everywhere` are read by all managers, and changed by none.
    Rows behind `wholly` must lie at one's own offices before a change is allowed: nobody
    changes at one office what counts at another too.
    """

    offices: tuple[str, ...] = ()
    own: tuple[str, ...] = ()
    everywhere: tuple[str, ...] = ()
    wholly: tuple[str, ...] = ()


SPANS = {
    Role.ADMINISTRATOR: Span.ALL,
    Role.OFFICE_MANAGER: Span.OFFICES,
    Role.ADVISOR: Span.OWN,
    Role.PLANNER: Span.ALL,
}

OF_APPOINTMENT = Paths(("appointment__office",), ("appointment__advisor",))
OF_ADVISOR = Paths(("advisor__expertise__office",), ("advisor",))
OF_OFFICE = Paths(("office",))
PATHS: Mapping[str, Paths] = {
    "directory.office": Paths(("pk",), ("expertise__advisor",)),
    "directory.openinghours": OF_OFFICE,
    "directory.postalarea": OF_OFFICE,
    "directory.switchedoffchannel": OF_OFFICE,
    "directory.closure": Paths(("office",), everywhere=("office",)),
    "directory.advisor": Paths(
        ("expertise__office",), ("pk",), wholly=("expertise__office",)
    ),
    "directory.expertise": Paths(("office",), ("advisor",)),
    "directory.customer": Paths(
        ("appointments__office",), ("appointments__advisor", "preferred_advisor")
    ),
    "directory.weektemplate": Paths(
        ("advisor__expertise__office",),
        ("advisor",),
        wholly=("advisor__expertise__office", "blocks__office"),
    ),
    "directory.daytemplate": Paths(
        ("advisor__expertise__office",),
        ("advisor",),
        wholly=("advisor__expertise__office", "blocks__office"),
    ),
    "directory.weekblock": Paths(("office",), ("template__advisor",)),
    "directory.dayblock": Paths(("office",), ("template__advisor",)),
    "directory.absence": OF_ADVISOR,
    "segments.availabilityrule": Paths(("office",), everywhere=("office",)),
    "segments.rulewindow": Paths(("rule__office",), everywhere=("rule__office",)),
    "scheduling.appointment": Paths(("office",), ("advisor",)),
    "scheduling.appointmentevent": OF_APPOINTMENT,
    "scheduling.message": OF_APPOINTMENT,
    "scheduling.document": OF_APPOINTMENT,
    "scheduling.busyinterval": OF_ADVISOR,
    "scheduling.unmetdemand": OF_OFFICE,
    "portal.account": Paths(
        ("customer__appointments__office",),
        ("customer__appointments__advisor", "customer__preferred_advisor"),
    ),
}
# Of no office and no advisor: the permission alone decides.
SHARED = frozenset(
    [
        "directory.category",
        "directory.subject",
        "directory.question",
        "directory.questionchoice",
        "directory.organisation",
        "directory.postalplace",
        "segments.segment",
        "segments.segmentoffer",
        "segments.linkkey",
        "segments.linkcontext",
        "segments.linkproblem",
        "scheduling.messagetemplate",
        "scheduling.reminder",
        "scheduling.stepcount",
        "portal.banner",
        "portal.handoverkey",
    ]
)

OUR_APPS = ("directory", "segments", "scheduling", "portal")
STANDARD = frozenset(["view", "add", "change", "delete"])
PLAN = "plan"  # another time, place or advisor, or none: on top of changing it
VIEW = frozenset(["view"])
BOOKED = {
    "scheduling.appointmentevent": VIEW,
    "scheduling.message": VIEW,
    "scheduling.document": VIEW,
}
WHAT_CAN_BE_BOOKED = {
    "directory.category": VIEW,
    "directory.subject": VIEW,
    "directory.question": VIEW,
    "directory.questionchoice": VIEW,
    "segments.segment": VIEW,
    "segments.segmentoffer": VIEW,
    "segments.availabilityrule": VIEW,
    "segments.rulewindow": VIEW,
}
# Administrators are in no row: they may do everything.
GRANTS: Mapping[Role, Mapping[str, frozenset[str]]] = {
    Role.OFFICE_MANAGER: {
        "scheduling.appointment": frozenset(["view", "add", "change", PLAN]),
        **BOOKED,
        "directory.customer": frozenset(["view", "change"]),
        "directory.office": frozenset(["view", "change"]),
        "directory.openinghours": STANDARD,
        "directory.closure": STANDARD,
        "directory.switchedoffchannel": frozenset(["view", "add"]),  # never on
        "directory.postalarea": VIEW,
        "directory.advisor": frozenset(["view", "add", "change"]),
        "directory.expertise": STANDARD,
        "directory.weektemplate": STANDARD,
        "directory.weekblock": STANDARD,
        "directory.daytemplate": STANDARD,
        "directory.dayblock": STANDARD,
        "directory.absence": STANDARD,
        **WHAT_CAN_BE_BOOKED,
    },
    Role.ADVISOR: {
        "scheduling.appointment": frozenset(["view", "change"]),
        **BOOKED,
        "directory.customer": VIEW,
        "directory.office": VIEW,
        "directory.category": VIEW,
        "directory.subject": VIEW,
        "directory.advisor": VIEW,
        "directory.expertise": VIEW,
        "directory.weektemplate": VIEW,
        "directory.weekblock": VIEW,
        "directory.daytemplate": VIEW,
        "directory.dayblock": VIEW,
        "directory.absence": STANDARD,
    },
    Role.PLANNER: {
        "scheduling.appointment": frozenset(["view", "add", "change", PLAN]),
        **BOOKED,
        "directory.customer": frozenset(["view", "change"]),
        "directory.office": VIEW,
        "directory.openinghours": VIEW,
        "directory.closure": VIEW,
        "directory.switchedoffchannel": VIEW,
        "directory.postalarea": VIEW,
        "directory.advisor": VIEW,
        "directory.expertise": VIEW,
        "directory.weektemplate": VIEW,
        "directory.weekblock": VIEW,
        "directory.daytemplate": VIEW,
        "directory.dayblock": VIEW,
        "directory.absence": VIEW,
        **WHAT_CAN_BE_BOOKED,
    },
}


def codenames(role: Role) -> frozenset[str]:
    """Return a role's permissions as Django writes them: `directory.view_office`."""
    return frozenset(
        f"{app}.{action}_{model}"
        for label, actions in GRANTS.get(role, {}).items()
        for app, model in [label.split(".")]
        for action in actions & STANDARD
    )
