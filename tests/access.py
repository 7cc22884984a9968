"""Who gets what at each address: the table that tests/test_access.py walks.

A row gives the statuses of GET and of POST (without fields) for four people: nobody
signed in, another customer, another office's manager, and the customer whose it is. An
address without a row fails the test.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from scheduling.models import Appointment, Document, Flow

SIGN_IN, MOVED, SEE_OTHER = 302, 302, 303
OK, NONE, NOT_THIS_WAY, REFUSED = 200, 404, 405, 422
Four = tuple[int, int, int, int]

EVERYBODY: Four = (OK, OK, OK, OK)
NOBODY: Four = (NONE, NONE, NONE, NONE)
NO_METHOD: Four = (NOT_THIS_WAY,) * 4
OWNER: Four = (SIGN_IN, NONE, NONE, OK)  # theirs alone
STAFF_SIGN_IN: Four = (SIGN_IN, SIGN_IN, NONE, SIGN_IN)
STAFF_POST: Four = (SIGN_IN, SIGN_IN, NOT_THIS_WAY, SIGN_IN)
CUSTOMER: Four = (SIGN_IN, OK, NONE, OK)  # each customer's own


@dataclass(frozen=True)
class World:
    """What is Max's."""

    meeting: Appointment
    past: Appointment
    call: Appointment
    document: Document
    walk: Flow  # of his portal
    link: str  # behind which the meeting is, without a sign-in
    past_link: str
    grant: str  # to the past meeting's papers
    join: str  # into the call
    feed: str


Arguments = Callable[[World], dict[str, Any]]


def nothing(_world: World) -> dict[str, Any]:
    return {}


def his(meeting: str = "meeting", **more: str) -> Arguments:
    """Return the address of one of his meetings."""
    return lambda world: {
        "reference": getattr(world, meeting).reference,
        **{name: getattr(world, value).pk for name, value in more.items()},
    }


@dataclass(frozen=True)
class Row:
    """Expected statuses; `is_open` marks what everybody may read who has the address."""

    get: Four
    post: Four
    arguments: Arguments = field(default=nothing)
    is_open: bool = False


def shown(get: Four, post: Four = NO_METHOD, arguments: Arguments = nothing) -> Row:
    return Row(get, post, arguments)


def open_to_all(
    get: Four = EVERYBODY, post: Four = NO_METHOD, arguments: Arguments = nothing
) -> Row:
    return Row(get, post, arguments, is_open=True)


def acts(
    post: Four, arguments: Arguments = nothing, *, get: Four = (302, 404, 404, 303)
) -> Row:
    """Return the row of an address that takes posts; looking at it leads back."""
    return Row(get, post, arguments)


def of_his_walk(get: int, post: int) -> Row:
    """Return the row of a step of a walk that began in his portal."""
    gone: Four = (SIGN_IN, NONE, NONE, get)
    refused: Four = (SIGN_IN, NONE, NONE, post)
    return Row(gone, refused, lambda world: {"flow_id": world.walk.pk})


def behind_link(get: int, post: int, **more: str) -> Row:
    """Return the row of a page that an unguessable address opens for anybody."""
    return Row(
        (get,) * 4,
        (post,) * 4,
        lambda world: {
            "token": world.past_link if more else world.link,
            **{name: getattr(world, value) for name, value in more.items()},
        },
        is_open=True,
    )


