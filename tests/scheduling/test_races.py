"""Many at once: real threads, real connections, real transactions.

PARLOUR_RACE sets the number of racers (40 without it).
"""

import os
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import pairwise

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected

from scheduling.errors import AlreadyExtended, SlotTaken
from scheduling.models import (
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Flow,
    Message,
    StepCount,
)
from scheduling.models.busy import NO_OVERLAP
from scheduling.services import holds
from scheduling.services.booking import book
from scheduling.services.cancelling import cancel_appointment
from scheduling.services.confirmation import Details
from scheduling.services.holds import extend_hold, hold_slot, is_overlap
from tests.factories import (
    NINE,
    NOW,
    AppointmentFactory,
    HoldFactory,
    flow_at_time,
    make_bank,
    working_advisor,
)

RACERS = int(os.environ.get("PARLOUR_RACE", "40"))
AT_ONCE = 40  # connections; PostgreSQL has a hundred
QUARTER = timedelta(minutes=15)
MAX = Details(first_name="Max", email="max@example.com", consent=True)

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture(autouse=True)
def _no_limits(settings):
    settings.BOOKINGS_PER_HOUR_AND_EMAIL = 10**6


@pytest.fixture
def a_race_bank(transactional_db):
    return make_bank()


def race(works: Sequence[Callable[[], object]]) -> list[object]:
    """Run everything at once and return results, or the exceptions raised instead."""
    gate = threading.Barrier(min(len(works), AT_ONCE))

    def run(number: int, work: Callable[[], object]) -> object:
        try:
            if number < gate.parties:
                connection.ensure_connection()
                gate.wait(timeout=20)
            return work()
        except Exception as error:  # noqa: BLE001  (it is what the test looks at)
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(run, range(len(works)), works))


def of_type(results: Sequence[object], kind: type) -> list:
    return [result for result in results if isinstance(result, kind)]


def overlaps() -> int:
    rows = list(
        BusyInterval.objects.order_by("advisor", "starts_at").values_list(
            "advisor", "starts_at", "ends_at"
        )
    )
    return sum(
        first[0] == second[0] and second[1] < first[2]
        for first, second in pairwise(rows)
    )


def test_one_slot_goes_to_one_of_many_who_hold_it(a_race_bank):
    flows = [flow_at_time(a_race_bank) for _ in range(RACERS)]

    results = race(
        [lambda flow=flow: hold_slot(flow, start=NINE, now=NOW) for flow in flows]
    )

    assert len(of_type(results, BusyInterval)) == 1
    refused = of_type(results, SlotTaken)
    assert len(refused) == RACERS - 1, [r for r in results if r not in refused]
    assert all(len(refusal.alternatives) == 3 for refusal in refused)
    assert all(NINE not in refusal.alternatives for refusal in refused)
    assert BusyInterval.objects.count() == 1
    assert Flow.objects.exclude(slot=None).count() == 1


def test_one_slot_goes_to_one_of_many_who_book_it(a_race_bank):
    """All holds have expired, so that everybody evaluates and claims at once."""
    flows = [flow_at_time(a_race_bank, slot=NINE) for _ in range(RACERS)]

    results = race(
        [lambda flow=flow: book(flow, details=MAX, now=NOW) for flow in flows]
    )

    refused = of_type(results, SlotTaken)
    assert len(refused) == RACERS - 1, [r for r in results if r not in refused]
    assert all(len(refusal.alternatives) == 3 for refusal in refused)
    appointment = Appointment.objects.get()
    assert of_type(results, Appointment) == [appointment]
    assert BusyInterval.objects.get().appointment == appointment
    assert Message.objects.count() == 2
    assert AppointmentEvent.objects.count() == 1
    assert StepCount.objects.get(step="booked").count == 1


def test_overlapping_starts_never_overlap(a_race_bank):
    working_advisor(a_race_bank.office, a_race_bank.subject)
    starts = [NINE + QUARTER * (number % 8) for number in range(RACERS)]
    flows = [flow_at_time(a_race_bank, slot=start) for start in starts]

    results = race(
        [lambda flow=flow: book(flow, details=MAX, now=NOW) for flow in flows]
    )

    booked, refused = of_type(results, Appointment), of_type(results, SlotTaken)
    assert len(booked) + len(refused) == RACERS, [
        r for r in results if r not in booked and r not in refused
    ]
    # 2 advisors x 2 hours and a quarter: four halves at most, three at least.
    assert 6 <= len(booked) <= 8
    assert BusyInterval.objects.count() == len(booked)
    assert overlaps() == 0


def test_the_same_flow_many_times_is_one_booking_and_equal_answers(a_race_bank):
    flow = flow_at_time(a_race_bank)
    hold_slot(flow, start=NINE, now=NOW)

    results = race(
        [
            lambda: book(Flow.objects.get(pk=flow.pk), details=MAX, now=NOW)
            for _ in range(50)
        ]
    )

    assert results == [Appointment.objects.get()] * 50
    assert Message.objects.count() == 2
    assert AppointmentEvent.objects.count() == 1
    assert StepCount.objects.get(step="booked").count == 1


