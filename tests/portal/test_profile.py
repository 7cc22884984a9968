import pytest
import time_machine
from django.test import Client
from django.utils import translation

from directory.models import Customer, User
from portal.models import CalendarFeed, HandoverKey
from tests.factories import (
    NOW,
    AccountFactory,
    AdministratorFactory,
    AppointmentFactory,
    CustomerFactory,
    HandoverKeyFactory,
    UserFactory,
    make_bank,
    working_advisor,
)

pytestmark = pytest.mark.django_db

PROFILE = "/portal/profile/"


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock
    translation.activate("en")


@pytest.fixture
def bank():
    return make_bank()


@pytest.fixture
def max_murdoch(bank):
    return CustomerFactory(
        user=UserFactory(username="max"), preferred_office=bank.office
    )


@pytest.fixture
def signed_in(client, max_murdoch):
    client.force_login(max_murdoch.user)
    return client


def typed(bank, **changes):
    fields = {
        "first_name": "Maxine",
        "last_name": "Murdoch-Claes",
        "email": "maxine@example.com",
        "phone": "0470 65 43 21",
        "company": "Murdoch Bakery",
        "language": "fr",
        "office": bank.office.pk,
        "advisor": bank.advisor.pk,
        "channel": "video",
    }
    return {**fields, **changes}


def test_profile_shows_what_we_know(signed_in, bank, max_murdoch):
    page = signed_in.get(PROFILE)

    form = page.context["form"]
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert form["email"].value() == "max@example.com"
    assert form["office"].value() == bank.office.pk
    assert form["channel"].value() == ""


def test_profile_is_saved_and_the_sign_in_follows(signed_in, bank, max_murdoch):
    answer = signed_in.post(PROFILE, typed(bank))

    assert (answer.status_code, answer["Location"]) == (303, PROFILE)
    max_murdoch.refresh_from_db()
    assert max_murdoch.name == "Maxine Murdoch-Claes"
    assert max_murdoch.email == "maxine@example.com"
    assert max_murdoch.phone == "+32470654321"
    assert max_murdoch.company == "Murdoch Bakery"
    assert max_murdoch.language == "fr"
    assert max_murdoch.preferred_office == bank.office
    assert max_murdoch.preferred_advisor == bank.advisor
    assert max_murdoch.preferred_channel == "video"
    user = User.objects.get(pk=max_murdoch.user_id)
    assert (user.first_name, user.email) == ("Maxine", "maxine@example.com")
    assert user.username == "max"


def test_pages_speak_the_chosen_language(signed_in, bank):
    signed_in.post(PROFILE, typed(bank))

    page = signed_in.get("/portal/profile/", headers={"Accept-Language": "nl"})

    assert '<html lang="fr">' in page.content.decode()


def test_preferences_and_phone_may_be_blank(signed_in, bank, max_murdoch):
    blank = typed(bank, phone="", company="", office="", advisor="", channel="")

    assert signed_in.post(PROFILE, blank).status_code == 303

    max_murdoch.refresh_from_db()
    assert (max_murdoch.phone, max_murdoch.preferred_channel) == ("", "")
    assert max_murdoch.preferred_office is None
    assert max_murdoch.preferred_advisor is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("first_name", ""),
        ("last_name", ""),
        ("first_name", "x" * 201),
        ("first_name", "Max\0"),
        ("email", ""),
        ("email", "max@"),
        ("email", "a@b.example\nBcc: c@d.example"),
        ("phone", "123"),
        ("language", "xx"),
        ("office", "999999"),
        ("office", "x"),
        ("advisor", "999999"),
        ("channel", "carrier_pigeon"),
    ],
)
def test_refused_profile_keeps_what_was_typed_and_writes_nothing(
    signed_in, bank, max_murdoch, field, value
):
    before = Customer.objects.values().get()

    answer = signed_in.post(PROFILE, typed(bank, **{field: value}))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "<title>Error: Your profile" in answer.content.decode()
    assert 'value="Murdoch Bakery"' in answer.content.decode()
    assert Customer.objects.values().get() == before


