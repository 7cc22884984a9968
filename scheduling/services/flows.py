"""A visitor's walk: what they answered, and how long it is kept.

A later answer that still fits outlives a change of an earlier one; a held time is moved
to what was chosen, or given back.
"""

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime, timedelta
from functools import partial
from zoneinfo import available_timezones

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from directory.choices import Channel
from directory.queries import catalogue
from scheduling.errors import (
    AlreadyBooked,
    FlowGone,
    LimitReached,
    NotCovered,
    NotOffered,
    NotReady,
)
from scheduling.models import BusyInterval, Flow, UnmetDemand
from scheduling.resuming import queue_resume_link
from scheduling.services.attempts import settle
from scheduling.services.entries import Entry
from scheduling.services.fitting import (
    ADDRESS,
    Place,
    check_place,
    fit_to_subject,
    keep_fitting_advisor,
    remove_unasked_files,
)
from scheduling.services.holds import claim_slot, lock_flow, release_hold
from scheduling.services.steps import count_step, count_unmet
from scheduling.services.wishes import choices_of
from scheduling.tokens import hash_token, resume_token
from segments.services import use_context

TYPED = 500  # characters of a field kept as typed
TYPED_LONG = 5000
RESUME_LINKS = 3
TOUCH_EVERY = timedelta(minutes=1)


def start_flow(entry: Entry, *, now: datetime) -> Flow:
    """Start a flow with what a link says; a context that works once is used up.

    Raises:
        segments.services.LinkFailed: another flow has used the context.
    """
    with transaction.atomic():
        if entry.context_id is not None:
            use_context(entry.context_id, now=now)
        flow = Flow.objects.create(
            created_at=now,
            last_used_at=now,
            segment_codes=list(entry.segment_codes),
            is_signed=entry.is_signed,
            locked=list(entry.locked),
            category_code=entry.category_code,
            channels=list(entry.channels),
            prefill=entry.prefill or {},
            question_prefill=entry.question_prefill or {},
            metadata=entry.metadata or {},
            attribution=entry.attribution or {},
            return_url=entry.return_url,
            opens_on=entry.opens_on,
            language=entry.language,
            link_zone=entry.link_zone,
            notices=list(entry.notices),
            ignored_parameters=entry.ignored_parameters,
            verified_customer_id=entry.verified_customer_id,
            needs_sign_in=entry.needs_sign_in,
            preset=list(entry.preset),
            subject_id=entry.subject_id,
            channel=entry.channel,
            office_id=entry.office_id,
            is_place_answered=entry.is_place_answered,
            address=entry.address or {},
            advisor_id=entry.advisor_id,
            advisor_mode=entry.advisor_mode,
        )
    count_step(flow, "start", now=now)
    return flow


def load_flow(flow_id: str, *, now: datetime) -> Flow:
    """Return a flow that may be used: touched in the last two hours, or booked. One query.

    Raises:
        FlowGone: there is none, or nobody used it for too long.
    """
    flow = Flow.objects.filter(pk=flow_id).first()
    if flow is None or is_idle(flow, now=now):
        raise FlowGone
    return flow


def is_idle(flow: Flow, *, now: datetime) -> bool:
    """Tell whether an address has gone unused too long; a booked flow leads on."""
    return not flow.is_booked and now - flow.last_used_at > settings.FLOW_IDLE_TIME


def touch(flow: Flow, *, now: datetime) -> None:
    """Note that the flow is in use; at most one write a minute."""
    if now - flow.last_used_at >= TOUCH_EVERY:
        Flow.objects.filter(pk=flow.pk, last_used_at__lt=now).update(last_used_at=now)
        flow.last_used_at = now


def answer_subject(flow: Flow, *, subject_id: int, now: datetime) -> None:
    """Answer step one.

    Raises:
        NotOffered: the link may not have it, or has fixed another.
        AlreadyBooked, FlowGone, Busy.
    """
    offer = choices_of(flow, now=now)
    if subject_id not in {subject.id for subject in offer.subjects()}:
        raise NotOffered
    changed = copy(flow)  # a refusal leaves the caller's flow as it was
    if subject_id != flow.subject_id:
        if "subject" in flow.locked and flow.subject_id is not None:
            raise NotOffered
        fit_to_subject(changed, offer, catalogue().subjects[subject_id])
    save_and_refit(
        changed,
        [
            *("subject_id", "channel", "office_id", "is_place_answered"),
            *("advisor_id", "advisor_mode", "answers", "are_questions_answered"),
        ],
        now=now,
    )
    adopt(flow, changed)
    count_step(flow, "subject", now=now)


def answer_place(
    flow: Flow,
    *,
    channel: str,
    office_id: int | None,
    address: Mapping[str, str],
    now: datetime,
) -> None:
    """Answer step two.

    A home visit has no chosen office: the postal code finds it. Phone and video may do
    without one.

    Raises:
        NotCovered: nobody visits the address.
        NotOffered: the link may not have it, or has fixed another.
        NotReady, AlreadyBooked, FlowGone, Busy.
    """
    if flow.subject_id is None:
        raise NotReady
    offer = choices_of(flow, now=now)
    place = Place(
        channel=channel,
        office_id=None if channel == Channel.ON_LOCATION else office_id,
        address={name: str(address.get(name, ""))[:TYPED] for name in ADDRESS},
    )
    try:
        check_place(flow, offer, place)
    except NotCovered:
        reason = UnmetDemand.Reason.NOT_COVERED
        count_unmet(flow, reason, channel=channel, now=now)
        raise
    changed = copy(flow)
    changed.channel = place.channel
    changed.office_id = place.office_id
    changed.address = dict(place.address)
    changed.is_place_answered = True
    keep_fitting_advisor(changed, offer)
    save_and_refit(
        changed,
        [
            *("channel", "office_id", "address", "is_place_answered"),
            *("advisor_id", "advisor_mode"),
        ],
        now=now,
    )
    adopt(flow, changed)
    count_step(flow, "place", now=now)


