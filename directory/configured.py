"""What the file of the whole configuration holds of this app, in its order."""

from collections.abc import Iterator, Mapping
from typing import Any

from directory.branding import contrast_problems
from directory.models import (
    Advisor,
    Category,
    Closure,
    DayBlock,
    DayTemplate,
    Expertise,
    Office,
    OpeningHours,
    Organisation,
    PostalArea,
    Question,
    QuestionChoice,
    Subject,
    SwitchedOffChannel,
    WeekBlock,
    WeekTemplate,
)
from directory.transfer.kinds import Kind

Former = Mapping[str, Any] | None
CLOSURE_FIELDS = (
    "name",
    "first_day",
    "last_day",
    "starts",
    "ends",
    "is_public_holiday",
    "is_lifted",
)
BLOCK_FIELDS = ("starts", "ends", "office", "channels", "subjects")


def readable_colours(row: Organisation, _before: Former) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with the colours."""
    for problem in contrast_problems(row):
        yield "", problem


def own_channels(row: Subject, _before: Former) -> Iterator[tuple[str, str]]:
    """Refuse a subject without channels, and restrictions of others than its own."""
    if not row.channels:
        yield "channels", "A subject has at least one channel."
    if set(row.segment_only_channels) - set(row.channels):
        yield "segment_only_channels", "Choose these among the subject's channels."


ORGANISATION = Kind(
    name="organisation",
    model=Organisation,
    word="organisation",
    is_single=True,
    fields=(
        "name",
        "zone_name",
        "country",
        "language",
        "phone",
        "email",
        "website",
        "return_origins",
        "video_room_url",
        "consent_text",
        "consent_version",
        "brand",
        "brand_hover",
        "brand_tint",
        "on_brand",
        "font",
        "radius",
    ),
    checks=(readable_colours,),
)
CATEGORIES = Kind(
    name="categories",
    model=Category,
    word="category",
    key=("code",),
    has_sheet=True,
    order=("code",),
    fields=("code", "external_id", "name", "description", "is_active", "sort_order"),
)
CHOICES = Kind(
    name="choices",
    model=QuestionChoice,
    word="choice",
    owner="question",
    key=("code",),
    order=("sort_order",),
    fields=("code", "label", "sort_order"),
)
QUESTIONS = Kind(
    name="questions",
    model=Question,
    word="question",
    owner="subject",
    key=("code",),
    order=("sort_order",),
    fields=(
        "code",
        "label",
        "help_text",
        "kind",
        "is_required",
        "minimum",
        "maximum",
        "max_length",
        "sort_order",
    ),
    parts=(CHOICES,),
)
SUBJECTS = Kind(
    name="subjects",
    model=Subject,
    word="subject",
    key=("code",),
    has_sheet=True,
    order=("code",),
    fields=(
        "code",
        "external_id",
        "category",
        "name",
        "description",
        "instructions",
        "channels",
        "is_segment_only",
        "segment_only_channels",
        "is_active",
        "is_customer_facing",
        "sort_order",
    ),
    parts=(QUESTIONS,),
    checks=(own_channels,),
)
OPENING_HOURS = Kind(
    name="opening_hours",
    model=OpeningHours,
    word="opening hours",
    owner="office",
    sheet_key=("weekday", "opens"),
    order=("weekday", "opens", "closes"),
    fields=("weekday", "opens", "closes"),
)
CLOSURES = Kind(
    name="closures",
    model=Closure,
    word="closure",
    owner="office",
    order=("first_day", "last_day", "name", "starts", "ends"),
    fields=CLOSURE_FIELDS,
)
POSTAL_AREAS = Kind(
    name="postal_areas",
    model=PostalArea,
    word="postal area",
    owner="office",
    order=("first_code", "last_code"),
    fields=("first_code", "last_code"),
)
SWITCHED_OFF = Kind(
    name="switched_off",
    model=SwitchedOffChannel,
    word="channel switched off",
    owner="office",
    order=("subject", "channel"),
    fields=("subject", "channel"),
)
OFFICES = Kind(
    name="offices",
    model=Office,
    word="office",
    key=("code",),
    has_sheet=True,
    order=("code",),
    fields=(
        "code",
        "external_id",
        "name",
        "street",
        "postal_code",
        "city",
        "country",
        "region",
        "latitude",
        "longitude",
        "zone_name",
        "phone",
        "email",
        "directions",
        "is_active",
        "sort_order",
    ),
    parts=(OPENING_HOURS, CLOSURES, POSTAL_AREAS, SWITCHED_OFF),
)
EXPERTISE = Kind(
    name="expertise",
    model=Expertise,
    word="expertise",
    owner="advisor",
    key=("office", "subject"),
    sheet_key=("office", "subject"),
    order=("office", "subject"),
    fields=("office", "subject", "rank", "channels"),
)
WEEK_BLOCKS = Kind(
    name="blocks",
    model=WeekBlock,
    word="block",
    owner="template",
    sheet_key=("weekday", "starts", "office"),
    order=("weekday", *BLOCK_FIELDS[:3]),
    fields=("weekday", *BLOCK_FIELDS),
)
WEEKS = Kind(
    name="weeks",
    model=WeekTemplate,
    word="week",
    owner="advisor",
    key=("first_day",),
    order=("first_day",),
    fields=("name", "first_day", "last_day"),
    parts=(WEEK_BLOCKS,),
)
DAY_BLOCKS = Kind(
    name="blocks",
    model=DayBlock,
    word="block",
    owner="template",
    order=BLOCK_FIELDS[:3],
    fields=BLOCK_FIELDS,
)
DAYS = Kind(
    name="days",
    model=DayTemplate,
    word="single day",
    owner="advisor",
    key=("day",),
    order=("day",),
    fields=("day",),
    parts=(DAY_BLOCKS,),
)
ADVISORS = Kind(
    name="advisors",
    model=Advisor,
    word="advisor",
    key=("code",),
    has_sheet=True,
    order=("code",),
    fields=(
        "code",
        "external_id",
        "first_name",
        "last_name",
        "role",
        "email",
        "phone",
        "languages",
        "portrait",
        "introduction",
        "is_active",
        "is_online_planning",
    ),
    parts=(EXPERTISE, WEEKS, DAYS),
)
CLOSURES_EVERYWHERE = Kind(
    name="closures_everywhere",
    model=Closure,
    word="closure of every office",
    key=("name", "first_day", "starts"),
    order=("first_day", "last_day", "name", "starts", "ends"),
    fields=CLOSURE_FIELDS,
    written_in_full=True,
    may_repeat=True,
    limit={"office": None},
)
KINDS = [ORGANISATION, CATEGORIES, SUBJECTS, OFFICES, CLOSURES_EVERYWHERE, ADVISORS]
