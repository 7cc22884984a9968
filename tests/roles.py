"""Who gets what in the back office: the tables that tests/test_roles.py walks.

People are letters: `a` administrator, `m` office manager of Antwerp, `e` Eva, an advisor
there, `p` planner. Everybody else, and `i`, staff without a role, gets nothing.
"""

from dataclasses import dataclass

from factory.django import DjangoModelFactory

from directory.choices import Channel
from directory.grants import Role
from directory.models import (
    Advisor,
    Customer,
    Office,
    Organisation,
    Subject,
    User,
)
from tests import factories
from tests.factories import NINE, make_bank, open_office, working_advisor

PEOPLE = "amepi"
# Seen: in the list, and its own page. Elsewhere: a row of Ghent, where nobody of them is.
TABLE = """
model                       list elsewhere | add | change elsewhere | delete elsewhere
auth.group                  a    a         | a   | a      a         | a      a
directory.absence           amep ap        | ame | ame    a         | ame    a
directory.advisor           amep ap        | am  | am     a         | a      a
directory.category          amep amep      | a   | a      a         | a      a
directory.closure           amp  ap        | am  | am     a         | am     a
directory.customer          amep ap        | -   | amp    ap        | a      a
directory.dayblock          amep ap        | am  | am     a         | am     a
directory.daytemplate       amep ap        | am  | am     a         | am     a
directory.expertise         amep ap        | am  | am     a         | am     a
directory.office            amep ap        | a   | am     a         | a      a
directory.openinghours      amp  ap        | am  | am     a         | am     a
directory.organisation      a    a         | -   | a      a         | -      -
directory.postalarea        amp  ap        | a   | a      a         | a      a
directory.postalplace       a    a         | a   | a      a         | a      a
directory.question          amp  amp       | a   | a      a         | a      a
directory.questionchoice    amp  amp       | a   | a      a         | a      a
directory.subject           amep amep      | a   | a      a         | a      a
directory.switchedoffchannel amp ap        | am  | a      a         | a      a
directory.user              a    a         | a   | a      a         | a      a
directory.weekblock         amep ap        | am  | am     a         | am     a
directory.weektemplate      amep ap        | am  | am     a         | am     a
portal.account              a    a         | a   | a      a         | a      a
portal.banner               a    a         | a   | a      a         | a      a
portal.handoverkey          a    a         | a   | a      a         | -      -
scheduling.appointment      amep ap        | -   | -      -         | -      -
scheduling.appointmentevent amep ap        | -   | -      -         | -      -
scheduling.busyinterval     a    a         | -   | -      -         | -      -
scheduling.document         amep ap        | -   | -      -         | -      -
scheduling.flow             a    a         | -   | -      -         | -      -
scheduling.message          amep ap        | -   | -      -         | -      -
scheduling.messagetemplate  a    a         | a   | a      a         | a      a
scheduling.postcount        a    a         | -   | -      -         | -      -
scheduling.reminder         a    a         | a   | a      a         | a      a
scheduling.stepcount        a    a         | -   | -      -         | -      -
scheduling.unmetdemand      a    a         | -   | -      -         | a      a
segments.availabilityrule   amp  ap        | a   | a      a         | a      a
segments.linkcontext        a    a         | -   | -      -         | -      -
segments.linkkey            a    a         | a   | a      a         | -      -
segments.linkproblem        a    a         | -   | -      -         | -      -
segments.rulewindow         amp  ap        | a   | a      a         | a      a
segments.segment            amp  amp       | a   | a      a         | a      a
segments.segmentoffer       amp  amp       | a   | a      a         | a      a
"""
# Tables of others: administrators alone look into them.
OTHERS = {
    "axes.accessattempt",
    "axes.accessfailurelog",
    "axes.accesslog",
    "procrastinate.procrastinatejob",
}
# Who may do what to a meeting of theirs.
ACTIONS = {
    "accept": "amep",
    "decline": "amep",
    "complete": "amep",
    "no-show": "amep",
    "undo": "amep",
    "move": "amp",
    "reassign": "amp",
    "renew-link": "amp",
    "cancel": "amp",
    "note": "amep",
    "documents": "amep",  # share
    "take_back": "amep",
}
FILES = {"document": "amep", "documents_zip": "amep"}
# Every other address of the admin: who gets a page at all. An address with arguments
# needs a test of its own; one without is walked. The frame names nothing.
PAGES = {
    "absence:page": "amp",
    "booking:start": "amp",
    "mailbox:list": "amep",
    "mailbox:mail": "amep",
    "mailbox:calendar": "amep",
    "why:page": "amp",
    "insights:page": "amep",
    "insights:table": "amep",
    "compare-segments": "ap",
    "links:builder": "amp",
    "links:lab": "amp",
    "links:broken": "a",
    "admin:segments_segment_duplicate": "a",
    "calendar:week": "amep",
    "admin:scheduling_appointment_file": "amep",
    "admin:scheduling_appointment_views": "amep",
    "admin:scheduling_appointment_view_delete": "amep",
    "search:page": "amepi",  # within their reach: an empty page for who reaches nothing
    "admin:scheduling_messagetemplate_preview": "a",
    "admin:auth_user_password_change": "a",
    "admin:directory_organisation_configuration": "a",
    "admin:directory_organisation_configuration_file": "a",
}
FRAME = {
    *("admin:index", "admin:login", "admin:logout", "admin:jsi18n", "admin:search"),
    *("admin:password_change", "admin:password_change_done", "admin:app_list"),
    *("admin:autocomplete", "admin:view_on_site", "admin:"),
}
# Words that only those who reach Ghent may read.
GHENT_WORDS = ("Korenmarkt", "Hanne", "Desmet", "Gantois", "gantois", "GHENTSGEHE")


