"""Staff book for a customer: one page that is filled in from the top.

Everything is posted to the page itself, so nothing personal gets into an address. All
buttons but the last only look: what was typed stays, and nothing is judged or written.
"""

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cached_property, reduce
from operator import and_
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.text import smart_split
from django.views.decorators.http import require_http_methods

from config import clock
from config.busy import busy_page
from directory.catalogue import Catalogue
from directory.choices import Channel
from directory.grants import PLAN
from directory.models import Customer
from directory.roles import may, may_ever, offices_for, scope
from scheduling.admin.actions import page_of, user_of
from scheduling.admin.starts import Day, day_of, read_value
from scheduling.candidates import Wish
from scheduling.causes.day import explained_day
from scheduling.errors import Busy, SchedulingError
from scheduling.forms.desk import (
    LOOKED_AT,
    PERSON,
    DeskForm,
    DeskWithinForm,
    LookedForm,
    LookedWithinForm,
    Offer,
    asked_of,
)
from scheduling.models import Appointment, Flow
from scheduling.queries import first_board
from scheduling.services.desk import Order, book_for_customer, booked_with
from scheduling.views.access import UNPROCESSABLE, see_other
from segments.queries import SegmentsData, policy_for, problem_of, segments_data

TEMPLATE = "admin/scheduling/desk/page.html"
MOST_FOUND = 8
DAY = timedelta(days=1)
SEARCHED = (*PERSON[:4], "customer_number")


@dataclass(frozen=True)
class Desk:
    """Who books, when, and what may be chosen from."""

    request: HttpRequest
    known: SegmentsData
    now: datetime
    within: set[int] | None  # the offices for which they may book; None: all

    @property
    def standing(self) -> Catalogue:
        return self.known.catalogue

    @property
    def may_overrule(self) -> bool:
        return may_ever(self.request.user, PLAN, Appointment)

    @cached_property
    def customers(self) -> QuerySet[Customer]:
        """Return the customers whom they may see."""
        return scope(Customer.objects.all(), self.request.user)

    def offer(self, subject_code: str) -> Offer:
        standing = self.standing
        offices = [
            one
            for one in standing.offices.values()
            if one.is_active and (self.within is None or one.id in self.within)
        ]
        there = {one.id for one in offices}
        takers = {
            one.advisor_id for one in standing.expertise if one.office_id in there
        }
        subject = standing.subject(subject_code)
        return Offer(
            segments=[
                (one.code, f"{one.code} ({one.name})")
                for one in self.known.segments.values()
                if not problem_of(self.known, one.code, now=self.now, is_signed=True)
            ],
            subjects=list(_subjects(standing)),
            offices=[(one.code, one.name) for one in offices],
            advisors=[
                (one.code, one.name)
                for one in standing.advisors.values()
                if one.is_active and one.id in takers
            ],
            questions=asked_of(subject.questions) if subject else (),
            consent_text=standing.organisation.consent_text,
        )


def is_open_to(request: HttpRequest) -> bool:
    """Tell whether the person may book for customers at all."""
    return may_ever(request.user, "add", Appointment)


@require_http_methods(["GET", "HEAD", "POST"])
def start(request: HttpRequest) -> HttpResponse:
    """Ask who, what and when; book it when that is posted. Constant queries.

    422: it was refused; the page says why and keeps what was typed.
    """
    if not is_open_to(request):
        raise PermissionDenied
    within = offices_for(request.user, "add", "scheduling.appointment")
    desk = Desk(request, segments_data(), clock.now(), within)
    if request.method != "POST":
        form = looked_form(desk, None, initial=initial_of(desk, request.GET))
        return draw(desk, form, at=request.GET.get("at", ""))
    if "book" not in request.POST:
        return draw(desk, looked_form(desk, looked_at(desk, request.POST)))
    if (booked := booked_with(request.POST.get("key", ""))) is not None:
        return already(request, booked)
    return book(desk, request.POST)


def book(desk: Desk, data: QueryDict) -> HttpResponse:
    """Book what was posted, if it may be."""
    form_class = DeskForm if desk.within is None else DeskWithinForm
    form = form_class(data, offer=desk.offer(data.get("subject", "")))
    day, context = times_of(desk, form)
    form.offer_starts(day.values if day else ())
    if not form.is_valid():
        return draw(desk, form, status=UNPROCESSABLE, times=(day, context))
    try:
        booked = book_for_customer(
            order_of(desk, form),
            now=desk.now,
            user=user_of(desk.request),
            reason=form.cleaned_data["reason"],
        )
    except Busy:
        return busy_page()
    except SchedulingError as error:
        form.refuse(error)
        return draw(desk, form, status=UNPROCESSABLE)
    messages.success(desk.request, f"Booked: {booked.reference}. Everybody is told.")
    return to_meeting(desk.request, booked)


