"""Write the bank's standing data: what is there already stays as staff left it."""

import csv
from datetime import date, datetime, time
from pathlib import Path

from django.contrib.auth.hashers import make_password
from django.db import transaction

from directory.models import (
    Advisor,
    Category,
    Customer,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    PostalArea,
    PostalPlace,
    Question,
    QuestionChoice,
    Subject,
    User,
    WeekBlock,
    WeekTemplate,
)
from directory.services import add_public_holidays, load_roles
from segments.models import (
    AvailabilityRule,
    LinkKey,
    RuleWindow,
    Segment,
    SegmentOffer,
)
from showcase.seed.advisors import ADVISORS, AdvisorPaper
from showcase.seed.bank import (
    ALL_WEEK,
    CATEGORIES,
    OFFICES,
    ORGANISATION,
    SUBJECTS,
    OfficePaper,
    SubjectPaper,
)
from showcase.seed.diary import LATE_CLOSING
from showcase.seed.lookup import by_code
from showcase.seed.people import (
    ADVISOR_OF_USER,
    MAX,
    NATE,
    OFFICE_OF_MANAGER,
    ROLE_OF_USER,
    STAFF,
    STREETS,
    customers_of,
)
from showcase.seed.portal import load_portal
from showcase.seed.segments import (
    GENERAL_RULES,
    KEY,
    KEY_ID,
    SEGMENTS,
    SUBJECT_SETTINGS,
    WEEKEND_HOURS,
    RulePaper,
    SegmentPaper,
)

PLACES = Path(__file__).parent.parent / "data" / "places.csv"
MEMBER_SINCE = date(2019, 3, 1)


@transaction.atomic
def load_bank(*, now: datetime, address: str) -> None:
    """Make what is missing of the demo bank. `address` is where the demo answers."""
    _load_organisation(address)
    _load_places()
    for sort_order, office in enumerate(OFFICES):
        _load_office(office, sort_order)
    for sort_order, (code, name, description) in enumerate(CATEGORIES):
        Category.objects.get_or_create(
            code=code,
            defaults={
                "name": name,
                "description": description,
                "sort_order": sort_order,
            },
        )
    for sort_order, subject in enumerate(SUBJECTS):
        _load_subject(subject, sort_order)
    for advisor in ADVISORS:
        _load_advisor(advisor)
    for rule in GENERAL_RULES:
        _load_rule(rule)
    for sort_order, segment in enumerate(SEGMENTS):
        _load_segment(segment, sort_order)
    LinkKey.objects.get_or_create(
        kid=KEY_ID,
        defaults={
            "secret": KEY,
            "name": "Demo key: printed in the documentation",
            "signs_every_segment": True,
            "created_at": now,
            "is_demo": True,
        },
    )
    _load_people(now)
    load_portal(now=now)
    for row in Office.objects.all():
        add_public_holidays(row, now=now)


def _load_organisation(address: str) -> None:
    """Make the site's settings; a demo at another port is its own website, too."""
    row, _ = Organisation.objects.get_or_create(pk=1, defaults=ORGANISATION)
    if address not in row.return_origins:
        row.return_origins.append(address)
        row.website = address
        row.save(update_fields=["return_origins", "website"])


def _load_places() -> None:
    with PLACES.open(encoding="utf-8", newline="") as file:
        rows = [PostalPlace(**row) for row in csv.DictReader(file)]
    if not PostalPlace.objects.exists():
        PostalPlace.objects.bulk_create(rows)


def _load_office(paper: OfficePaper, sort_order: int) -> None:
    office, is_new = Office.objects.get_or_create(
        code=paper.code,
        defaults={
            "name": paper.name,
            "street": paper.street,
            "postal_code": paper.postal_code,
            "city": paper.city,
            "country": "BE",
            "latitude": paper.latitude,
            "longitude": paper.longitude,
            "zone_name": ORGANISATION["zone_name"],
            "phone": paper.phone,
            "email": f"{paper.code}@halyard.example",
            "directions": paper.directions,
            "sort_order": sort_order,
        },
    )
    if not is_new:
        return
    OpeningHours.objects.bulk_create(
        OpeningHours(
            office=office,
            weekday=weekday,
            opens=time(9),
            closes=LATE_CLOSING if weekday == paper.late_day else paper.closes,
        )
        for weekday in ALL_WEEK
    )
    PostalArea.objects.bulk_create(
        PostalArea(office=office, first_code=first, last_code=last)
        for first, last in paper.areas
    )


def _load_subject(paper: SubjectPaper, sort_order: int) -> None:
    subject, is_new = Subject.objects.get_or_create(
        code=paper.code,
        defaults={
            "category": Category.objects.get(code=paper.category),
            "name": paper.name,
            "description": paper.description,
            "instructions": paper.instructions,
            "channels": list(paper.channels),
            "is_segment_only": paper.is_segment_only,
            "segment_only_channels": list(paper.segment_only_channels),
            "sort_order": sort_order,
        },
    )
    _load_rule(
        RulePaper(
            name="",
            subject=paper.code,
            settings={
                "duration": paper.minutes,
                **SUBJECT_SETTINGS.get(paper.code, {}),
            },
        )
    )
    if not is_new:
        return
    for place, question in enumerate(paper.questions):
        row = Question.objects.create(
            subject=subject,
            code=question.code,
            label=question.label,
            help_text=question.help_text,
            kind=question.kind,
            is_required=question.is_required,
            minimum=question.minimum,
            maximum=question.maximum,
            sort_order=place,
        )
        QuestionChoice.objects.bulk_create(
            QuestionChoice(question=row, code=code, label=label, sort_order=number)
            for number, (code, label) in enumerate(question.choices)
        )


