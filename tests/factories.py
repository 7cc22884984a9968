"""Test data with constants: every default is a value that a test may rely on.

The clock of tests stands at NOW, Wednesday 29 April 2026, 10:00 in Brussels. Meetings
take place on Monday 4 May 2026; NINE is 09:00 UTC that day, 11:00 in Brussels.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import factory
from factory.django import DjangoModelFactory

from directory.grants import Role
from directory.models import (
    Absence,
    Advisor,
    Category,
    Closure,
    Customer,
    DayBlock,
    DayTemplate,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    PostalArea,
    PostalPlace,
    Question,
    QuestionChoice,
    Subject,
    SwitchedOffChannel,
    User,
    WeekBlock,
    WeekTemplate,
)
from directory.services import load_roles
from portal.models import Account, Banner, CalendarFeed, HandoverKey, UsedHandover
from scheduling.models import (
    AccessCode,
    Appointment,
    AppointmentEvent,
    BusyInterval,
    Document,
    Flow,
    Message,
    MessageTemplate,
    PostCount,
    Reminder,
    StepCount,
    UnmetDemand,
)
from segments.models import (
    AvailabilityRule,
    LinkContext,
    LinkKey,
    LinkProblem,
    RuleWindow,
    Segment,
    SegmentOffer,
)

NOW = datetime(2026, 4, 29, 8, 0, tzinfo=UTC)
NINE = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 5, 4)
ALL_CHANNELS = ["office", "phone", "video", "on_location"]


# Standing data.


class OrganisationFactory(DjangoModelFactory):
    """Halyard Bank, in Brussels."""

    class Meta:
        model = Organisation
        django_get_or_create = ["pk"]

    pk = 1
    name = "Halyard Bank"


class UserFactory(DjangoModelFactory):
    """A user whose password is `secret`."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    username = factory.Sequence(lambda n: f"user-{n}")
    email = factory.LazyAttribute(lambda row: f"{row.username}@example.com")
    password = factory.django.Password("secret")


class StaffFactory(UserFactory):
    """Someone who may open the back office, without any further permission."""

    is_staff = True


class AdministratorFactory(StaffFactory):
    """Someone who may do everything."""

    is_superuser = True


def staff_with(*roles: Role, offices: Iterable[Office] = (), **fields) -> User:
    """Someone with these roles, who runs these offices; the groups are made if missing."""
    user = StaffFactory(**fields)
    groups = load_roles()
    user.groups.set([groups[role] for role in roles])
    user.managed_offices.set(offices)
    return user


class OfficeFactory(DjangoModelFactory):
    """An office in Antwerp. It has no opening hours yet: see `open_office`."""

    class Meta:
        model = Office

    code = factory.Sequence(lambda n: f"office-{n}")
    name = "Antwerp Meir"
    street = "Meir 48"
    postal_code = "2000"
    city = "Antwerpen"


class OpeningHoursFactory(DjangoModelFactory):
    """Monday 09:00 to 17:00."""

    class Meta:
        model = OpeningHours

    office = factory.SubFactory(OfficeFactory)
    weekday = 0
    opens = time(9)
    closes = time(17)


class ClosureFactory(DjangoModelFactory):
    """Shut on Monday 4 May 2026, the whole day."""

    class Meta:
        model = Closure

    office = factory.SubFactory(OfficeFactory)
    name = "Moving"
    first_day = MONDAY
    last_day = factory.SelfAttribute("first_day")


class PostalAreaFactory(DjangoModelFactory):
    """2000 to 2999."""

    class Meta:
        model = PostalArea

    office = factory.SubFactory(OfficeFactory)
    first_code = "2000"
    last_code = "2999"


class PostalPlaceFactory(DjangoModelFactory):
    """Antwerp."""

    class Meta:
        model = PostalPlace

    country = "BE"
    code = "2000"
    town = "Antwerpen"
    latitude = 51.2194
    longitude = 4.4025


