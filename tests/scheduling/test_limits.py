"""How much one visitor may do."""

from datetime import timedelta

import pytest

from scheduling.errors import LimitReached
from scheduling.models import PostCount
from scheduling.services.limits import client_key, count_booking, count_post
from tests.factories import NOW

pytestmark = pytest.mark.django_db
ME = client_key("203.0.113.7")


@pytest.fixture(autouse=True)
def _three_posts(settings):
    settings.POSTS_PER_MINUTE = 3
    settings.BOOKINGS_PER_HOUR_AND_EMAIL = 2


def post_times(number: int, *, now=NOW) -> None:
    for _time in range(number):
        count_post(ME, now=now)


def test_posts_beyond_the_limit_are_refused_and_not_counted():
    post_times(3)

    with pytest.raises(LimitReached) as refusal:
        count_post(ME, now=NOW)

    assert refusal.value.retry_after == timedelta(minutes=1)
    assert PostCount.objects.get().count == 3


def test_other_visitors_are_not_affected():
    post_times(3)

    count_post(client_key("203.0.113.8"), now=NOW)

    assert PostCount.objects.count() == 2


def test_the_window_slides():
    post_times(2)
    post_times(1, now=NOW + timedelta(seconds=40))

    with pytest.raises(LimitReached) as refusal:
        count_post(ME, now=NOW + timedelta(seconds=55))

    assert refusal.value.retry_after == timedelta(seconds=5)
    count_post(ME, now=NOW + timedelta(minutes=1))


def test_bookings_of_an_address_count_whatever_its_case():
    count_booking("Max@example.com", now=NOW)
    count_booking("max@example.com ", now=NOW)

    with pytest.raises(LimitReached):
        count_booking("MAX@example.com", now=NOW + timedelta(minutes=50))


def test_what_is_kept_of_an_address_does_not_show_it():
    post_times(1)

    key = PostCount.objects.get().key
    assert len(key) == 64
    assert key == ME