def test_advisors_who_take_no_meetings_cannot_be_chosen(signed_in, bank, max_murdoch):
    gone = working_advisor(bank.office, bank.subject, is_online_planning=False)

    assert signed_in.post(PROFILE, typed(bank, advisor=gone.pk)).status_code == 422

    Customer.objects.update(preferred_advisor=gone)
    assert signed_in.post(PROFILE, typed(bank, advisor=gone.pk)).status_code == 303


def test_nothing_else_of_the_customer_can_be_posted(signed_in, bank, max_murdoch):
    sneaky = typed(bank, customer_number="C-1", segment_codes="PREMIUM", user="1")

    signed_in.post(PROFILE, sneaky)

    after = Customer.objects.get()
    assert after.customer_number == max_murdoch.customer_number
    assert after.segment_codes == []
    assert after.user == max_murdoch.user


@pytest.mark.parametrize(
    "path", [PROFILE, f"{PROFILE}export/", f"{PROFILE}erase/", f"{PROFILE}feed/"]
)
def test_profile_is_for_its_customer_only(client, path):
    assert client.post(path).status_code in {302, 405}
    client.force_login(UserFactory())

    assert client.get(path).status_code in {404, 405}
    assert client.post(path).status_code in {404, 405}


def test_posts_need_a_token(max_murdoch, bank):
    client = Client(enforce_csrf_checks=True)
    client.force_login(max_murdoch.user)

    for path in (PROFILE, f"{PROFILE}erase/", f"{PROFILE}feed/"):
        assert client.post(path, typed(bank)).status_code == 403
    assert Customer.objects.get().first_name == "Max"
    assert not CalendarFeed.objects.exists()


@pytest.mark.parametrize("count", [3, 60])
def test_profile_costs_the_same_queries_at_any_size(
    signed_in, bank, max_murdoch, django_assert_num_queries, count
):
    AppointmentFactory.create_batch(
        count,
        customer=max_murdoch,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        status="completed",
    )
    AccountFactory.create_batch(count, customer=max_murdoch)
    signed_in.get(PROFILE)
    with django_assert_num_queries(5):
        signed_in.get(PROFILE)
    with django_assert_num_queries(11):
        signed_in.post(PROFILE, typed(bank))


# Keys in the back office.


@pytest.fixture
def office(client):
    client.force_login(AdministratorFactory())
    return client


KEYS = "/admin/portal/handoverkey/"


def test_secret_of_a_key_is_shown_once(office):
    answer = office.post(f"{KEYS}add/", {"kid": "portal-9", "name": "Our portal"})

    key = HandoverKey.objects.get()
    assert (answer.status_code, len(bytes(key.secret))) == (200, 32)
    secret = answer.context["secret"]
    assert secret in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert key.created_at == NOW
    page = office.get(f"{KEYS}{key.pk}/change/")
    assert page.status_code == 200
    assert secret not in page.content.decode()
    assert secret not in str(answer.cookies)
    assert secret not in office.get(KEYS).content.decode()


def test_keys_are_revoked_not_deleted(office):
    key = HandoverKeyFactory()

    office.post(KEYS, {"action": "revoke", "_selected_action": [key.pk]})
    office.post(f"{KEYS}{key.pk}/delete/", {"post": "yes"})

    key.refresh_from_db()
    assert key.revoked_at == NOW


def test_key_id_and_secret_stay_as_they_are(office):
    key = HandoverKeyFactory()

    office.post(
        f"{KEYS}{key.pk}/change/", {"kid": "other", "name": "New", "secret": "x"}
    )

    key.refresh_from_db()
    assert (key.kid, key.name) == ("portal-1", "New")
    assert bytes(key.secret) == b"a hand-over key of the tests, 32"
