"""Take away what a cause names, and nothing else, as staff would after following its link."""

from datetime import time

from django.db.models import Model

from directory.models import (
    Absence,
    Advisor,
    Category,
    Closure,
    DayBlock,
    Expertise,
    Office,
    OpeningHours,
    PostalArea,
    Subject,
    SwitchedOffChannel,
    WeekBlock,
    WeekTemplate,
)
from scheduling.availability.types import Reason
from scheduling.causes.types import Case, Cause
from scheduling.models import Appointment, BusyInterval
from scheduling.queries import Wish
from segments.models import AvailabilityRule, RuleWindow, Segment, SegmentOffer

MIDNIGHT = time(0)  # as an end: of the day
FOR_GOOD = frozenset({Reason.PAST, Reason.CLOCK_CHANGE})  # nobody can change these
# What a rule says instead; switched off it is explicitly none.
LIBERAL = {
    Reason.RANK: ({"ranks": None}, "ranks"),
    Reason.RANK_THRESHOLD: (
        {"threshold_regular": None, "threshold_junior": None},
        "thresholds",
    ),
    Reason.TOO_SOON: ({"notice_hours": None, "notice_working_days": None}, "notice"),
    Reason.TOO_FAR: ({"horizon": 730}, ""),
    Reason.OFF_GRID: ({"interval": 5}, ""),
    Reason.DAY_FULL: ({"daily_maximum": None}, "daily_maximum"),
    Reason.OUTSIDE_HOURS: ({}, "limit"),
}


def neutralise(reason: Reason, cause: Cause, case: Case, wish: Wish) -> None:
    """Change the row that a cause leads to, so that it does not refuse any more."""
    if cause.kind in {"start", "question"}:  # a slot to look at; a question to ask anew
        return
    if cause.model == "segments.availabilityrule":
        relax(reason, cause, case, wish)
        return
    BY_MODEL[cause.model](reason, cause.pk, case, wish)


def relax(reason: Reason, cause: Cause, case: Case, wish: Wish) -> None:
    """Let a rule say nothing of it; for the built-in default write one that does."""
    if cause.pk is not None:
        rule = AvailabilityRule.objects.get(pk=cause.pk)
    else:
        rule, _ = AvailabilityRule.objects.get_or_create(
            segment=None,
            office_id=case.office_id,
            subject_id=wish.subject_id,
            category=None,
            channel=wish.channel,
        )
    if reason == Reason.BUFFER:
        rule.buffer_before = rule.buffer_after = None
        rule.switched_off = [*rule.switched_off, "buffer_before", "buffer_after"]
    else:
        values, switch = LIBERAL[reason]
        for name, value in values.items():
            setattr(rule, name, value)
        rule.switched_off = [*rule.switched_off, *filter(None, [switch])]
    rule.save()
    if reason == Reason.OUTSIDE_HOURS:
        RuleWindow.objects.filter(rule=rule, kind="limit").delete()


def open_segment(_reason: Reason, pk: int, _case: Case, wish: Wish) -> None:
    Segment.objects.filter(pk=pk).update(
        is_active=True, valid_from=None, valid_until=None, is_signed_only=False
    )
    SegmentOffer.objects.update_or_create(
        segment_id=pk, subject_id=wish.subject_id, defaults={"is_excluded": False}
    )


def open_offer(_reason: Reason, pk: int, _case: Case, _wish: Wish) -> None:
    SegmentOffer.objects.filter(pk=pk).update(is_excluded=False, channels=[])


def open_subject(reason: Reason, pk: int, _case: Case, wish: Wish) -> None:
    subject = Subject.objects.get(pk=pk)
    if reason == Reason.SUBJECT_INACTIVE:
        subject.is_active = subject.is_customer_facing = True
    elif reason == Reason.CHANNEL_OFF:
        subject.channels = [*subject.channels, wish.channel]
    else:
        subject.is_segment_only, subject.segment_only_channels = False, []
    subject.save()


def open_office(reason: Reason, pk: int, case: Case, wish: Wish) -> None:
    if reason == Reason.OFFICE_OFF:
        Office.objects.filter(pk=pk).update(is_active=True)
    elif reason == Reason.NOT_COVERED:
        code = wish.postal_code
        PostalArea.objects.create(office_id=pk, first_code=code, last_code=code)
    else:
        for day in case.days:
            OpeningHours.objects.create(
                office_id=pk, weekday=day.weekday(), opens=MIDNIGHT, closes=MIDNIGHT
            )


def open_all_day(_reason: Reason, pk: int, _case: Case, _wish: Wish) -> None:
    OpeningHours.objects.filter(pk=pk).update(opens=MIDNIGHT, closes=MIDNIGHT)


def put_to_work(reason: Reason, pk: int, case: Case, wish: Wish) -> None:
    """Make an advisor bookable, competent, or somebody with a week, as it is wanted."""
    if reason == Reason.ADVISOR_OFF:
        Advisor.objects.filter(pk=pk).update(is_active=True, is_online_planning=True)
    elif reason == Reason.NO_EXPERTISE:
        Expertise.objects.create(
            advisor_id=pk,
            office_id=case.office_id,
            subject_id=wish.subject_id,
            channels=[wish.channel],
            rank=min(case.settings.ranks),
        )
    else:
        lengthen_week(reason, WeekTemplate.objects.create(advisor_id=pk).pk, case, wish)


def lengthen_week(_reason: Reason, pk: int, case: Case, _wish: Wish) -> None:
    for day in case.days:
        WeekBlock.objects.create(
            template_id=pk,
            weekday=day.weekday(),
            **all_day(case),
        )


def lengthen_day(_reason: Reason, pk: int, case: Case, _wish: Wish) -> None:
    DayBlock.objects.create(template_id=pk, **all_day(case))


def all_day(case: Case) -> dict:
    return {"office_id": case.office_id, "starts": MIDNIGHT, "ends": MIDNIGHT}


def add_channel(_reason: Reason, pk: int, _case: Case, wish: Wish) -> None:
    row = Expertise.objects.get(pk=pk)
    row.channels = [*row.channels, wish.channel]
    row.save()


def cancel(_reason: Reason, pk: int, _case: Case, _wish: Wish) -> None:
    Appointment.objects.filter(pk=pk).update(status="cancelled")
    BusyInterval.objects.filter(appointment=pk).delete()


def activate(_reason: Reason, pk: int, _case: Case, _wish: Wish) -> None:
    Category.objects.filter(pk=pk).update(is_active=True)


def deleted(model: type[Model]):
    def delete(_reason: Reason, pk: int, _case: Case, _wish: Wish) -> None:
        model.objects.filter(pk=pk).delete()

    return delete


BY_MODEL = {
    "segments.segment": open_segment,
    "segments.segmentoffer": open_offer,
    "directory.subject": open_subject,
    "directory.category": activate,
    "directory.office": open_office,
    "directory.openinghours": open_all_day,
    "directory.advisor": put_to_work,
    "directory.expertise": add_channel,
    "directory.weektemplate": lengthen_week,
    "directory.daytemplate": lengthen_day,
    "scheduling.appointment": cancel,
    "scheduling.busyinterval": deleted(BusyInterval),
    "directory.absence": deleted(Absence),
    "directory.closure": deleted(Closure),
    "directory.switchedoffchannel": deleted(SwitchedOffChannel),
}