class CategoryFactory(DjangoModelFactory):
    class Meta:
        model = Category

    code = factory.Sequence(lambda n: f"category-{n}")
    name = "Loans"


class SubjectFactory(DjangoModelFactory):
    """A subject that all four channels suit."""

    class Meta:
        model = Subject

    code = factory.Sequence(lambda n: f"subject-{n}")
    category = factory.SubFactory(CategoryFactory)
    name = "Mortgage"
    channels = factory.List(ALL_CHANNELS)


class SwitchedOffChannelFactory(DjangoModelFactory):
    """No video at this office, for every subject."""

    class Meta:
        model = SwitchedOffChannel

    office = factory.SubFactory(OfficeFactory)
    channel = "video"


class QuestionFactory(DjangoModelFactory):
    """An optional short text."""

    class Meta:
        model = Question

    subject = factory.SubFactory(SubjectFactory)
    code = factory.Sequence(lambda n: f"question-{n}")
    label = "What is it about?"
    kind = Question.Kind.SHORT_TEXT


class QuestionChoiceFactory(DjangoModelFactory):
    class Meta:
        model = QuestionChoice

    question = factory.SubFactory(QuestionFactory, kind=Question.Kind.CHOICE)
    code = factory.Sequence(lambda n: f"choice-{n}")
    label = "A house"


class AdvisorFactory(DjangoModelFactory):
    """Eva Peeters. She has no hours and no expertise yet: see `make_bank`."""

    class Meta:
        model = Advisor

    code = factory.Sequence(lambda n: f"advisor-{n}")
    first_name = "Eva"
    last_name = "Peeters"
    role = "Mortgage advisor"
    email = factory.LazyAttribute(lambda row: f"{row.code}@bank.example")
    languages = factory.List(["en"])


class ExpertiseFactory(DjangoModelFactory):
    """A senior's, by all channels."""

    class Meta:
        model = Expertise

    advisor = factory.SubFactory(AdvisorFactory)
    office = factory.SubFactory(OfficeFactory)
    subject = factory.SubFactory(SubjectFactory)
    channels = factory.List(ALL_CHANNELS)
    rank = 1


class CustomerFactory(DjangoModelFactory):
    """Max Murdoch, a verified customer without a sign-in."""

    class Meta:
        model = Customer

    customer_number = factory.Sequence(lambda n: f"C{n:05}")
    first_name = "Max"
    last_name = "Murdoch"
    email = "max@example.com"
    phone = "+32470123456"
    created_at = NOW


class WeekTemplateFactory(DjangoModelFactory):
    """An advisor's default week, without blocks."""

    class Meta:
        model = WeekTemplate

    advisor = factory.SubFactory(AdvisorFactory)


class WeekBlockFactory(DjangoModelFactory):
    """Monday 09:00 to 17:00."""

    class Meta:
        model = WeekBlock
        skip_postgeneration_save = True

    template = factory.SubFactory(WeekTemplateFactory)
    office = factory.SubFactory(OfficeFactory)
    weekday = 0
    starts = time(9)
    ends = time(17)


class DayTemplateFactory(DjangoModelFactory):
    """Monday 4 May 2026 off."""

    class Meta:
        model = DayTemplate

    advisor = factory.SubFactory(AdvisorFactory)
    day = MONDAY


class DayBlockFactory(DjangoModelFactory):
    """09:00 to 17:00."""

    class Meta:
        model = DayBlock

    template = factory.SubFactory(DayTemplateFactory)
    office = factory.SubFactory(OfficeFactory)
    starts = time(9)
    ends = time(17)


class AbsenceFactory(DjangoModelFactory):
    """Away for the hour from NINE."""

    class Meta:
        model = Absence

    advisor = factory.SubFactory(AdvisorFactory)
    starts_at = NINE
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=1))


# Segments.


