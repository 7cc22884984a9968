"""One-time codes: how many, how long, and that guessing does not pay."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling.errors import CodeRefused, LimitReached
from scheduling.models import AccessCode
from scheduling.services.codes import find_grant, request_code, use_code
from scheduling.services.editing import renew_link
from scheduling.tokens import hash_code, hash_token
from tests.factories import (
    NOW,
    AccessCodeFactory,
    AppointmentFactory,
)
from tests.scheduling.one_time_codes.codes import HOUR, MINUTE, TICK, ask, wrong


def test_a_code_is_six_digits_of_which_the_database_keeps_a_hash(appointment):
    code = ask(appointment)

    row = AccessCode.objects.get()
    assert re.fullmatch(r"\d{6}", code)
    assert row.code_hash == hash_code(row.pk, code)
    assert code not in row.code_hash
    assert (row.expires_at, row.tries, row.used_at) == (NOW + 15 * MINUTE, 0, None)
    job = ProcrastinateJob.objects.get(task_name="scheduling.send_access_code")
    assert job.args == {"code_id": row.pk}


def test_three_codes_an_hour_are_enough(appointment):
    for minutes in (0, 10, 20):
        ask(appointment, now=NOW + minutes * MINUTE)

    with pytest.raises(LimitReached) as refused:
        request_code(appointment, now=NOW + 30 * MINUTE)

    assert refused.value.retry_after == 30 * MINUTE
    assert AccessCode.objects.count() == 3
    sent = ProcrastinateJob.objects.filter(task_name="scheduling.send_access_code")
    assert sent.count() == 3
    ask(appointment, now=NOW + HOUR)


def test_codes_of_another_meeting_do_not_count(appointment):
    for _ in range(3):
        AccessCodeFactory()

    ask(appointment)


def test_the_right_code_opens_for_half_an_hour(appointment):
    code = ask(appointment)

    grant = use_code(appointment, typed=code, now=NOW + MINUTE)

    row = AccessCode.objects.get()
    assert re.fullmatch(r"[\w-]{22}", grant)
    assert row.used_at == NOW + MINUTE
    assert row.grant_hash == hash_token(grant)
    assert row.grant_expires_at == NOW + 31 * MINUTE
    assert find_grant(appointment, grant) == row


def test_a_wrong_code_is_refused_and_counted(appointment):
    code = ask(appointment)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=wrong(code), now=NOW)

    row = AccessCode.objects.get()
    assert (row.tries, row.used_at, row.grant_hash) == (1, None, None)
    use_code(appointment, typed=code, now=NOW)


def test_after_five_tries_the_right_code_is_refused_too(appointment):
    code = ask(appointment)
    for _ in range(5):
        with pytest.raises(CodeRefused):
            use_code(appointment, typed=wrong(code), now=NOW)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)

    assert AccessCode.objects.get().tries == 5
    assert AccessCode.objects.get().grant_hash is None


def test_the_fifth_try_may_be_the_right_one(appointment):
    code = ask(appointment)
    for _ in range(4):
        with pytest.raises(CodeRefused):
            use_code(appointment, typed=wrong(code), now=NOW)

    assert use_code(appointment, typed=code, now=NOW)


@pytest.mark.parametrize(
    ("after", "is_good"), [(15 * MINUTE - TICK, True), (15 * MINUTE, False)]
)
def test_a_code_works_for_fifteen_minutes(appointment, after, is_good):
    code = ask(appointment)

    if is_good:
        use_code(appointment, typed=code, now=NOW + after)
        return
    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW + after)
    assert AccessCode.objects.get().grant_hash is None


def test_a_code_works_once(appointment):
    code = ask(appointment)
    use_code(appointment, typed=code, now=NOW)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


def test_a_new_code_ends_the_earlier_one(appointment):
    first, second = ask(appointment), ask(appointment)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=first, now=NOW)

    assert use_code(appointment, typed=second, now=NOW)


def test_the_code_of_another_meeting_opens_nothing(appointment):
    other = AppointmentFactory()
    code = ask(other)

    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


def test_a_replaced_link_ends_codes_and_grants(appointment):
    code = ask(appointment)
    grant = use_code(appointment, typed=code, now=NOW)
    unused = ask(appointment)

    renewed = renew_link(appointment, actor="staff", now=NOW)

    assert find_grant(renewed, grant) is None
    with pytest.raises(CodeRefused):
        use_code(renewed, typed=unused, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_parallel_guesses_have_five_tries_together(appointment):
    code = ask(appointment)

    def guess(number: int) -> bool:
        # The right one comes first, wrong ones race with it: at most five are compared.
        try:
            return bool(use_code(appointment, typed=wrong(code), now=NOW))
        except CodeRefused:
            return False
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        assert not any(pool.map(guess, range(40)))

    assert AccessCode.objects.get().tries == 5
    with pytest.raises(CodeRefused):
        use_code(appointment, typed=code, now=NOW)


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_code_that_is_used_eight_times_at_once_opens_once(appointment):
    code = ask(appointment)

    def use(_number: int) -> str:
        try:
            return use_code(appointment, typed=code, now=NOW)
        except CodeRefused:
            return ""
        finally:
            connections.close_all()

    with ThreadPoolExecutor(8) as pool:
        grants = [grant for grant in pool.map(use, range(8)) if grant]

    assert len(grants) == 1
    assert AccessCode.objects.get().grant_hash == hash_token(grants[0])