def _load_advisor(paper: AdvisorPaper) -> None:
    advisor, is_new = Advisor.objects.get_or_create(
        code=paper.code,
        defaults={
            "first_name": paper.first_name,
            "last_name": paper.last_name,
            "role": paper.role,
            "email": paper.email,
            "languages": list(paper.languages),
            "portrait": f"img/advisors/{paper.code}.svg",
            "introduction": paper.introduction,
        },
    )
    if not is_new:
        return
    office = Office.objects.get(code=paper.office)
    subjects = by_code(Subject.objects.filter(code__in=paper.subjects))
    Expertise.objects.bulk_create(
        Expertise(
            advisor=advisor,
            office=office,
            subject=subjects[code],
            channels=subjects[code].channels,
            rank=rank,
        )
        for code, rank in paper.subjects.items()
    )
    week = WeekTemplate.objects.create(advisor=advisor)
    WeekBlock.objects.bulk_create(
        WeekBlock(
            template=week, weekday=weekday, starts=starts, ends=ends, office=office
        )
        for weekday in ALL_WEEK
        for starts, ends in paper.blocks(weekday)
    )


def _load_segment(paper: SegmentPaper, sort_order: int) -> None:
    parent = Segment.objects.get(code=paper.parent) if paper.parent else None
    segment, is_new = Segment.objects.get_or_create(
        code=paper.code,
        defaults={
            "name": paper.name,
            "description": paper.description,
            "parent": parent,
            "is_signed_only": paper.is_signed_only,
            "valid_from": paper.valid_from,
            "valid_until": paper.valid_until,
            "sort_order": sort_order,
        },
    )
    if not is_new:
        return
    subjects = by_code(Subject.objects.filter(code__in=paper.offers))
    SegmentOffer.objects.bulk_create(
        SegmentOffer(
            segment=segment,
            subject=subjects[code],
            channels=list(channels or ()),
            is_excluded=channels is None,
        )
        for code, channels in paper.offers.items()
    )
    for rule in paper.rules:
        _load_rule(rule, segment=segment)


def _load_rule(paper: RulePaper, segment: Segment | None = None) -> None:
    scope = {
        "segment": segment,
        "office": Office.objects.get(code=paper.office) if paper.office else None,
        "subject": Subject.objects.get(code=paper.subject) if paper.subject else None,
        "category": None,
        "channel": paper.channel,
    }
    if AvailabilityRule.objects.filter(**scope).exists():
        return
    rule = AvailabilityRule.objects.create(name=paper.name, **scope, **paper.settings)
    starts, ends = WEEKEND_HOURS
    RuleWindow.objects.bulk_create(
        RuleWindow(
            rule=rule,
            kind=RuleWindow.Kind.EXTRA,
            weekday=weekday,
            starts=starts,
            ends=ends,
        )
        for weekday in paper.extra
    )


def _load_people(now: datetime) -> None:
    offices = by_code(Office.objects.all())
    roles = load_roles()
    for name, first_name, last_name in STAFF:
        user = _load_user(name, first_name, last_name, is_staff=True)
        if name in ADVISOR_OF_USER:
            Advisor.objects.filter(code=ADVISOR_OF_USER[name], user=None).update(
                user=user
            )
        if user.is_demo and not user.groups.exists():
            user.groups.add(roles[ROLE_OF_USER[name]])
            if name in OFFICE_OF_MANAGER:
                user.managed_offices.add(offices[OFFICE_OF_MANAGER[name]])
    advisors = by_code(Advisor.objects.all())
    known = set(
        Customer.objects.filter(is_demo=True).values_list("customer_number", flat=True)
    )
    papers = [NATE, MAX, *(one for code in STREETS for one in customers_of(code))]
    Customer.objects.bulk_create(
        Customer(
            user=_load_user(paper.user, paper.first_name, paper.last_name)
            if paper.user
            else None,
            customer_number=paper.number,
            first_name=paper.first_name,
            last_name=paper.last_name,
            email=paper.email,
            phone=paper.phone,
            company=paper.company,
            language=paper.language,
            segment_codes=list(paper.segments),
            preferred_office=offices[paper.office] if paper.user else None,
            preferred_advisor=advisors[paper.advisor] if paper.advisor else None,
            is_demo=True,
            created_at=datetime.combine(MEMBER_SINCE, time(9), now.tzinfo),
        )
        for paper in papers
        if paper.number not in known
    )


def _load_user(
    name: str, first_name: str, last_name: str, *, is_staff: bool = False
) -> User:
    user = User.objects.filter(username=name).first()
    if user is None:
        user = User.objects.create(
            username=name,
            first_name=first_name,
            last_name=last_name,
            email=f"{name}@halyard.example",
            password=make_password(name),
            is_staff=is_staff,
            is_superuser=name == "admin",
            is_demo=True,
        )
    return user
