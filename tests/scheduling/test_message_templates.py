"""Staff's own words: checked when saved, looked at before, and never in a mail's way."""

import html
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission
from django.core import mail
from django.urls import reverse
from hypothesis import given, strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from scheduling.admin.letters import CASES, length_text
from scheduling.kinds import CIRCUMSTANCES, KINDS
from scheduling.messages import send
from scheduling.models import Appointment, Message, MessageTemplate, Reminder
from scheduling.wordings import FIELDS, BrokenWordingError, fill
from tests.factories import (
    NINE,
    NOW,
    AdministratorFactory,
    AdvisorFactory,
    AppointmentEventFactory,
    AppointmentFactory,
    MessageFactory,
    MessageTemplateFactory,
    OfficeFactory,
    OrganisationFactory,
    ReminderFactory,
    StaffFactory,
    SubjectFactory,
)

ADD = "/admin/scheduling/messagetemplate/add/"
PREVIEW = "/admin/scheduling/messagetemplate/preview/"
WORDS = {name: f"<{name}>" for name in FIELDS}
ALL_FIELDS = (
    "{subject}, {person}, {when}, {reference}, {office}, {first_name}, "
    "{organisation}, {channel}"
)
BROKEN = [
    ("See {subject.name}", "{subject.name} is no merge field."),
    ("See {subject[0]}", "{subject[0]} is no merge field."),
    ("See {nobody}", "{nobody} is no merge field."),
    ("See {Subject}", "{Subject} is no merge field."),
    ("See { subject }", "{ subject } is no merge field."),
    ("See {}", "{} is no merge field."),
    ("See {0}", "{0} is no merge field."),
    ("See {subject!r}", "Write {subject} with nothing after the name."),
    ("See {subject:>99999999}", "Write {subject} with nothing after the name."),
    ("See {subject:{when}}", "Write {subject} with nothing after the name."),
    ("See {subject", "A brace is open or closed alone."),
    ("See subject}", "A brace is open or closed alone."),
    ("See {", "A brace is open or closed alone."),
    ("See {subject!}", "A brace is open or closed alone."),
]


# Filling.


def test_merge_fields_are_replaced_and_doubled_braces_stay_one():
    text = "{first_name}: {{{subject}}} {{when}}"

    assert fill(text, WORDS) == "<first_name>: {<subject>} {when}"


def test_a_value_is_never_read_as_a_text():
    assert fill("{subject}", {**WORDS, "subject": "{person} %s {"}) == "{person} %s {"


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_what_is_wrong_is_said_with_the_fields_that_there_are(text, sentence):
    with pytest.raises(BrokenWordingError) as caught:
        fill(text, WORDS)

    assert str(caught.value).startswith(sentence)
    assert ALL_FIELDS in str(caught.value)


@given(st.text("{}!:.[]subjectwhen 0r\n", max_size=30))
def test_any_text_is_filled_or_refused(text):
    try:
        filled = fill(text, WORDS)
    except BrokenWordingError:
        return
    doubled = filled.replace("{", "{{").replace("}", "}}")
    assert fill(doubled, WORDS) == filled


# In mails.


def mail_to(appointment, *, kind="confirmed", recipient="customer"):
    advisor = appointment.advisor if recipient == "advisor" else None
    message = MessageFactory(
        appointment=appointment,
        kind=kind,
        for_start=appointment.starts_at if kind.startswith("reminder-") else None,
        revision=appointment.revision,
        recipient=recipient,
        advisor=advisor,
        address=advisor.email if advisor else appointment.email,
    )
    send(message.pk, now=NOW)
    message.refresh_from_db()
    assert message.sent_at == NOW, message.skipped
    return mail.outbox[-1]