class SegmentFactory(DjangoModelFactory):
    """An active segment that offers nothing yet."""

    class Meta:
        model = Segment

    code = factory.Sequence(lambda n: f"SEGMENT_{n}")
    name = "High value"


class SegmentOfferFactory(DjangoModelFactory):
    """A subject by all its channels."""

    class Meta:
        model = SegmentOffer

    segment = factory.SubFactory(SegmentFactory)
    subject = factory.SubFactory(SubjectFactory)


class AvailabilityRuleFactory(DjangoModelFactory):
    """A rule for everything that sets nothing."""

    class Meta:
        model = AvailabilityRule


class RuleWindowFactory(DjangoModelFactory):
    """Extra hours on Saturday, 10:00 to 16:00."""

    class Meta:
        model = RuleWindow
        skip_postgeneration_save = True

    rule = factory.SubFactory(AvailabilityRuleFactory)
    kind = RuleWindow.Kind.EXTRA
    weekday = 5
    starts = time(10)
    ends = time(16)


class LinkKeyFactory(DjangoModelFactory):
    """The demo's key, which may sign for every segment."""

    class Meta:
        model = LinkKey

    kid = "demo-1"
    secret = b"parlour-demo-key-0123456789abcde"
    signs_every_segment = True
    created_at = NOW


class LinkContextFactory(DjangoModelFactory):
    class Meta:
        model = LinkContext

    token_hash = factory.Sequence(lambda n: f"{n:064x}")
    source = LinkContext.Source.BACK_END
    parameters = factory.List([["segment", "HIGH"]])
    created_at = NOW
    expires_at = NOW + timedelta(days=1)


class LinkProblemFactory(DjangoModelFactory):
    class Meta:
        model = LinkProblem

    day = NOW.date()
    problem = "unknown_segment"
    parameter = "segment"
    value = "HIHG"
    first_at = NOW
    last_at = NOW


# Scheduling.


class FlowFactory(DjangoModelFactory):
    """A flow from a plain link: nothing answered yet."""

    class Meta:
        model = Flow

    created_at = NOW
    last_used_at = NOW
    channels = factory.List([])


class AppointmentFactory(DjangoModelFactory):
    """A confirmed one-hour video meeting on Monday 4 May 2026, 09:00 UTC.

    Its busy interval is made too, while the status takes time; `busy=False` leaves it out.
    """

    class Meta:
        model = Appointment
        skip_postgeneration_save = True

    status = Appointment.Status.CONFIRMED
    customer = factory.SubFactory(CustomerFactory)
    subject = factory.SubFactory(SubjectFactory)
    channel = "video"
    office = factory.SubFactory(OfficeFactory)
    advisor = factory.SubFactory(AdvisorFactory)
    starts_at = NINE
    ends_at = factory.LazyAttribute(lambda row: row.starts_at + timedelta(hours=1))
    buffer_before = timedelta(0)
    buffer_after = timedelta(0)
    office_zone = "Europe/Brussels"
    visitor_zone = "Europe/Brussels"
    change_until = factory.SelfAttribute("starts_at")
    first_name = factory.SelfAttribute("customer.first_name")
    last_name = factory.SelfAttribute("customer.last_name")
    email = factory.SelfAttribute("customer.email")
    phone = factory.SelfAttribute("customer.phone")
    created_at = NOW
    changed_at = NOW
    announced_at = NOW

    @factory.post_generation
    def busy(self, create, extracted, **kwargs):
        takes_time = self.status in {"requested", "confirmed"}
        if create and extracted is not False and takes_time:
            BusyIntervalFactory(appointment=self, advisor=self.advisor)