@dataclass(frozen=True)
class Row:
    """The letters of who may, here and elsewhere."""

    list: str
    elsewhere: str
    add: str
    change: str
    change_elsewhere: str
    delete: str
    delete_elsewhere: str

    def seen(self, side: str) -> str:
        return self.list if side == "here" else self.elsewhere

    def changed(self, side: str) -> str:
        return self.change if side == "here" else self.change_elsewhere

    def deleted(self, side: str) -> str:
        return self.delete if side == "here" else self.delete_elsewhere


def read_table() -> dict[str, Row]:
    lines = TABLE.strip().splitlines()[1:]
    parts = [line.replace("|", " ").split() for line in lines]
    return {name: Row(*letters) for name, *letters in parts}


ROWS = read_table()


@dataclass(frozen=True)
class World:
    """A row of each model here, in Antwerp and Eva's, and elsewhere, in Ghent."""

    here: dict
    elsewhere: dict
    people: dict

    def row(self, side: str, label: str):
        return getattr(self, side)[label]


def make_world() -> World:
    bank = make_bank()
    question = factories.QuestionChoiceFactory(question__subject=bank.subject).question
    shared = {
        "directory.category": bank.category,
        "directory.subject": bank.subject,
        "directory.question": question,
        "directory.questionchoice": question.choices.get(),
        "directory.organisation": Organisation.objects.get(),
        "directory.postalplace": factories.PostalPlaceFactory(),
        "scheduling.flow": factories.FlowFactory(),
        "scheduling.messagetemplate": factories.MessageTemplateFactory(),
        "scheduling.postcount": factories.PostCountFactory(),
        "scheduling.reminder": factories.ReminderFactory(),
        "scheduling.stepcount": factories.StepCountFactory(),
        "scheduling.unmetdemand": factories.UnmetDemandFactory(),
        "segments.linkcontext": factories.LinkContextFactory(),
        "segments.linkkey": factories.LinkKeyFactory(),
        "segments.linkproblem": factories.LinkProblemFactory(),
        "portal.handoverkey": factories.HandoverKeyFactory(),
    }
    offer = factories.SegmentOfferFactory(subject=bank.subject)
    shared |= {
        "segments.segmentoffer": offer,
        "segments.segment": offer.segment,
        "portal.banner": factories.BannerFactory(
            segment=offer.segment, subject=bank.subject
        ),
    }
    ghent = open_office(code="ghent", name="Ghent Korenmarkt", city="Gent")
    factories.PostalAreaFactory(office=ghent, first_code="9000", last_code="9999")
    hanne = working_advisor(
        ghent, bank.subject, code="hanne", first_name="Hanne", last_name="Desmet"
    )
    greet = factories.CustomerFactory(
        first_name="Greet",
        last_name="Gantois",
        email="gantois@example.com",
        preferred_office=ghent,
        preferred_advisor=hanne,
    )
    max_murdoch = factories.CustomerFactory(may_be=greet)
    people = make_people(bank.office, bank.advisor)
    here = rows_of(bank.office, bank.advisor, max_murdoch, bank.subject, "ANTWERPHER")
    there = rows_of(ghent, hanne, greet, bank.subject, "GHENTSGEHE")
    groups = people["m"].groups.get()
    here |= {"auth.group": groups, "directory.user": people["e"]}
    there |= {"auth.group": groups, "directory.user": people["p"]}
    return World(shared | here, shared | there, people)


