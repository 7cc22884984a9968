import json
from datetime import timedelta

import pytest
import time_machine
from axes.models import AccessAttempt
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import SESSION_KEY
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from directory.models import Customer, User
from portal.errors import StillMeeting
from portal.password_mails import queue_password_link
from portal.services.feed import renew_feed
from portal.services.privacy import erase_customer, export_customer
from scheduling.models import Appointment, AppointmentEvent, Document, Flow, Message
from scheduling.models.document import private_storage
from scheduling.resuming import queue_resume_link
from scheduling.services.editing import Edits, edit_appointment
from scheduling.tokens import hash_token, manage_token
from tests.factories import (
    NOW,
    AccessCodeFactory,
    AccountFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    CustomerFactory,
    DocumentFactory,
    FlowFactory,
    LinkContextFactory,
    MessageFactory,
    StaffFactory,
    UserFactory,
    make_bank,
)

pytestmark = pytest.mark.django_db

ERASE = "/portal/profile/erase/"
PERSON = {
    "first_name": "Zebedee",
    "last_name": "Quillfeather",
    "email": "zeb.quill@example.net",
    "phone": "+32471998877",
    "company": "Quillfeather Clockworks",
}
# Each stands in a place of its own; none may be found afterwards.
SECRETS = [
    *PERSON.values(),
    "HB-777333",
    "older.quill@example.net",
    "typed.quill@example.net",
    "my knee hurts",
    "wooden house",
    "Rue du Perroquet 17",
    "4711.25",
    "gclid-secret",
    "advised against it",
    "it was raining",
    "moved to Ostend",
    "passport-quill.pdf",
    "BE99 **** 5544",
    "PREMIUM_SECRET",
    "zebedee-q",
    "half-typed words",
]


@pytest.fixture(autouse=True)
def at_now():
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


@pytest.fixture
def bank():
    return make_bank()


@pytest.fixture
def zebedee(bank):
    """A customer with something personal in every place that we know of."""
    user = UserFactory(
        username="zebedee-q",
        first_name=PERSON["first_name"],
        last_name=PERSON["last_name"],
        email=PERSON["email"],
        last_login=NOW,
    )
    customer = CustomerFactory(
        **PERSON,
        user=user,
        customer_number="HB-777333",
        segment_codes=["PREMIUM_SECRET"],
        preferred_office=bank.office,
        preferred_advisor=bank.advisor,
        preferred_channel="video",
    )
    CustomerFactory(first_name="Other", may_be=customer, is_provisional=True)
    AccountFactory(customer=customer, masked_number="BE99 **** 5544")
    walk = FlowFactory(is_booked=True)
    past = AppointmentFactory(
        customer=customer,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        starts_at=NOW - timedelta(days=30),
        status="completed",
        flow_key=walk.pk,
        company=PERSON["company"],
        customer_number="HB-777333",
        remarks="my knee hurts",
        answers=[
            {
                "code": "property",
                "label": "What is it?",
                "kind": "short_text",
                "value": "wooden house",
                "text": "wooden house",
            }
        ],
        address={"street": "Rue du Perroquet 17", "city": "Gent"},
        metadata={"repayment": "4711.25"},
        attribution={"gclid": "gclid-secret"},
        outcome="advised against it",
        email="older.quill@example.net",
        segment_codes=["HIGH"],
        link_hash=hash_token("link"),
    )
    AppointmentEventFactory(
        appointment=past,
        at=NOW,
        kind="edited",
        actor="staff",
        user=StaffFactory(username="petra"),
        old={"last_name": "Quillfeather", "status": "confirmed"},
        new={"answers": [{"text": "wooden house"}], "revision": 2},
        note="moved to Ostend",
    )
    MessageFactory(appointment=past, address=PERSON["email"], sent_at=NOW)
    MessageFactory(appointment=past, address="older.quill@example.net", kind="changed")
    MessageFactory(appointment=past, recipient="advisor", address=bank.advisor.email)
    AccessCodeFactory(appointment=past)
    for owner in ({"appointment": past}, {"appointment": None, "flow": walk}):
        document = DocumentFactory(**owner, name="passport-quill.pdf")
        document.file.save("x", ContentFile(b"%PDF-1.4 Quillfeather"))
    AppointmentFactory(
        customer=customer,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        starts_at=NOW + timedelta(days=3),
        status="cancelled",
        cancel_reason="it was raining",
        **PERSON,
    )
    FlowFactory(
        verified_customer=customer,
        prefill={"first_name": "Zebedee"},
        details={"remarks": "half-typed words"},
    )
    FlowFactory(details={"email": "ZEB.quill@example.net", "last_name": "Quillfeather"})
    LinkContextFactory(customer=customer, parameters=[["email", PERSON["email"]]])
    LinkContextFactory(parameters=[["email", PERSON["email"]]])
    renew_feed(customer, now=NOW)
    queue_password_link("Zeb.Quill@example.net", now=NOW)
    queue_resume_link(walk, address="older.quill@example.net")
    for name in ("zeb.quill@example.net", "zebedee-q"):
        AccessAttempt.objects.create(
            username=name, ip_address="192.0.2.1", failures_since_start=1
        )
    for row in (customer, user, Document.objects.filter(appointment=past).get()):
        LogEntry.objects.create(
            user=StaffFactory(),
            content_type=ContentType.objects.get_for_model(row),
            object_id=row.pk,
            object_repr=str(row),
            action_flag=CHANGE,
            change_message="Changed Quillfeather.",
        )
    return customer


