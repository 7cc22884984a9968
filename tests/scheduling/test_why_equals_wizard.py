"""What the why-not page says is what the wizard offers: every start of a week."""

from datetime import date, datetime, time, timedelta
from urllib.parse import urlencode

import pytest
from zeal import zeal_ignore

from directory.choices import Channel
from directory.models import User
from scheduling.admin.strip import make_strip
from scheduling.causes.day import ExplainedDay
from scheduling.causes.rows import Rows
from scheduling.queries import Wish, board, examine
from segments.queries import policy_for, stored_policy
from tests.demo import ADDRESS, BRUSSELS, DEMO_NOW, answer, enter, times

DAY = timedelta(days=1)
MONDAY = date(2026, 5, 4)
WEEK = [MONDAY + number * DAY for number in range(7)]
CODES = ["", "B2C_Categories", "B2B_Categories", "B2B_Existing_Customer_High_Value"]
CODES += ["LOW", "AVERAGE", "HIGH", "HIGH_SIGNED", "CUSTOMER_STANDARD"]
CODES += ["CUSTOMER_PREMIUM", "SPRING_2020", "AVERAGE,HIGH", "AVERAGE,LOW"]


def midnight(day):
    return datetime.combine(day, time(), BRUSSELS)


def policy_with(codes):
    if not codes:
        return policy_for((), now=DEMO_NOW, is_signed=False)
    return stored_policy(codes.split(","))


def wishes_with(codes):
    """Yield the questions of a segment: its pairs at each office, and at any."""
    policy = policy_with(codes)
    for subject_id, channel in sorted(policy.pairs):
        postal_code = "2000" if channel == Channel.ON_LOCATION else None
        for office_id in (None, *policy.catalogue.offices):
            yield Wish(
                policy=policy,
                subject_id=subject_id,
                channel=channel,
                office_id=office_id,
                postal_code=postal_code,
            )


class Silent(ExplainedDay):
    """A day whose causes nobody looks up: only what is offered is compared."""

    def causes(self, *_about):
        return ()

    def then(self, *_about):
        return ()


def strip_of(wish, day):
    examined = examine(wish, now=DEMO_NOW, day=day, zone=BRUSSELS)
    rows = Rows(
        subject_id=wish.subject_id,
        advisors=(),
        offices=(),
        first=midnight(day),
        last=midnight(day + DAY),
        now=DEMO_NOW,
    )
    return make_strip(Silent(wish, day, BRUSSELS, examined, rows))


def takers_on_page(strip, day):
    """Return each start that the page offers, with its advisors at offices."""
    found = {}
    for row in strip.rows:
        for stretch in row.stretches:
            for wall in stretch.walls if stretch.is_offered else ():
                start = datetime.combine(day, time.fromisoformat(wall), BRUSSELS)
                found.setdefault(start, set()).add(row.key)
    return found


def takers_in_wizard(found, day):
    return {
        start: {(slot.advisor_id, slot.office_id) for slot in found.offers(start)}
        for start in found.starts()
        if start.astimezone(BRUSSELS).date() == day
    }


@pytest.mark.slow
@pytest.mark.parametrize("codes", CODES)
def test_every_start_of_a_week_is_offered_here_as_there(demo, codes):
    first, last = midnight(MONDAY), midnight(MONDAY + 7 * DAY)
    compared = 0

    for wish in wishes_with(codes):
        offered = board(wish, now=DEMO_NOW, first=first, last=last)
        for day in WEEK:
            strip = strip_of(wish, day)
            expected = takers_in_wizard(offered, day)
            assert takers_on_page(strip, day) == expected, (wish.channel, day)
            assert len(strip.offered) == len(expected)
            compared += strip.count

    assert compared


@pytest.mark.parametrize(
    ("link", "place"),
    [
        ("subject=mortgage", {"channel": "video"}),
        ("subject=personal-loan", {"channel": "office", "office": "ghent"}),
        ("segment=AVERAGE&subject=mortgage", {"channel": "video", "office": "antwerp"}),
        ("segment=HIGH&subject=mortgage", {"channel": "on_location", **ADDRESS}),
        ("segment=LOW&segment=AVERAGE&subject=mortgage", {"channel": "phone"}),
    ],
)
def test_the_two_pages_show_the_same_times(demo, client, link, place):
    offered = times(client, answer(client, enter(client, link), **place), "2026-05-04")
    client.force_login(User.objects.get(username="admin"))

    shown = []
    with zeal_ignore():  # it counts the queries of all seven pages together
        for day in WEEK:
            question = urlencode({**place, "date": day.isoformat()})
            page = client.get(f"/admin/why/?{link}&{question}")
            shown += [(day, wall) for wall in page.context["strip"].offered]

    local = [start.astimezone(BRUSSELS) for start in offered]
    assert shown == [(start.date(), f"{start:%H:%M}") for start in local]
    assert shown


@pytest.mark.parametrize("query", ["segment=LOW&channel=video", "channel=on_location"])
def test_what_the_wizard_does_not_offer_is_not_offered_here(demo, client, query):
    client.force_login(User.objects.get(username="admin"))

    page = client.get(
        f"/admin/why/?{query}&subject=mortgage&postal_code=2000&date=2026-05-05"
    )

    assert page.context["strip"].count == 96
    assert page.context["strip"].offered == []
    assert "SEGMENT_CHANNEL" in page.content.decode()