def order_of(desk: Desk, form: DeskForm) -> Order:
    """Return what the form asks for; it was found right."""
    given, standing = form.cleaned_data, desk.standing
    subject = standing.subject(given["subject"])
    assert subject is not None  # noqa: S101  (the form chose among them)
    office, advisor = (
        standing.office(given["office"]),
        standing.advisor(given["advisor"]),
    )
    chosen = read_value(given["slot"])
    customer = customer_of(desk, given["customer"])
    return Order(
        key=given["key"],
        segment_codes=(given["segment"],) if given["segment"] else (),
        subject_id=subject.id,
        channel=given["channel"],
        start=chosen.start,
        details=form.details,
        office_id=office.id if office else None,
        advisor_id=advisor.id if advisor else None,
        address=form.address,
        taker=chosen.taker(standing),
        overruled=chosen.overruled,
        answers=form.answers,
        customer_id=customer.pk if customer else None,
        language=given["language"],
    )


def already(request: HttpRequest, booked: Appointment) -> HttpResponse:
    """Lead to what the form has booked: a second press books nothing more."""
    messages.info(
        request,
        f"This page has booked {booked.reference}. Open it anew to book another meeting.",
    )
    return to_meeting(request, booked)


def to_meeting(request: HttpRequest, booked: Appointment) -> HttpResponse:
    if may(request.user, "view", booked):
        return see_other(page_of(booked))
    return see_other(reverse("booking:start"))


# What the page starts with, and what its buttons change.


def initial_of(desk: Desk, asked: QueryDict) -> dict[str, Any]:
    """Return what an address says, and what follows from it."""
    today = desk.now.astimezone(desk.standing.organisation.zone).date()
    found: dict[str, Any] = {
        "key": new_key(),
        "language": desk.standing.organisation.language,
        "date": asked.get("date") or today.isoformat(),
        **{name: asked[name] for name in LOOKED_AT if asked.get(name)},
    }
    if desk.within is not None and len(desk.within) == 1:
        [only] = desk.within
        found.setdefault("office", desk.standing.offices[only].code)
    customer = customer_of(desk, asked.get("customer"))
    return found | known_of(desk, customer, found) if customer else found


def looked_at(desk: Desk, posted: QueryDict) -> QueryDict:
    """Return what was posted with what the pressed button changes."""
    data = posted.copy()
    if not data.get("key"):
        data["key"] = new_key()
    if "day" in posted:
        data["date"] = posted.get("day", "")
    if "forget" in posted:
        for name in ("customer", *PERSON):
            data[name] = ""
    if "pick" in posted and (customer := customer_of(desk, posted["pick"])):
        for name, value in known_of(desk, customer, data).items():
            data[name] = value
        data["find"] = ""
    return data


def known_of(
    desk: Desk, customer: Customer, asked: Mapping[str, Any]
) -> dict[str, Any]:
    """Return what is known of a customer; their only segment, if none was chosen."""
    found = {name: str(getattr(customer, name)) for name in PERSON}
    found |= {"customer": str(customer.pk), "language": customer.language}
    usable = [
        code
        for code in customer.segment_codes
        if not problem_of(desk.known, code, now=desk.now, is_signed=True)
    ]
    if not asked.get("segment") and len(usable) == 1:
        found["segment"] = usable[0]
    return found


def new_key() -> str:
    return f"desk-{secrets.token_urlsafe(13)[:17]}"


def looked_form(
    desk: Desk, data: QueryDict | None, *, initial: Mapping[str, Any] | None = None
) -> LookedForm:
    """Return the form as it is filled in so far."""
    form_class = LookedForm if desk.within is None else LookedWithinForm
    source: Mapping[str, Any] = initial or {} if data is None else data
    offer = desk.offer(str(source.get("subject", "")))
    return form_class(data, initial=initial, offer=offer)


def customer_of(desk: Desk, pk: Any) -> Customer | None:
    """Return a customer whom they may see. One query, or none."""
    if not str(pk or "").isdecimal():
        return None
    return desk.customers.filter(pk=int(pk)).first()


def found_customers(desk: Desk, text: str) -> list[Customer]:
    """Return who has every word of a text somewhere. One query, or none."""
    words = [word.strip("\"'") for word in smart_split(text.replace("\0", ""))]
    if not any(words):
        return []
    has_all = reduce(
        and_,
        (
            reduce(
                lambda one, other: one | other,
                (Q(**{f"{name}__icontains": word}) for name in SEARCHED),
            )
            for word in words
        ),
    )
    return list(desk.customers.filter(has_all).distinct()[: MOST_FOUND + 1])


