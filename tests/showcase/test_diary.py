"""The demo's meetings: always two weeks ahead, and never over somebody's own."""

from collections import Counter
from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.core.management import CommandError, call_command
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import (
    Absence,
    Advisor,
    Customer,
    Expertise,
    Office,
    OpeningHours,
    Subject,
    WeekBlock,
)
from scheduling.candidates import Wish
from scheduling.errors import SchedulingError
from scheduling.management.commands.verify import count_everything
from scheduling.models import Appointment, AppointmentEvent, BusyInterval, Message
from scheduling.queries import board
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.changes import confirm_change, start_change
from scheduling.services.holds import hold_slot
from scheduling.tokens import hash_token, manage_token
from segments.queries import policy_for
from showcase.seed.meetings import fill_diary

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.slow,
    pytest.mark.usefixtures("diary"),
]

BRUSSELS = ZoneInfo("Europe/Brussels")
SOUGHT = ("eva-peeters", "youssef-amrani")


def contents() -> list[list[dict[str, object]]]:
    models = (Appointment, AppointmentEvent, BusyInterval, Absence)
    return [list(model.objects.order_by("pk").values()) for model in models]


def filled_days(now: datetime) -> set[date]:
    coming = Appointment.objects.filter(status="confirmed", starts_at__gte=now)
    starts = coming.values_list("starts_at", flat=True)
    return {start.astimezone(BRUSSELS).date() for start in starts}


def working_days(now: datetime) -> set[date]:
    holidays = {date(2026, 5, 14), date(2026, 5, 25)}  # Ascension Day, Whit Monday
    days = {now.date() + timedelta(days) for days in range(15)}
    return {day for day in days if day.weekday() < 5} - holidays


def test_coming_two_weeks_are_filled_and_nothing_is_wrong(monday):
    assert filled_days(monday) == working_days(monday)
    assert count_everything(now=monday)["faults"] == 0
    assert Message.objects.count() == 0
    assert ProcrastinateJob.objects.count() == 0
    assert Absence.objects.filter(is_demo=True).exists()


def test_same_day_again_changes_nothing(monday):
    before = contents()

    written = fill_diary(now=monday + timedelta(hours=9))

    assert written == 0
    assert contents() == before


@pytest.mark.parametrize("days", [1, 9, 22])
def test_later_day_moves_the_meetings_on(monday, days):
    later = monday + timedelta(days)
    references = set(Appointment.objects.values_list("reference", flat=True))

    fill_diary(now=later)

    after = set(Appointment.objects.values_list("reference", flat=True))
    midnight = later.replace(hour=0)
    assert working_days(later) - {date(2026, 5, 25)} <= filled_days(later)
    assert not Appointment.objects.filter(
        status="confirmed", starts_at__lt=midnight - timedelta(hours=2)
    ).exists()
    assert len(references & after) > 300
    assert count_everything(now=later)["faults"] == 0
    assert fill_diary(now=later) == 0


def test_meeting_that_somebody_touched_stays(monday):
    row = Appointment.objects.filter(status="confirmed", customer__user=None).earliest(
        "starts_at"
    )
    AppointmentEvent.objects.create(
        appointment=row, at=monday, kind="changed", actor="staff", note="Moved"
    )
    before = Appointment.objects.filter(pk=row.pk).values().get()

    fill_diary(now=monday + timedelta(days=9))

    assert Appointment.objects.filter(pk=row.pk).values().get() == before


def test_meeting_that_the_customer_cancelled_stays_cancelled(monday):
    row = Appointment.objects.get(customer__user__username="nate", status="confirmed")
    cancel_appointment(row, actor="customer", reason="Not now", now=monday)
    before = Appointment.objects.filter(pk=row.pk).values().get()

    fill_diary(now=monday + timedelta(days=9))

    after = Appointment.objects.filter(pk=row.pk).values().get()
    assert after == before
    assert after["status"] == "cancelled"
    assert fill_diary(now=monday + timedelta(days=9)) == 0


def test_meeting_that_the_customer_moved_stays_where_it_was_moved_to(monday):
    row = Appointment.objects.get(customer__user__username="nate", status="confirmed")
    walk = start_change(row, now=monday)
    week = [monday + timedelta(minutes=15 * number) for number in range(4 * 24 * 8)]
    for start in week:
        with suppress(SchedulingError):
            hold_slot(walk, start=start, now=monday)
            break
    confirm_change(walk, now=monday)
    before = Appointment.objects.filter(pk=row.pk).values().get()
    assert before["starts_at"] != row.starts_at

    fill_diary(now=monday + timedelta(days=20))

    assert Appointment.objects.filter(pk=row.pk).values().get() == before
    assert count_everything(now=monday + timedelta(days=20))["faults"] == 0


def test_unfinished_change_does_not_hold_the_diary_up(monday):
    row = Appointment.objects.get(customer__user__username="nate", status="confirmed")
    start_change(row, now=monday)

    fill_diary(now=monday + timedelta(days=9))

    row.refresh_from_db()
    assert row.status == "confirmed"
    assert row.starts_at > monday + timedelta(days=9)


def test_meetings_ask_for_no_reminder_and_know_when_they_were_closed(monday):
    for row in Appointment.objects.all():
        assert row.created_at <= monday
        assert row.announced_at == row.starts_at
        is_closed = row.status in {"completed", "no_show"}
        assert row.closed_at == (row.ends_at if is_closed else None)
        assert bool(row.outcome) == (row.status == "completed")


