"""The first page: what is coming, what has been, and who is there for the customer."""

from dataclasses import dataclass

from django.db.models import prefetch_related_objects
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from directory.models import Customer
from portal import queries
from portal.access import customer_page
from portal.models import Banner
from portal.pictures import picture_or_nothing
from portal.services.invitations import offer_of
from portal.views import beside, cards
from portal.views.scene import Scene, draw, load_scene

UPCOMING = 5
PAST = 3
DOCUMENTS = 4
BANNERS = 2


@dataclass(frozen=True, slots=True)
class Offer:
    """A banner as templates/components/offer.html draws it."""

    banner: Banner
    picture: str


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
    advisor = beside.own_advisor(customer, scene)
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
        "advisor": advisor,
        "portrait": picture_or_nothing(advisor.portrait) if advisor else "",
        "office": beside.own_office(customer, scene),
        "offers": _offers(customer, scene),
    }
    return draw(request, "portal/overview.html", scene, context)


def _offers(customer: Customer, scene: Scene) -> list[Offer]:
    """Return the first banners whose subject the customer may really book."""
    offer = offer_of(customer, now=scene.now)
    if offer is None:
        return []
    bookable = {subject.id for subject in offer.subjects()}
    rows = queries.banners_for(customer, today=scene.today)
    fitting = [one for one in rows if one.subject_id in bookable]
    return [Offer(one, picture_or_nothing(one.picture)) for one in fitting[:BANNERS]]