@pytest.mark.django_db
def test_staffs_words_take_the_place_of_parlours():
    OrganisationFactory()
    MessageTemplateFactory(
        title="{first_name}, see you on {when}",
        opening="We talk about {subject} ({channel}).\n\nYour {person}",
        closing="{organisation}, {office}: {reference}",
    )

    sent = mail_to(AppointmentFactory(reference="ABCDEFGH23", channel="phone"))

    assert sent.subject == "Max, see you on Monday 4 May 2026, 11:00"
    assert "We talk about Mortgage (Phone call).\n\nYour Eva Peeters\n" in sent.body
    assert "Halyard Bank, Antwerp Meir: ABCDEFGH23\n" in sent.body
    assert "We look forward" not in sent.body
    page = sent.alternatives[0].content
    assert "<p>We talk about Mortgage (Phone call).</p>" in page
    assert "<p>Halyard Bank, Antwerp Meir: ABCDEFGH23</p>" in page


@pytest.mark.django_db
def test_words_are_for_one_kind_one_reader_and_one_language_and_empty_ones_stay():
    MessageTemplateFactory(title="Tot gauw", language="nl")
    MessageTemplateFactory(title="For advisors", recipient="advisor")
    MessageTemplateFactory(title="", closing="Bring a friend")
    MessageTemplateFactory(title="Request", kind="requested")

    sent = mail_to(AppointmentFactory())
    dutch = mail_to(AppointmentFactory(language="nl"))
    advisor = mail_to(AppointmentFactory(), recipient="advisor")

    assert sent.subject == "Your meeting is booked: Mortgage, Monday 4 May 2026, 11:00"
    assert "Bring a friend" in sent.body
    assert dutch.subject == "Tot gauw"
    assert "Uw afspraak is vastgelegd." in dutch.body
    assert advisor.subject == "For advisors"


@pytest.mark.django_db
def test_a_former_advisor_reads_staffs_words_too():
    former = AdvisorFactory(languages=["nl"])
    appointment = AppointmentFactory(revision=1)
    MessageTemplateFactory(
        kind="reassigned",
        recipient="former_advisor",
        language="nl",
        title="Weg: {when}",
    )
    message = MessageFactory(
        appointment=appointment,
        kind="reassigned",
        revision=1,
        recipient="former_advisor",
        advisor=former,
        address=former.email,
    )

    send(message.pk, now=NOW)

    assert mail.outbox[0].subject == "Weg: maandag 4 mei 2026, 11:00"


@pytest.mark.django_db
def test_all_reminders_share_their_words():
    ReminderFactory(code="five-days", minutes_before=7260)
    MessageTemplateFactory(kind="reminder", title="Nearly there: {subject}")
    appointment = AppointmentFactory(announced_at=NOW - timedelta(days=9))

    sent = mail_to(appointment, kind="reminder-five-days")

    assert sent.subject == "Nearly there: Mortgage"


@pytest.mark.django_db
def test_staffs_words_never_hide_that_a_change_must_be_confirmed():
    MessageTemplateFactory(kind="changed", title="Changed", opening="It is settled.")
    appointment = AppointmentFactory(status="requested", revision=1)
    AppointmentEventFactory(
        appointment=appointment,
        kind="moved",
        old={"starts_at": NINE.isoformat()},
        new={"revision": 1},
    )

    sent = mail_to(appointment, kind="changed")

    assert sent.subject.startswith("We have your change: Mortgage")
    assert "It is not confirmed yet" in sent.body
    assert "It is settled." not in sent.body


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "_sentence"), BROKEN)
def test_a_broken_text_gives_way_to_parlours_own_and_the_mail_goes_out(text, _sentence):
    MessageTemplateFactory(title=text, opening=text, closing=text)

    sent = mail_to(AppointmentFactory())

    assert sent.subject == "Your meeting is booked: Mortgage, Monday 4 May 2026, 11:00"
    assert "Your meeting is booked. We look forward to seeing you." in sent.body
    assert "See " not in sent.body


@pytest.mark.django_db
def test_one_broken_text_leaves_the_others_alone():
    MessageTemplateFactory(title="{broken", opening="Own opening")

    sent = mail_to(AppointmentFactory())

    assert sent.subject.startswith("Your meeting is booked")
    assert "Own opening" in sent.body