def make_people(office: Office, advisor: Advisor) -> dict[str, User]:
    people = {
        "a": factories.staff_with(Role.ADMINISTRATOR, username="admin"),
        "m": factories.staff_with(
            Role.OFFICE_MANAGER, offices=[office], username="manager"
        ),
        "e": factories.staff_with(Role.ADVISOR, username="eva"),
        "p": factories.staff_with(Role.PLANNER, username="planner"),
        "i": factories.staff_with(username="idle"),
    }
    Advisor.objects.filter(pk=advisor.pk).update(user=people["e"])
    return people


def rows_of(
    office: Office,
    advisor: Advisor,
    customer: Customer,
    subject: Subject,
    reference: str,
) -> dict:
    meeting = factories.AppointmentFactory(
        office=office,
        advisor=advisor,
        customer=customer,
        subject=subject,
        reference=reference,
        starts_at=NINE,
    )
    day = factories.DayTemplateFactory(advisor=advisor)
    segment = factories.SegmentFactory()
    rule = factories.AvailabilityRuleFactory(office=office, segment=segment)
    return {
        "directory.absence": factories.AbsenceFactory(advisor=advisor),
        "directory.advisor": advisor,
        "directory.closure": factories.ClosureFactory(office=office),
        "directory.customer": customer,
        "directory.dayblock": factories.DayBlockFactory(template=day, office=office),
        "directory.daytemplate": day,
        "directory.expertise": advisor.expertise.get(),
        "directory.office": office,
        "directory.openinghours": office.opening_hours.first(),
        "directory.postalarea": office.postal_areas.get(),
        "directory.switchedoffchannel": factories.SwitchedOffChannelFactory(
            office=office,
            channel="phone",
            subject=factories.SubjectFactory(category=subject.category),
        ),
        "directory.weektemplate": advisor.week_templates.get(),
        "directory.weekblock": advisor.week_templates.get().blocks.first(),
        "portal.account": factories.AccountFactory(customer=customer),
        "scheduling.appointment": meeting,
        "scheduling.appointmentevent": factories.AppointmentEventFactory(
            appointment=meeting
        ),
        "scheduling.busyinterval": meeting.busy,
        "scheduling.document": factories.DocumentFactory(
            appointment=meeting, side="advisor"
        ),
        "scheduling.message": factories.MessageFactory(appointment=meeting),
        "segments.availabilityrule": rule,
        "segments.rulewindow": factories.RuleWindowFactory(rule=rule),
    }


def more_rows(world: World, count: int) -> None:
    """Double what the lists of Antwerp show."""
    here = world.here
    for letter in "BCDEFGH"[:count]:
        rows_of(
            here["directory.office"],
            factories.working_advisor(
                here["directory.office"], here["directory.subject"]
            ),
            factories.CustomerFactory(may_be=here["directory.customer"]),
            here["directory.subject"],
            f"ANTWERPHE{letter}",
        )


# What no office has: a few more of each, told apart where a constraint asks for it.
APART: dict[str, list[dict]] = {
    "directory.postalplace": [{"code": str(one)} for one in (2018, 2020, 2050)],
    "scheduling.messagetemplate": [{"language": one} for one in ("nl", "fr", "de")],
    "scheduling.postcount": [{"key": str(one) * 64} for one in range(1, 4)],
    "scheduling.reminder": [{"code": f"reminder-{one}"} for one in range(3)],
    "scheduling.stepcount": [{"step": one} for one in ("place", "time", "details")],
    "scheduling.unmetdemand": [{"count": 2, "channel": one} for one in Channel.values],
    "portal.banner": [{"code": f"banner-{one}"} for one in range(3)],
    "segments.linkkey": [{"kid": f"key-{one}"} for one in range(3)],
    "portal.handoverkey": [{"kid": f"key-{one}"} for one in range(3)],
    "segments.linkproblem": [{"parameter": one} for one in ("office", "channel", "x")],
}


def more_shared_rows(labels: set[str]) -> None:
    """Add three rows or more to each of these tables, which `more_rows` leaves alone."""
    made = {
        one._meta.model._meta.label_lower: one
        for one in vars(factories).values()
        if isinstance(one, type) and issubclass(one, DjangoModelFactory)
        if one._meta.model
    }
    for label in labels:
        for fields in APART.get(label, [{}, {}, {}]):
            made[label](**fields)