class BusyIntervalFactory(DjangoModelFactory):
    """The time of an appointment, buffers included."""

    class Meta:
        model = BusyInterval

    kind = BusyInterval.Kind.APPOINTMENT
    appointment = factory.SubFactory(AppointmentFactory, busy=False)
    advisor = factory.SelfAttribute("appointment.advisor")
    meeting_starts_at = factory.SelfAttribute("appointment.starts_at")
    meeting_ends_at = factory.SelfAttribute("appointment.ends_at")
    starts_at = factory.LazyAttribute(
        lambda row: row.meeting_starts_at - row.appointment.buffer_before
    )
    ends_at = factory.LazyAttribute(
        lambda row: row.meeting_ends_at + row.appointment.buffer_after
    )


class HoldFactory(DjangoModelFactory):
    """A live hold on the half hour from NINE, for ten minutes."""

    class Meta:
        model = BusyInterval

    kind = BusyInterval.Kind.HOLD
    advisor = factory.SubFactory(AdvisorFactory)
    flow = factory.SubFactory(FlowFactory)
    meeting_starts_at = NINE
    meeting_ends_at = factory.LazyAttribute(
        lambda row: row.meeting_starts_at + timedelta(minutes=30)
    )
    starts_at = factory.SelfAttribute("meeting_starts_at")
    ends_at = factory.SelfAttribute("meeting_ends_at")
    expires_at = NOW + timedelta(minutes=10)


class ImportedEventFactory(DjangoModelFactory):
    """An hour from NINE that the advisor's own calendar has taken."""

    class Meta:
        model = BusyInterval

    kind = BusyInterval.Kind.IMPORTED
    advisor = factory.SubFactory(AdvisorFactory)
    meeting_starts_at = NINE
    meeting_ends_at = factory.LazyAttribute(
        lambda row: row.meeting_starts_at + timedelta(hours=1)
    )
    starts_at = factory.SelfAttribute("meeting_starts_at")
    ends_at = factory.SelfAttribute("meeting_ends_at")
    uid = "event-1@calendar.example"


class AppointmentEventFactory(DjangoModelFactory):
    class Meta:
        model = AppointmentEvent

    appointment = factory.SubFactory(AppointmentFactory)
    at = NOW
    kind = "booked"
    actor = AppointmentEvent.Actor.CUSTOMER


class MessageFactory(DjangoModelFactory):
    """The customer's confirmation, not sent yet."""

    class Meta:
        model = Message

    appointment = factory.SubFactory(AppointmentFactory)
    kind = "confirmed"
    revision = 0
    recipient = Message.Recipient.CUSTOMER
    address = factory.SelfAttribute("appointment.email")
    created_at = NOW


class DocumentFactory(DjangoModelFactory):
    """A customer's PDF that belongs to an appointment."""

    class Meta:
        model = Document

    appointment = factory.SubFactory(AppointmentFactory)
    side = Document.Side.CUSTOMER
    name = "payslip.pdf"
    content_type = "application/pdf"
    size = 12
    file = factory.django.FileField(data=b"%PDF-1.7\n%%E", filename="payslip.pdf")
    created_at = NOW


class StepCountFactory(DjangoModelFactory):
    class Meta:
        model = StepCount

    day = NOW.date()
    step = "subject"
    count = 1


class UnmetDemandFactory(DjangoModelFactory):
    """A flow of general scheduling that found no free time."""

    class Meta:
        model = UnmetDemand

    day = NOW.date()
    reason = UnmetDemand.Reason.NO_TIME
    count = 1


class PostCountFactory(DjangoModelFactory):
    class Meta:
        model = PostCount

    key = "0" * 64
    window_start = NOW
    count = 1


class AccessCodeFactory(DjangoModelFactory):
    """A code that was mailed just now, not used yet."""

    class Meta:
        model = AccessCode

    appointment = factory.SubFactory(AppointmentFactory)
    link_version = 1
    code_hash = "0" * 64
    created_at = NOW
    expires_at = NOW + timedelta(minutes=15)


class MessageTemplateFactory(DjangoModelFactory):
    """The customer's confirmation in English, in staff's own words."""

    class Meta:
        model = MessageTemplate

    kind = "confirmed"
    recipient = Message.Recipient.CUSTOMER
    language = "en"
    title = "See you on {when}"