EVIL = "Max\r\nBcc: all@example.com\u2028<b>{when}</b>"


@pytest.mark.django_db
def test_nothing_in_words_or_values_adds_a_header_or_markup():
    MessageTemplateFactory(
        title="Hi\r\nBcc: all@example.com {first_name} {subject}",
        opening="<script>alert(1)</script> {first_name} {office}",
        closing="<img src=x> {organisation} {subject}",
    )
    OrganisationFactory(name=EVIL[:50])
    appointment = AppointmentFactory(
        first_name=EVIL,
        subject=SubjectFactory(name=EVIL[:80]),
        office=OfficeFactory(name=EVIL[:80]),
        advisor=AdvisorFactory(last_name=EVIL[:80]),
    )

    sent = mail_to(appointment)

    written = sent.message()
    assert written["Bcc"] is None
    assert len(sent.recipients()) == 1
    assert sent.subject.isprintable()
    assert "{when}" in sent.body  # a value, not a merge field
    page = sent.alternatives[0].content
    for markup in ("<script", "<img", "<b>"):
        assert markup not in page.replace("<b>Change or cancel", "")


@pytest.mark.django_db
def test_a_subject_line_is_cut_at_two_hundred_characters():
    MessageTemplateFactory(title="{subject} {subject} {subject}")

    sent = mail_to(AppointmentFactory(subject=SubjectFactory(name="x" * 90)))

    assert len(sent.subject) == 200
    assert sent.subject.endswith("…")


@pytest.mark.django_db
def test_own_words_cost_one_query_whether_there_are_any(django_assert_num_queries):
    first = MessageFactory()
    with django_assert_num_queries(11):
        send(first.pk, now=NOW)
    MessageTemplateFactory(closing="Bye")
    second = MessageFactory()
    with django_assert_num_queries(11):
        send(second.pk, now=NOW)


# Saving.


@pytest.fixture
def staff(client, db):
    client.force_login(AdministratorFactory())
    return client


def typed(**fields):
    return {
        "kind": "confirmed",
        "recipient": "customer",
        "language": "en",
        "title": "",
        "opening": "",
        "closing": "",
        **fields,
    }


def test_right_words_are_saved(staff):
    page = staff.post(ADD, typed(title="See you on {when}", opening="Hi {first_name}"))

    assert page.status_code == 302
    row = MessageTemplate.objects.get()
    assert (row.kind, row.title, row.opening) == (
        "confirmed",
        "See you on {when}",
        "Hi {first_name}",
    )


@pytest.mark.parametrize(("text", "sentence"), BROKEN)
def test_wrong_words_are_refused_with_a_sentence(staff, text, sentence):
    page = staff.post(ADD, typed(title=text, opening=text, closing=text))

    errors = page.context["adminform"].form.errors
    assert set(errors) == {"title", "opening", "closing"}
    for [error] in errors.values():
        assert error.startswith(sentence)
        assert ALL_FIELDS in error
    assert not MessageTemplate.objects.exists()


@pytest.mark.parametrize(
    ("fields", "where", "sentence"),
    [
        ({"title": "One\nTwo"}, "title", "Write the subject line in one line."),
        ({"title": "One\u2028Two"}, "title", "Write the subject line in one line."),
        (
            {"title": "{when} " * 25},
            "title",
            "With its merge fields filled this is longer than 200 characters.",
        ),
        ({"opening": "x" * 5001}, "opening", "Write 5,000 characters at most."),
        (
            {"title": "Hi", "recipient": "former_advisor"},
            "recipient",
            "This message goes to: customer and advisor.",
        ),
        (
            {"title": " "},
            "__all__",
            "Write one text at least. Empty ones keep Parlour's own words.",
        ),
    ],
)
def test_words_that_cannot_be_are_refused(staff, fields, where, sentence):
    page = staff.post(ADD, typed(**fields))

    assert page.context["adminform"].form.errors == {where: [sentence]}
    assert not MessageTemplate.objects.exists()