# What the page shows.


def times_of(desk: Desk, form: DeskForm) -> tuple[Day | None, dict[str, Any]]:
    """Return the day's starts, once it is clear what is asked; else what is missing."""
    wish, day = wish_of(desk, form), form.look_at_date()
    if wish is None or day is None:
        sentence = "Choose subject, channel and date, and an office to meet at one."
        return None, {"sentence": sentence}
    office = desk.standing.offices.get(wish.office_id or 0)
    zone = office.zone if office else desk.standing.organisation.zone
    explained = explained_day(wish, now=desk.now, day=day, zone=zone)
    found = day_of(explained, advisor_id=wish.advisor_id)
    if not desk.may_overrule:
        found = found.without_overruling()
    return found, {
        "day": day,
        "zone": zone.key,
        "before": (day - DAY).isoformat(),
        "after": (day + DAY).isoformat(),
        "nothing": "" if found.offered else nothing_text(desk, wish, zone, day),
    }


def wish_of(desk: Desk, form: DeskForm) -> Wish | None:
    """Return what the form asks of the calendar so far; None: not enough."""
    found = {name: form.look_at(name) for name in LOOKED_AT}
    subject = desk.standing.subject(found["subject"] or "")
    office = desk.standing.office(found["office"] or "")
    advisor = desk.standing.advisor(found["advisor"] or "")
    channel = found["channel"]
    is_needed = channel == Channel.OFFICE or form.fields["office"].required
    if subject is None or not channel or (is_needed and office is None):
        return None
    codes = (found["segment"],) if found["segment"] else ()
    is_visit = channel == Channel.ON_LOCATION
    return Wish(
        policy=policy_for(codes, now=desk.now, is_signed=True),
        subject_id=subject.id,
        channel=channel,
        office_id=office.id if office else None,
        postal_code=str(form["postal_code"].value() or "") if is_visit else None,
        country=str(form["country"].value() or "") if is_visit else "",
        advisor_id=advisor.id if advisor else None,
        advisor_mode=Flow.AdvisorMode.ONLY if advisor else Flow.AdvisorMode.PREFER,
    )


def nothing_text(desk: Desk, wish: Wish, zone: ZoneInfo, day: date) -> str:
    """Return that the day offers nothing, and where the first offered start is."""
    found = first_board(wish, now=desk.now)
    first = found.first_start() if found else None
    if first is None:
        return "Nothing like this is offered at all."
    return (
        f"Nothing is offered on {day:%A %-d %B}. "
        f"The first start is on {first.astimezone(zone):%A %-d %B %Y, %H:%M}."
    )


def draw(
    desk: Desk,
    form: DeskForm,
    *,
    at: str = "",
    status: int = 200,
    times: tuple[Day | None, dict[str, Any]] | None = None,
) -> HttpResponse:
    """Return the page."""
    day, context = times or times_of(desk, form)
    customer = customer_of(desk, form["customer"].value())
    found = found_customers(desk, str(form["find"].value() or ""))
    chosen = str(form["slot"].value() or "") or (day.value_at(at) if day else "")
    full = {
        **admin.site.each_context(desk.request),
        "title": "Book for a customer",
        "form": form,
        "times": day,
        "chosen": chosen,
        "customer": customer,
        "is_searched": bool(form["find"].value()),
        "found": found[:MOST_FOUND],
        "has_more": len(found) > MOST_FOUND,
        "is_visit": form["channel"].value() == Channel.ON_LOCATION,
        "may_overrule": desk.may_overrule,
        "files": files_of(desk, str(form["subject"].value() or "")),
        **context,
    }
    return render(desk.request, TEMPLATE, full, status=status)


def files_of(desk: Desk, code: str) -> list[str]:
    """Return the documents that the subject asks for: they come in later."""
    subject = desk.standing.subject(code)
    if subject is None:
        return []
    asked = asked_of(subject.questions)
    return [one.label for one in subject.questions if one not in asked]


def _subjects(standing: Catalogue) -> Any:
    """Yield the categories with the subjects that may be booked."""
    for category in standing.categories.values():
        inside = [
            (one.code, one.name)
            for one in standing.subjects.values()
            if one.category_id == category.id and one.is_open
        ]
        if inside:
            yield category.name, inside


app_name = "booking"
urlpatterns = [path("", admin.site.admin_view(start), name="start")]