class ReminderFactory(DjangoModelFactory):
    """To the customer, two hours before."""

    class Meta:
        model = Reminder

    code = "two-hours"
    minutes_before = 120


# The portal.


class AccountFactory(DjangoModelFactory):
    class Meta:
        model = Account

    customer = factory.SubFactory(CustomerFactory)
    kind = Account.Kind.CURRENT
    name = "Current account"
    masked_number = "BE71 **** **** 4321"
    balance = Decimal("1250.75")
    as_of = NOW


class BannerFactory(DjangoModelFactory):
    class Meta:
        model = Banner

    code = "banner"
    segment = factory.SubFactory(SegmentFactory)
    subject = factory.SubFactory(SubjectFactory)
    title = "Talk about your mortgage"


class CalendarFeedFactory(DjangoModelFactory):
    class Meta:
        model = CalendarFeed

    customer = factory.SubFactory(CustomerFactory)
    token_hash = "0" * 64
    created_at = NOW


class HandoverKeyFactory(DjangoModelFactory):
    class Meta:
        model = HandoverKey

    kid = "portal-1"
    secret = b"a hand-over key of the tests, 32"
    created_at = NOW


class UsedHandoverFactory(DjangoModelFactory):
    class Meta:
        model = UsedHandover

    key = factory.SubFactory(HandoverKeyFactory)
    nonce_hash = "0" * 64
    expires_at = NOW + timedelta(minutes=5)


# A whole bank.


@dataclass(frozen=True)
class Bank:
    """One office, one subject, one advisor: enough to book a meeting."""

    organisation: Organisation
    office: Office
    category: Category
    subject: Subject
    advisor: Advisor
    expertise: Expertise


def open_office(
    *,
    weekdays: range = range(5),
    opens: time = time(9),
    closes: time = time(17),
    **fields: object,
) -> Office:
    """Return an office that is open Monday to Friday, 09:00 to 17:00."""
    office = OfficeFactory(**fields)
    for weekday in weekdays:
        OpeningHoursFactory(office=office, weekday=weekday, opens=opens, closes=closes)
    return office


def working_advisor(
    office: Office,
    subject: Subject,
    *,
    rank: int = 1,
    channels: list[str] = ALL_CHANNELS,
    weekdays: range = range(5),
    starts: time = time(9),
    ends: time = time(17),
    **fields: object,
) -> Advisor:
    """Return an advisor with a Monday to Friday, 09:00 to 17:00 week and an expertise."""
    advisor = AdvisorFactory(**fields)
    week = WeekTemplateFactory(advisor=advisor)
    for weekday in weekdays:
        WeekBlockFactory(
            template=week, office=office, weekday=weekday, starts=starts, ends=ends
        )
    ExpertiseFactory(
        advisor=advisor, office=office, subject=subject, rank=rank, channels=channels
    )
    return advisor


def make_bank(**subject_fields: object) -> Bank:
    """Return an Antwerp office, `mortgage`, and Eva Peeters who takes it there.

    Without rules a meeting takes 30 minutes, starts each quarter, and needs 2 h notice.
    """
    organisation = OrganisationFactory()
    office = open_office(code="antwerp")
    PostalAreaFactory(office=office)
    category = CategoryFactory(code="loans")
    subject_fields = {"code": "mortgage", "category": category, **subject_fields}
    subject = SubjectFactory(**subject_fields)
    advisor = working_advisor(office, subject, code="eva-peeters")
    expertise = Expertise.objects.get(advisor=advisor)
    return Bank(organisation, office, category, subject, advisor, expertise)


def flow_at_time(bank: Bank, **fields: object) -> Flow:
    """Return a flow that has chosen the bank's subject by video, at any office."""
    defaults = {
        "subject": bank.subject,
        "channel": "video",
        "is_place_answered": True,
    }
    return FlowFactory(**{**defaults, **fields})