def test_an_unknown_message_is_refused(staff):
    page = staff.post(ADD, typed(kind="birthday", title="Hi"))

    assert "kind" in page.context["adminform"].form.errors
    assert not MessageTemplate.objects.exists()


def test_each_message_has_its_words_once(staff):
    MessageTemplateFactory()

    page = staff.post(ADD, typed(title="Hi"))

    assert page.context["adminform"].form.non_field_errors() == [
        "There is a text for this message already."
    ]
    assert MessageTemplate.objects.count() == 1


def test_the_page_lists_merge_fields_and_parlours_own_words(staff):
    row = MessageTemplateFactory(kind="changed", language="nl")

    page = staff.get(reverse("admin:scheduling_messagetemplate_change", args=[row.pk]))
    empty = staff.get(ADD)

    text = html.unescape(page.content.decode())
    for name, meaning in FIELDS.items():
        assert f"<code>{{{name}}}</code>" in text
        assert meaning in text
    [own] = page.context["own_words"]
    assert own.label == "Changed, to customer"
    assert own.title == "Uw afspraak is gewijzigd: {subject}, {when}"
    assert own.special[1] == (
        "If it still has to be accepted",
        "Wij hebben uw wijziging: {subject}, {when}",
    )
    assert len(empty.context["own_words"]) == 20


def test_a_refused_page_shows_parlours_own_words_for_what_was_chosen(staff):
    chosen = {"title": "{oops}", "kind": "reassigned", "recipient": "former_advisor"}

    page = staff.post(ADD, typed(**chosen, language="fr"))
    unknown = staff.post(ADD, typed(**chosen, language="xx"))

    [own] = page.context["own_words"]
    assert own.title.startswith("Rendez-vous transmis")
    assert len(unknown.context["own_words"]) == 20


def test_every_special_case_has_a_name():
    assert set(CASES) == set(CIRCUMSTANCES)


def test_the_list_names_messages_in_words(staff):
    MessageTemplateFactory(kind="reassigned")
    MessageTemplateFactory(kind="gone")

    page = staff.get(reverse("admin:scheduling_messagetemplate_changelist"))

    assert b"Handed over to another advisor" in page.content
    assert b"gone" in page.content


# Looking before.


@pytest.mark.parametrize(
    ("kind", "language"),
    [(name, "en") for name in KINDS]
    + [("changed", code) for code in ("nl", "fr", "de")],
)
def test_a_preview_is_the_mail_and_leaves_nothing_behind(staff, kind, language):
    names = {"customer": "Max", "advisor": "Eva", "former_advisor": "Tom"}
    for recipient in KINDS[kind].words:
        fields = typed(
            kind=kind,
            recipient=recipient,
            language=language,
            title="Hello {first_name}: {subject}",
            closing="<b>Bye</b> {organisation}",
        )

        page = staff.post(PREVIEW, fields)

        assert page.status_code == 200
        assert page.context["subject"] == f"Hello {names[recipient]}: Mortgage"
        assert "<b>Bye</b>" in page.context["text"]
        assert "&lt;b&gt;Bye&lt;/b&gt;" in page.context["html"]
        assert f'lang="{language}"' in page.context["html"]
        assert b"<b>Bye</b>" not in page.content
        assert b"<h1>Hello" not in page.content
        assert "no-store" in page["Cache-Control"]
    for model in (MessageTemplate, Message, Appointment, ProcrastinateJob):
        assert not model.objects.exists()
    assert mail.outbox == []


def test_words_that_exist_already_can_be_looked_at(staff):
    MessageTemplateFactory(title="Old")

    page = staff.post(PREVIEW, typed(title="New {when}"))

    assert page.context["form"].errors == {}
    assert page.context["subject"].startswith("New ")
    assert MessageTemplate.objects.get().title == "Old"