def dump():
    """Return every row of every table as text."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            quoted = connection.ops.quote_name(table)
            cursor.execute(f"SELECT row_to_json(t)::text FROM {quoted} t")  # noqa: S608
            rows += [f"{table}: {text}" for (text,) in cursor.fetchall()]
    return rows


def found_in(rows, words):
    """Return the words that stand in a row, whatever their case, with their tables."""
    return {
        (word, row.partition(":")[0])
        for row in rows
        for word in words
        if word.lower() in row.lower()
    }


# Export.


def test_export_is_a_file_with_everything(client, zebedee):
    client.force_login(zebedee.user)

    answer = client.get("/portal/profile/export/")

    assert answer["Content-Type"] == "application/json"
    assert answer["Content-Disposition"] == 'attachment; filename="my-data.json"'
    assert answer["Cache-Control"] == "no-store"
    text = answer.content.decode()
    later = {"typed.quill@example.net", PERSON["phone"]}
    for secret in set(SECRETS) - later:
        assert secret in text, secret
    data = json.loads(text)
    past, cancelled = data["meetings"]
    assert past["metadata"] == {"repayment": "4711.25"}
    assert past["segment_codes"] == ["HIGH"]
    assert past["assignment_reason"] == {}
    assert past["history"][0]["note"] == "moved to Ostend"
    assert [one["address"] for one in past["messages"]] != []
    assert "@bank.example" not in text
    assert cancelled["cancel_reason"] == "it was raining"
    assert data["profile"]["segment_codes"] == ["PREMIUM_SECRET"]
    assert data["sign_in"]["user_name"] == "zebedee-q"


def test_export_names_no_staff_and_no_other_customer(client, zebedee, bank):
    AppointmentFactory(
        customer=CustomerFactory(first_name="Stranger"),
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
    )
    client.force_login(zebedee.user)

    text = client.get("/portal/profile/export/").content.decode()

    assert "Stranger" not in text
    assert "petra" not in text


@pytest.mark.parametrize("count", [3, 60])
def test_export_costs_the_same_queries_at_any_size(
    zebedee, bank, django_assert_num_queries, count
):
    for number in range(count):
        made = AppointmentFactory(
            customer=zebedee,
            subject=bank.subject,
            office=bank.office,
            advisor=bank.advisor,
            starts_at=NOW + timedelta(days=number),
            status="completed",
        )
        DocumentFactory(appointment=made)
        AppointmentEventFactory(appointment=made, at=NOW)
    customer = Customer.objects.get(pk=zebedee.pk)
    with django_assert_num_queries(10):
        export_customer(customer, now=NOW)


# Erase.


def test_before_erasing_every_word_is_there(zebedee):
    """The next test would prove nothing without this one."""
    words = [word for word in SECRETS if word != "typed.quill@example.net"]

    assert {word for word, _table in found_in(dump(), words)} == set(words)


def test_after_erasing_no_table_holds_a_word_of_the_person(
    zebedee, django_capture_on_commit_callbacks
):
    files = [document.file.name for document in Document.objects.all()]
    assert all(private_storage().exists(name) for name in files)

    with django_capture_on_commit_callbacks(execute=True):
        erase_customer(zebedee, now=NOW)

    assert found_in(dump(), SECRETS) == set()
    assert not any(private_storage().exists(name) for name in files)


def test_erased_meetings_keep_when_where_what_and_with_whom(zebedee, bank):
    erase_customer(zebedee, now=NOW)

    past = Appointment.objects.get(status="completed")
    assert past.starts_at == NOW - timedelta(days=30)
    assert (past.subject, past.advisor) == (bank.subject, bank.advisor)
    assert past.link_hash is None
    event, erased = past.events.order_by("pk")
    assert (event.old, event.new) == ({"status": "confirmed"}, {"revision": 2})
    assert (erased.kind, erased.actor, erased.at) == ("erased", "customer", NOW)
    assert Appointment.objects.filter(customer=zebedee).count() == 2
    unsent = Message.objects.get(kind="changed")
    assert (unsent.skipped, unsent.sent_at) == ("Erased.", None)
    advisors = Message.objects.get(recipient="advisor")
    assert advisors.address == bank.advisor.email
    assert not Flow.objects.exists()
    assert not ProcrastinateJob.objects.exists()


def test_others_are_left_alone(zebedee, bank):
    other = CustomerFactory(user=UserFactory(), email="other@example.com")
    theirs = AppointmentFactory(
        customer=other,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        remarks="Keep this",
        link_hash=hash_token(manage_token("x", 1)),
    )
    walk = FlowFactory(verified_customer=other, details={"remarks": "and this"})
    queue_password_link("other@example.com", now=NOW)
    kept = Appointment.objects.filter(pk=theirs.pk).values().get()

    erase_customer(zebedee, now=NOW)

    assert Appointment.objects.filter(pk=theirs.pk).values().get() == kept
    assert Flow.objects.get() == walk
    assert ProcrastinateJob.objects.get().args == {"address": "other@example.com"}
    other.refresh_from_db()
    assert other.name == "Max Murdoch"
    assert other.user.is_active


def test_erasing_waits_until_nobody_is_waiting(client, zebedee, bank):
    coming = AppointmentFactory(
        customer=zebedee,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
        starts_at=NOW + timedelta(days=1),
    )
    client.force_login(zebedee.user)
    before = sorted(dump())

    with pytest.raises(StillMeeting):
        erase_customer(zebedee, now=NOW)
    assert sorted(dump()) == before

    for answer in (
        client.get(ERASE),
        client.post(ERASE, {"confirmation": "secret"}),
    ):
        page = answer.content.decode()
        assert "You have meetings to come. Cancel them first" in page
        assert f"/portal/meetings/{coming.reference}/" in page
        assert 'name="confirmation"' not in page
    assert answer.status_code == 422
    assert Customer.objects.get(pk=zebedee.pk).first_name == "Zebedee"


@pytest.mark.parametrize("count", [1, 40])
def test_meetings_in_the_way_cost_the_same_queries_at_any_size(
    client, zebedee, bank, django_assert_num_queries, count
):
    for number in range(count):
        AppointmentFactory(
            customer=zebedee,
            subject=bank.subject,
            office=bank.office,
            advisor=bank.advisor,
            starts_at=NOW + timedelta(days=number + 1),
        )
    client.force_login(zebedee.user)
    client.get(ERASE)
    with django_assert_num_queries(6):
        client.get(ERASE)


def test_customer_confirms_by_password_and_is_out_for_good(client, zebedee):
    client.force_login(zebedee.user)
    ContentType.objects.clear_cache()  # as in a fresh process

    answer = client.post(ERASE, {"confirmation": "secret"})

    assert (answer.status_code, answer["Location"]) == (303, "/portal/erased/")
    assert SESSION_KEY not in client.session
    assert "Your data is erased" in client.get("/portal/erased/").content.decode()
    user = User.objects.get(pk=zebedee.user_id)
    assert (user.username, user.email) == (f"erased-{user.pk}", "")
    assert not user.is_active
    assert not user.has_usable_password()


def test_other_sessions_end_too(client, zebedee):
    client.force_login(zebedee.user)

    erase_customer(zebedee, now=NOW)

    assert client.get("/portal/").status_code == 302


@pytest.mark.parametrize("typed", ["", "wrong", "HB-777333"])
def test_wrong_confirmation_erases_nothing(client, zebedee, typed):
    client.force_login(zebedee.user)

    answer = client.post(ERASE, {"confirmation": typed})

    assert answer.status_code == 422
    assert "confirmation" in answer.context["form"].errors
    assert Customer.objects.get(pk=zebedee.pk).first_name == "Zebedee"


def test_guessing_the_password_here_is_locked_like_a_sign_in(client, zebedee):
    client.force_login(zebedee.user)

    answers = [client.post(ERASE, {"confirmation": "wrong"}) for _ in range(10)]

    assert answers[-1].status_code == 429
    assert client.post(ERASE, {"confirmation": "secret"}).status_code == 429
    assert Customer.objects.get(pk=zebedee.pk).first_name == "Zebedee"


def test_customer_without_password_types_the_customer_number(client, zebedee):
    zebedee.user.set_unusable_password()
    zebedee.user.save()
    client.force_login(zebedee.user)
    assert "To confirm, type HB-777333." in client.get(ERASE).content.decode()

    assert client.post(ERASE, {"confirmation": "HB-777334"}).status_code == 422
    assert client.post(ERASE, {"confirmation": " HB-777333 "}).status_code == 303

    assert Customer.objects.get(pk=zebedee.pk).customer_number == ""


def test_staff_who_are_customers_keep_their_work_sign_in(zebedee):
    User.objects.filter(pk=zebedee.user_id).update(is_staff=True)

    erase_customer(zebedee, now=NOW)

    user = User.objects.get(pk=zebedee.user_id)
    assert user.is_active
    assert Customer.objects.get(pk=zebedee.pk).user is None


def test_kept_mails_go_too(
    zebedee, django_capture_on_commit_callbacks, tmp_path, settings
):
    settings.MAIL_DIR = tmp_path
    past = Appointment.objects.get(status="completed")
    (tmp_path / f"{past.reference}-confirmed-0-customer.eml").write_text("x")
    (tmp_path / "ABCDEFGHJK-confirmed-0-customer.eml").write_text("x")

    with django_capture_on_commit_callbacks(execute=True):
        erase_customer(zebedee, now=NOW)

    assert [file.name for file in tmp_path.iterdir()] == [
        "ABCDEFGHJK-confirmed-0-customer.eml"
    ]


def test_rolled_back_erasing_erases_nothing(zebedee):
    before = sorted(dump())

    with transaction.atomic():
        erase_customer(zebedee, now=NOW)
        transaction.set_rollback(True)

    assert sorted(dump()) == before
    assert all(
        private_storage().exists(row.file.name) for row in Document.objects.all()
    )


def test_edits_of_a_meeting_leave_no_trace(zebedee, bank):
    """What editing writes into the history goes as well."""
    booked = AppointmentFactory(
        customer=zebedee,
        subject=bank.subject,
        office=bank.office,
        advisor=bank.advisor,
    )
    edit_appointment(
        booked,
        edits=Edits(email="typed.quill@example.net", remarks="half-typed words"),
        actor=AppointmentEvent.Actor.CUSTOMER,
        now=NOW,
    )
    Appointment.objects.filter(pk=booked.pk).update(status="no_show")

    erase_customer(zebedee, now=NOW)

    assert found_in(dump(), SECRETS) == set()