def test_new_meetings_leave_room_for_those_of_visitors(monday):
    later = monday + timedelta(days=12)
    eva = Advisor.objects.get(code="lotte-claes")
    starts = datetime(2026, 5, 20, 7, tzinfo=UTC)  # beyond the first two weeks
    BusyInterval.objects.create(
        advisor=eva,
        kind="imported",
        starts_at=starts,
        ends_at=starts + timedelta(hours=9),
        meeting_starts_at=starts,
        meeting_ends_at=starts + timedelta(hours=9),
    )

    fill_diary(now=later)

    assert not Appointment.objects.filter(
        advisor=eva, starts_at__gte=starts, starts_at__lt=starts + timedelta(hours=9)
    ).exists()


@pytest.mark.parametrize("code", SOUGHT)
def test_sought_after_advisor_keeps_three_free_mortgage_starts_a_day(monday, code):
    wish = Wish(
        policy=policy_for(["HIGH"], now=monday, is_signed=False),
        subject_id=Subject.objects.get(code="mortgage").pk,
        channel="office",
        office_id=Office.objects.get(code="antwerp").pk,
        advisor_id=Advisor.objects.get(code=code).pk,
        advisor_mode="only",
    )

    first = monday - timedelta(hours=8)
    starts = board(wish, now=monday, first=first, last=first + timedelta(15)).starts()

    a_day = Counter(start.astimezone(BRUSSELS).date() for start in starts)
    assert {day for day, count in a_day.items() if count >= 3} == working_days(monday)


def test_nothing_seeded_lies_on_a_weekend():
    rows = BusyInterval.objects.values_list("meeting_starts_at", flat=True)
    absences = Absence.objects.values_list("starts_at", flat=True)

    days = {moment.astimezone(BRUSSELS).weekday() for moment in [*rows, *absences]}

    assert days <= {0, 1, 2, 3, 4}


def test_meetings_lie_in_working_and_opening_hours():
    work = [
        (row.template.advisor_id, row.weekday, row.starts, row.ends)
        for row in WeekBlock.objects.select_related("template")
    ]
    opening = {
        (row.office_id, row.weekday): (row.opens, row.closes)
        for row in OpeningHours.objects.all()
    }

    for row in Appointment.objects.all():
        starts, ends = (at.astimezone(BRUSSELS) for at in (row.starts_at, row.ends_at))
        assert any(
            (advisor_id, weekday) == (row.advisor_id, starts.weekday())
            and block_starts <= starts.time() < ends.time() <= block_ends
            for advisor_id, weekday, block_starts, block_ends in work
        ), row
        opens, closes = opening[row.office_id, starts.weekday()]
        assert opens <= starts.time() < ends.time() <= closes


def test_meetings_fit_what_their_segment_may_have(monday):
    policies = {
        codes: policy_for(codes, now=monday, is_signed=True)
        for codes in map(
            tuple, Appointment.objects.values_list("segment_codes", flat=True)
        )
    }
    ranks = {
        (row.advisor_id, row.subject_id): row.rank for row in Expertise.objects.all()
    }

    for row in Appointment.objects.all():
        policy = policies[tuple(row.segment_codes)]
        (span,) = policy.settings_spans(
            office_id=row.office_id,
            subject_id=row.subject_id,
            channel=row.channel,
            first=monday.date(),
            last=monday.date(),
        )
        length = row.ends_at - row.starts_at
        assert row.is_signed or not policy.is_signed_only
        assert (row.subject_id, row.channel) in policy.pairs
        assert ranks[row.advisor_id, row.subject_id] in span.settings.ranks
        assert length == timedelta(minutes=span.settings.duration)
        assert row.buffer_before == timedelta(minutes=span.settings.buffer_before)
        assert row.buffer_after == timedelta(minutes=span.settings.buffer_after)


@pytest.mark.parametrize(
    ("name", "upcoming", "past"), [("nate", 1, [1, 2]), ("max", 2, [0, 0, 3])]
)
def test_nate_and_max_have_their_meetings(monday, name, upcoming, past):
    customer = Customer.objects.get(user__username=name)
    rows = customer.appointments

    assert rows.filter(status="confirmed", starts_at__gt=monday).count() == upcoming
    done = rows.filter(status="completed", ends_at__lt=monday)
    assert sorted(row.documents.count() for row in done) == past
    assert set(rows.values_list("segment_codes__0", flat=True)) == set(
        customer.segment_codes
    )


def test_upcoming_meeting_of_nate_is_by_phone_and_moves_on(monday):
    nate = Customer.objects.get(user__username="nate")
    before = nate.appointments.get(status="confirmed")

    fill_diary(now=monday + timedelta(days=20))

    after = nate.appointments.get(status="confirmed")
    assert before.channel == after.channel == "phone"
    assert after.reference == before.reference
    assert after.starts_at > monday + timedelta(days=20)
    assert nate.appointments.count() == 3


def test_one_meeting_of_max_has_documents_from_both_sides():
    rows = Appointment.objects.filter(customer__user__username="max")
    (row,) = [row for row in rows if row.documents.exists()]

    sides = set(row.documents.values_list("side", flat=True))

    assert sides == {"customer", "advisor"}
    for document in row.documents.all():
        with document.file.open() as file:
            content = file.read()
        assert content.startswith(b"%PDF-1.4")
        assert len(content) == document.size


def test_manage_links_of_seeded_meetings_open():
    for row in Appointment.objects.all():
        assert row.link_hash == hash_token(manage_token(row.reference, 1))
        assert row.is_demo


def test_meetings_begin_when_the_office_expects_them():
    starts = Appointment.objects.values_list("starts_at", flat=True)

    assert {start.minute % 30 for start in starts} == {0}
    assert max(start.astimezone(BRUSSELS).time() for start in starts) < time(19)


def test_command_refuses_a_site_that_is_no_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("seed_demo")