def test_the_same_flow_many_times_without_a_hold_is_one_booking_too(a_race_bank):
    flow = flow_at_time(a_race_bank, slot=NINE)

    results = race(
        [
            lambda: book(Flow.objects.get(pk=flow.pk), details=MAX, now=NOW)
            for _ in range(20)
        ]
    )

    assert results == [Appointment.objects.get()] * 20
    assert Message.objects.count() == 2


def test_flows_that_swap_their_slots_do_not_deadlock(a_race_bank):
    """Each moves its hold to the other's advisor, whose holds have expired."""
    lotte = working_advisor(a_race_bank.office, a_race_bank.subject)
    eva = a_race_bank.advisor
    first, second = flow_at_time(a_race_bank), flow_at_time(a_race_bank)
    hold_slot(first, start=NINE, advisor_id=eva.pk, now=NOW)
    hold_slot(second, start=NINE, advisor_id=lotte.pk, now=NOW)
    later = NOW + timedelta(minutes=10)

    results = race(
        [
            lambda: hold_slot(first, start=NINE, advisor_id=lotte.pk, now=later),
            lambda: hold_slot(second, start=NINE, advisor_id=eva.pk, now=later),
        ]
    )

    assert not of_type(results, Exception) or of_type(results, SlotTaken)
    assert overlaps() == 0


def test_a_meeting_that_many_cancel_is_cancelled_once(transactional_db):
    appointment = AppointmentFactory()

    results = race(
        [
            lambda: cancel_appointment(
                appointment, actor="customer", reason="", now=NOW
            )
            for _ in range(10)
        ]
    )

    assert results == [appointment] * 10
    assert Appointment.objects.get().revision == 1
    assert AppointmentEvent.objects.count() == 1
    assert Message.objects.count() == 2


def test_a_hold_that_many_extend_is_extended_once(a_race_bank):
    flow = flow_at_time(a_race_bank)
    hold_slot(flow, start=NINE, now=NOW)

    results = race([lambda: extend_hold(flow, now=NOW) for _ in range(10)])

    assert len(of_type(results, BusyInterval)) == 1
    assert len(of_type(results, AlreadyExtended)) == 9
    assert BusyInterval.objects.get().expires_at == NOW + timedelta(minutes=20)


def test_the_constraint_alone_stops_a_race(a_race_bank):
    """It must fail when the constraint is dropped: nothing else is in the way here."""
    claims = [HoldFactory.build(advisor=a_race_bank.advisor) for _ in range(2)]
    for claim in claims:
        claim.flow.save()

    def insert(claim: BusyInterval) -> None:
        with transaction.atomic():
            claim.save(force_insert=True)

    results = race([lambda claim=claim: insert(claim) for claim in claims])

    # Two inserts that wait for each other are a deadlock, which ends one of them too.
    refused = of_type(results, IntegrityError)
    stuck = of_type(results, OperationalError)
    assert len(refused) + len(stuck) == 1
    assert all(is_overlap(error) for error in refused)
    assert all(isinstance(error.__cause__, DeadlockDetected) for error in stuck)
    assert BusyInterval.objects.count() == 1


@pytest.fixture
def nobody_locks(monkeypatch):
    """Take the queue away, so that racers meet in the constraint."""
    monkeypatch.setattr(holds, "lock_advisors", lambda _flow, _advisor_id: None)


def test_without_the_queue_the_constraint_is_translated(a_race_bank, nobody_locks):
    flows = [flow_at_time(a_race_bank) for _ in range(8)]

    results = race(
        [lambda flow=flow: hold_slot(flow, start=NINE, now=NOW) for flow in flows]
    )

    assert len(of_type(results, BusyInterval)) == 1
    assert len(of_type(results, SlotTaken)) == 7, results
    assert BusyInterval.objects.count() == 1


def test_the_race_test_sees_a_missing_constraint(a_race_bank, nobody_locks, request):
    """Neither queue nor constraint: then time is taken twice, and the tests notice."""
    definition = _constraint_definition()
    _alter(f"DROP CONSTRAINT {NO_OVERLAP}")
    request.addfinalizer(lambda: _restore(definition))
    gate = threading.Barrier(2)
    plain = holds.place_hold

    def meet_after_looking(*args: object, **options: object) -> object:
        found = plain(*args, **options)
        gate.wait(timeout=20)  # both have looked before either commits
        return found

    flows = [flow_at_time(a_race_bank) for _ in range(2)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(holds, "place_hold", meet_after_looking)
        results = race(
            [lambda flow=flow: hold_slot(flow, start=NINE, now=NOW) for flow in flows]
        )

    assert len(of_type(results, BusyInterval)) == 2, results
    assert overlaps() == 1


def _constraint_definition() -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s",
            [NO_OVERLAP],
        )
        return str(cursor.fetchone()[0])


def _alter(change: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE scheduling_busyinterval {change}")


def _restore(definition: str) -> None:
    BusyInterval.objects.all().delete()
    _alter(f"ADD CONSTRAINT {NO_OVERLAP} {definition}")