def test_a_preview_of_wrong_words_says_what_is_wrong(staff):
    page = staff.post(PREVIEW, typed(title="{nobody}", kind="birthday"))

    assert page.status_code == 422
    text = html.unescape(page.content.decode())
    assert "{nobody} is no merge field. You can use {subject}" in text
    assert "These words cannot be sent yet" in text


def test_the_address_of_previews_alone_leads_to_the_list(staff):
    page = staff.get(PREVIEW)

    assert (page.status_code, page["Location"]) == (
        302,
        "/admin/scheduling/messagetemplate/",
    )


@pytest.mark.django_db
@pytest.mark.parametrize("permission", [None, "view_messagetemplate", "add_message"])
def test_previews_are_for_who_may_write_words(client, permission):
    user = StaffFactory()
    if permission:
        user.user_permissions.add(Permission.objects.get(codename=permission))
    client.force_login(user)

    assert client.post(PREVIEW, typed(title="Hi")).status_code == 403


def test_who_may_only_read_sees_the_words_and_cannot_write(client, db):
    user = StaffFactory()
    for name in ("view_messagetemplate", "view_reminder"):
        user.user_permissions.add(Permission.objects.get(codename=name))
    client.force_login(user)
    words, reminder = MessageTemplateFactory(), ReminderFactory()

    for row in (words, reminder):
        address = reverse(
            f"admin:scheduling_{row._meta.model_name}_change", args=[row.pk]
        )
        assert client.get(address).status_code == 200
        assert client.post(address, typed()).status_code == 403


# Reminders.


@pytest.mark.parametrize(
    ("minutes", "text"),
    [
        (5, "5 minutes"),
        (60, "1 hour"),
        (90, "1 hour 30 minutes"),
        (120, "2 hours"),
        (1440, "1 day"),
        (10080, "7 days"),
        (1501, "1 day 1 hour 1 minute"),
    ],
)
def test_lengths_are_said_in_words(minutes, text):
    assert length_text(minutes) == text


def reminder_typed(**fields):
    return {
        "code": "two-days",
        "minutes_before": "2880",
        "recipient": "customer",
        "sends_from": "08:00",
        "sends_until": "20:00",
        "is_active": "on",
        **fields,
    }


def test_a_reminder_is_added_and_listed_in_words(staff):
    Reminder.objects.all().delete()
    address = reverse("admin:scheduling_reminder_add")

    page = staff.post(address, reminder_typed(channels=["video"]))

    assert page.status_code == 302
    assert Reminder.objects.get().channels == ["video"]
    listed = staff.get(reverse("admin:scheduling_reminder_changelist"))
    for words in ("2 days before", "Video call", "08:00 to 20:00"):
        assert words in listed.content.decode()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        (
            {"minutes_before": "4"},
            "Choose between 5 minutes and 30 days (43200 minutes).",
        ),
        (
            {"minutes_before": "43201"},
            "Choose between 5 minutes and 30 days (43200 minutes).",
        ),
        ({"sends_until": "08:00"}, "The window must end after it starts."),
    ],
)
def test_a_reminder_that_cannot_be_is_refused(staff, fields, sentence):
    Reminder.objects.all().delete()

    page = staff.post(
        reverse("admin:scheduling_reminder_add"), reminder_typed(**fields)
    )

    errors = page.context["adminform"].form.errors
    assert [error for found in errors.values() for error in found] == [sentence]
    assert not Reminder.objects.exists()


def test_a_reminders_code_stays_because_messages_were_sent_by_it(staff):
    row = ReminderFactory(code="two-hours")
    address = reverse("admin:scheduling_reminder_change", args=[row.pk])

    staff.post(address, reminder_typed(code="other", minutes_before="60"))

    row.refresh_from_db()
    assert (row.code, row.minutes_before) == ("two-hours", 60)


def test_the_sidebar_leads_to_texts_and_reminders(staff):
    page = staff.get("/admin/").content.decode()

    assert "/admin/scheduling/messagetemplate/" in page
    assert "/admin/scheduling/reminder/" in page
    assert "Message texts" in page
