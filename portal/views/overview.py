"""The first page: what is coming, what has been, and who is there for the customer."""

from collections.abc import Sequence

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from directory.models import Customer
from portal import queries
from portal.access import customer_page
from portal.models import Banner
from portal.services.invitations import offer_of
from portal.views import beside, cards
from portal.views.scene import Scene, draw, load_scene

UPCOMING = 5
PAST = 3
DOCUMENTS = 4
BANNERS = 2


@require_safe
@customer_page
def overview(request: HttpRequest, customer: Customer) -> HttpResponse:
    """Show the overview. At most 12 queries, however much there is."""
    scene = load_scene()
    upcoming = queries.upcoming_meetings(customer, now=scene.now)
    past = queries.past_meetings(customer, now=scene.now)
    # One more than is shown tells whether there are more.
    coming, gone = list(upcoming[: UPCOMING + 1]), list(past[: PAST + 1])
    prefetch_related_objects([*coming, *gone], "documents")
    accounts = queries.accounts_of(customer)
    documents = queries.recent_documents(customer, most=DOCUMENTS)
    context = {
        "tab": "overview",
        "customer": customer,
        "next_meeting": cards.next_card(coming[0], scene) if coming else None,
        "upcoming": [cards.upcoming_card(one, scene) for one in coming[1:UPCOMING]],
        "has_more_upcoming": len(coming) > UPCOMING,
        "past": [cards.past_card(one, scene) for one in gone[:PAST]],
        "has_more_past": len(gone) > PAST,
        "documents": [beside.document_row(one, scene) for one in documents],
        "accounts": beside.account_rows(accounts, scene),
        "accounts_as_of": beside.as_of(accounts, scene),
        "advisor": beside.own_advisor(customer, scene),
        "office": beside.own_office(customer, scene),
        "banners": _banners(customer, scene),
    }
    return draw(request, "portal/overview.html", scene, context)


def _banners(customer: Customer, scene: Scene) -> Sequence[Banner]:
    """Return the first offers whose subject the customer may really book."""
    offer = offer_of(customer, now=scene.now)
    if offer is None:
        return []
    bookable = {subject.id for subject in offer.subjects()}
    rows = queries.banners_for(customer, today=scene.today)
    return [one for one in rows if one.subject_id in bookable][:BANNERS]
