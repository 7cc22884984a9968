"""Each segment of the demo bank, each subject, each channel: forged or not."""

from datetime import timedelta

import pytest

from scheduling.models import Appointment, BusyInterval, Flow
from segments.links import build_signed_link
from showcase.seed.bank import SUBJECTS
from showcase.seed.segments import KEY, KEY_ID
from tests.demo import ADDRESS, DEMO_NOW, enter, flow_id, step

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo"), pytest.mark.slow]

LATER = DEMO_NOW + timedelta(days=60)
CHANNELS = ("office", "phone", "video", "on_location")
CALLS = ("phone", "video")
AT_THE_BANK = ("office", *CALLS)

PERSONAL = {
    "open-account": AT_THE_BANK,
    "personal-loan": AT_THE_BANK,
    "mortgage": AT_THE_BANK,
    "life-insurance": AT_THE_BANK,
    "pet-insurance": CALLS,
}
BUSINESS = {
    "commercial-loan": ("office", "video", "on_location"),
    "liability-insurance": ("office", "video"),
}
ADVICE = {"investment-advice": ("office", "video", "on_location")}
REVIEW = {"account-review": AT_THE_BANK}
HIGH = {"mortgage": CHANNELS}

# As the demo bank's description says it, written down a second time.
ALLOWED = {
    "": {**PERSONAL, **BUSINESS, "investment-advice": ("office", "video")},
    "B2C_Categories": PERSONAL,
    "B2B_Categories": BUSINESS,
    "B2B_Existing_Customer_High_Value": {**BUSINESS, **ADVICE, **REVIEW},
    "LOW": {"mortgage": ("phone", "office")},
    "AVERAGE": {"mortgage": AT_THE_BANK},
    "HIGH": HIGH,
    "HIGH_SIGNED": HIGH,
    "CUSTOMER_STANDARD": {k: v for k, v in PERSONAL.items() if k != "mortgage"},
    "CUSTOMER_PREMIUM": {**PERSONAL, **HIGH, **ADVICE, **REVIEW},
    "B2C_Categories,LOW": {"mortgage": ("phone", "office")},
    "B2C_Categories,B2B_Categories": {},
}
CODES = [subject.code for subject in SUBJECTS]


def query_of(segment: str, **said: str) -> str:
    """Return a signed link's query: good for every segment."""
    pairs = [("segment", segment)] if segment else []
    pairs += said.items()
    link = build_signed_link("", pairs, key=KEY, kid=KEY_ID, expires=LATER)
    return link.removeprefix("?")


@pytest.mark.parametrize("segment", ALLOWED)
def test_a_hand_made_post_gets_no_more_than_the_segment(client, segment):
    allowed = ALLOWED[segment]
    for code in CODES:
        address = enter(client, query_of(segment))
        page = client.get(address).content.decode()
        shown = [one for one in CODES if f'name="subject" value="{one}"' in page]
        assert sorted(shown) == sorted(allowed)

        response = client.post(address, {"subject": code})

        flow = Flow.objects.select_related("subject").get(pk=flow_id(address))
        if code in allowed:
            assert response.status_code == 303
            assert flow.subject.code == code
            check_channels(client, address, allowed[code])
        else:
            assert response.status_code == 422
            assert flow.subject is None
            place = client.post(step(address, "place"), {"channel": "video"})
            assert place["Location"] == step(address, "subject")
    assert not BusyInterval.objects.filter(kind="hold").exists()
    assert not Appointment.objects.filter(created_at__gte=DEMO_NOW, is_demo=False)


def check_channels(client, address: str, allowed: tuple[str, ...]) -> None:
    """Post every channel with all that it could need."""
    place = step(address, "place")
    page = client.get(place).content.decode()
    shown = [one for one in CHANNELS if f'name="channel" value="{one}"' in page]
    assert sorted(shown) == sorted(allowed)
    was = ("", False)
    for channel in CHANNELS:
        fields = ADDRESS if channel == "on_location" else {"office": "antwerp"}
        response = client.post(place, {"channel": channel, **fields})
        flow = Flow.objects.get(pk=flow_id(address))
        if channel in allowed:
            assert response.status_code == 303, channel
            was = (channel, True)
        else:
            assert response.status_code == 422, channel
        assert (flow.channel, flow.is_place_answered) == was