def answer_questions(
    flow: Flow, *, answers: Mapping[str, object], now: datetime
) -> None:
    """Answer step four: question code -> what JSON can hold. Unknown codes are dropped.

    Raises:
        NotReady, AlreadyBooked, FlowGone.
    """
    if flow.subject_id is None:
        raise NotReady
    known = {each.code for each in catalogue().subjects[flow.subject_id].questions}
    flow.answers = {code: value for code, value in answers.items() if code in known}
    flow.are_questions_answered = True
    save_answers(flow, ["answers", "are_questions_answered"], now=now)
    count_step(flow, "questions", now=now)


def keep_details(flow: Flow, *, details: Mapping[str, str], now: datetime) -> None:
    """Keep step five as it was typed, whether or not it could be accepted."""
    flow.details = {
        name: str(value)[: TYPED_LONG if name == "remarks" else TYPED]
        for name, value in details.items()
    }
    save_answers(flow, ["details"], now=now)


def choose_zone(flow: Flow, *, zone_name: str, now: datetime) -> None:
    """Show times in this zone from now on.

    Raises:
        NotOffered: there is no such zone.
    """
    if zone_name not in available_timezones():
        raise NotOffered(_("Please choose a time zone from the list."))
    flow.chosen_zone = zone_name
    save_answers(flow, ["chosen_zone"], now=now)


def choose_advisor(flow: Flow, *, advisor_id: int | None, now: datetime) -> None:
    """Prefer an advisor from now on, or nobody in particular.

    Raises:
        NotOffered: they do not take it, or the link has fixed another.
        NotReady, AlreadyBooked, FlowGone.
    """
    if flow.subject_id is None or not flow.channel:
        raise NotReady
    if advisor_id == flow.advisor_id:
        return
    is_fixed = "advisor" in flow.locked or flow.advisor_mode == Flow.AdvisorMode.ONLY
    if flow.advisor_id is not None and is_fixed:
        raise NotOffered
    offer = choices_of(flow, now=now)
    eligible = offer.advisors_of(flow.subject_id, flow.channel, flow.office_id)
    if advisor_id is not None and advisor_id not in {one.id for one in eligible}:
        raise NotOffered
    flow.advisor_id = advisor_id
    save_answers(flow, ["advisor_id"], now=now)


def adopt(flow: Flow, changed: Flow) -> None:
    """Give the caller's object the columns that were written."""
    for field in Flow._meta.concrete_fields:  # noqa: SLF001  (Django's public API)
        setattr(flow, field.attname, getattr(changed, field.attname))


def save_answers(flow: Flow, names: Iterable[str], *, now: datetime) -> None:
    """Write columns of a flow that has not booked; one statement compares and writes."""
    flow.last_used_at = now
    values = {name: getattr(flow, name) for name in (*names, "last_used_at")}
    if Flow.objects.filter(pk=flow.pk, is_booked=False).update(**values):
        return
    if Flow.objects.filter(pk=flow.pk).exists():
        raise AlreadyBooked
    raise FlowGone


def save_and_refit(flow: Flow, names: list[str], *, now: datetime) -> None:
    """Write an earlier answer; move the held time to it, or give the time back."""
    settle(partial(save_and_refit_once, flow, names, now=now))


@transaction.atomic
def save_and_refit_once(flow: Flow, names: list[str], *, now: datetime) -> None:
    """Do it in one transaction, so that no hold is left for an answer that has gone."""
    save_answers(flow, names, now=now)
    remove_unasked_files(flow)
    hold = BusyInterval.objects.filter(flow=flow).first()
    start = flow.slot or (hold.meeting_starts_at if hold else None)
    if start is None:
        return
    try:
        claim_slot(flow, start=start, now=now, client=hold.client if hold else "")
    except (NotOffered, NotReady):
        release_hold(flow)


@transaction.atomic
def offer_resume(flow: Flow, *, email: str, now: datetime) -> str:
    """Mail a link that opens the flow on another device for 24 hours; return its token.

    Earlier links end. The job that sends it is part of this transaction.

    Raises:
        LimitReached: three were sent.
        AlreadyBooked, FlowGone.
    """
    locked = lock_flow(flow)
    if locked.resume_count >= RESUME_LINKS:
        raise LimitReached(
            _("Three links were sent already. Please use the last one."),
            retry_after=settings.RESUME_TIME,
        )
    locked.resume_count += 1
    token = resume_token(locked.pk, locked.resume_count)
    locked.resume_hash = hash_token(token)
    locked.resume_expires_at = now + settings.RESUME_TIME
    locked.last_used_at = now
    locked.save(
        update_fields=[
            *("resume_count", "resume_hash", "resume_expires_at", "last_used_at")
        ]
    )
    queue_resume_link(locked, address=email)
    return token


def find_resume(token: str, *, now: datetime) -> Flow:
    """Return the flow of a resume link. One query; nothing is written.

    Raises:
        FlowGone: the link is not known, or its 24 hours are over.
    """
    flow = Flow.objects.filter(
        resume_hash=hash_token(token), resume_expires_at__gt=now
    ).first()
    if flow is None:
        raise FlowGone
    return flow


def open_resume(token: str, *, now: datetime) -> Flow:
    """Return the flow of a resume link and start its two hours anew.

    Raises:
        FlowGone: the link is not known, or its 24 hours are over.
    """
    flow = find_resume(token, now=now)
    touch(flow, now=now)
    return flow