ROWS: dict[str, Row] = {
    # Nothing about anybody.
    "is-alive": open_to_all(post=EVERYBODY),
    "is-ready": open_to_all(post=EVERYBODY),
    "brand-stylesheet": open_to_all(arguments=lambda _world: {"version": "0" * 12}),
    "styleguide": open_to_all(),
    "showcase:personal": open_to_all(),
    "showcase:business": open_to_all(),
    "showcase:calculator": open_to_all(),
    "showcase:portal": open_to_all(),
    "showcase:persona": open_to_all(get=NO_METHOD, post=(REFUSED,) * 4),
    "showcase:office": open_to_all(arguments=lambda _world: {"code": "ghent"}),
    "showcase:advisor": open_to_all(arguments=lambda _world: {"code": "eva-peeters"}),
    # The way in; each walk is its own.
    "scheduling:start": open_to_all((MOVED,) * 4, (SEE_OTHER,) * 4),
    "scheduling:context": open_to_all(NO_METHOD, (415,) * 4),
    "scheduling:resume": open_to_all(
        NOBODY, NOBODY, lambda _world: {"token": "x" * 22}
    ),
    "scheduling:subject": of_his_walk(OK, REFUSED),
    "scheduling:place": of_his_walk(OK, REFUSED),
    "scheduling:time": of_his_walk(SEE_OTHER, SEE_OTHER),
    "scheduling:questions": of_his_walk(SEE_OTHER, SEE_OTHER),
    "scheduling:details": of_his_walk(SEE_OTHER, SEE_OTHER),
    "scheduling:confirm": of_his_walk(SEE_OTHER, SEE_OTHER),
    "scheduling:done": of_his_walk(SEE_OTHER, SEE_OTHER),
    # Whoever has the link.
    "scheduling:manage": behind_link(OK, SEE_OTHER),
    "scheduling:change": behind_link(SEE_OTHER, SEE_OTHER),
    "scheduling:edit": behind_link(OK, REFUSED),
    "scheduling:documents": behind_link(OK, SEE_OTHER),
    "scheduling:papers": behind_link(OK, REFUSED, grant="grant"),
    "scheduling:papers-archive": behind_link(OK, NOT_THIS_WAY, grant="grant"),
    "scheduling:paper": Row(
        EVERYBODY,
        NO_METHOD,
        lambda world: {
            "token": world.past_link,
            "grant": world.grant,
            "document_id": world.document.pk,
        },
        is_open=True,
    ),
    "scheduling:calendar": behind_link(OK, NOT_THIS_WAY),
    "scheduling:join": open_to_all(arguments=lambda world: {"token": world.join}),
    "portal:feed": open_to_all(arguments=lambda world: {"token": world.feed}),
    # The portal's door.
    "portal:sign-in": open_to_all(
        (OK, MOVED, MOVED, MOVED), (REFUSED, MOVED, MOVED, MOVED)
    ),
    "portal:sign-out": open_to_all(NO_METHOD, (SEE_OTHER,) * 4),
    "portal:signed-out": open_to_all(),
    "portal:password-ask": open_to_all(post=(REFUSED,) * 4),
    "portal:password-sent": open_to_all(),
    "portal:password-done": open_to_all(),
    "portal:password-new": open_to_all(
        EVERYBODY, EVERYBODY, lambda _world: {"uidb64": "MQ", "token": "x-y"}
    ),
    "portal:handover": open_to_all(NO_METHOD, (403,) * 4),
    "portal:erased": open_to_all(),
    # Each customer's own pages.
    "portal:overview": shown(CUSTOMER),
    "portal:meetings": shown(CUSTOMER),
    "portal:schedule": acts(
        (SIGN_IN, SEE_OTHER, NONE, SEE_OTHER), get=(SIGN_IN, SEE_OTHER, NONE, SEE_OTHER)
    ),
    "portal:profile": shown(CUSTOMER, (SIGN_IN, REFUSED, NONE, REFUSED)),
    "portal:calendar-address": acts(
        (SIGN_IN, SEE_OTHER, NONE, SEE_OTHER), get=NO_METHOD
    ),
    "portal:export": shown(CUSTOMER),
    "portal:erase": shown(CUSTOMER, (SIGN_IN, REFUSED, NONE, REFUSED)),
    # What is Max's.
    "portal:offer": acts(
        (SIGN_IN, NONE, NONE, SEE_OTHER), lambda _world: {"code": "life-insurance"}
    ),
    "portal:meeting": shown(OWNER, arguments=his()),
    "portal:change-meeting": shown(OWNER, (SIGN_IN, NONE, NONE, SEE_OTHER), his()),
    "portal:cancel-meeting": shown(OWNER, (SIGN_IN, NONE, NONE, SEE_OTHER), his()),
    "portal:edit-meeting": shown(OWNER, (SIGN_IN, NONE, NONE, REFUSED), his()),
    "portal:follow-up": acts((SIGN_IN, NONE, NONE, SEE_OTHER), his("past")),
    "portal:calendar": shown(OWNER, arguments=his()),
    "portal:documents": shown(OWNER, (SIGN_IN, NONE, NONE, REFUSED), his("past")),
    "portal:documents-zip": shown(OWNER, arguments=his("past")),
    "portal:document": shown(OWNER, arguments=his("past", pk="document")),
    "portal:remove-document": shown(
        OWNER, (SIGN_IN, NONE, NONE, SEE_OTHER), his("past", pk="document")
    ),
    # Staff's, outside the admin's own addresses.
    "mailbox:list": shown(STAFF_SIGN_IN, STAFF_POST),
    "mailbox:mail": shown(STAFF_SIGN_IN, STAFF_POST, lambda _world: {"name": "x"}),
    "mailbox:calendar": shown(STAFF_SIGN_IN, STAFF_POST, lambda _world: {"name": "x"}),
}


def all_addresses() -> Iterator[tuple[str, str]]:
    """Yield the name and the route of every address of the site."""
    yield from addresses_of(get_resolver().url_patterns, "", "")


def addresses_of(patterns: list, prefix: str, space: str) -> Iterator[tuple[str, str]]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = f"{space}{pattern.namespace}:" if pattern.namespace else space
            yield from addresses_of(pattern.url_patterns, route, inner)
        elif isinstance(pattern, URLPattern):
            yield f"{space}{pattern.name or ''}", route
