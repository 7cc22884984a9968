"""Read the standing data: in one piece, kept in memory by its version."""

import json
import math
import threading
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db import connection
from django.db.models import Q, QuerySet

from directory.catalogue import Catalogue, OfficeData, plain_postal_code
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
    PostalPlace,
    Question,
    QuestionChoice,
    Subject,
    SwitchedOffChannel,
    WeekBlock,
    WeekTemplate,
)
from directory.snapshot import Row, build_catalogue

EARTH_RADIUS = 6371.0  # km

_lock = threading.Lock()
_kept: Catalogue | None = None


def catalogue() -> Catalogue:
    """Return the standing data. One query; two when the configuration has changed."""
    global _kept  # noqa: PLW0603 - one snapshot a process is the point
    kept = _kept
    if kept is not None and kept.version == configuration_version():
        return kept
    version, tables = load_together(_tables())
    loaded = build_catalogue(version, tables)
    if version is not None:  # without a version nobody could tell when it is stale
        with _lock:
            _kept = loaded
    return loaded


def configuration_version() -> UUID | None:
    """Return the version of the configuration; None before its first row. One query."""
    # Asked on every page, and twice as fast without a queryset.
    with connection.cursor() as cursor:
        cursor.execute("SELECT version FROM directory_configurationversion LIMIT 1")
        row = cursor.fetchone()
    return row[0] if row else None


def load_together(
    tables: Mapping[str, QuerySet[Any, Any]],
) -> tuple[UUID | None, dict[str, list[Row]]]:
    """Return the rows of several tables and the version that they belong to.

    One statement, so one snapshot: a write in between is in all of it or in none. Values
    arrive as JSON has them: dates, times and instants as ISO texts.
    """
    columns = ["(SELECT version::text FROM directory_configurationversion LIMIT 1)"]
    parameters: list[Any] = []
    for rows in tables.values():
        sql, values = rows.query.sql_with_params()
        columns.append(
            f"(SELECT coalesce(json_agg(t), '[]')::text FROM ({sql}) t)"  # noqa: S608
        )
        parameters.extend(values)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(columns)}", parameters)
        version, *texts = cursor.fetchone()
    loaded = {
        name: json.loads(text, parse_float=Decimal)
        for name, text in zip(tables, texts, strict=True)
    }
    return (UUID(version) if version else None), loaded


def offices_near(
    text: str, offices: Iterable[OfficeData], *, country: str
) -> tuple[list[tuple[OfficeData, float | None]], bool]:
    """Return the offices by distance (km) from a postal code or town, and if it is known.

    Offices without coordinates come last. An unknown place sorts by name. One query.
    """
    place = _find_place(text, country)
    if place is None:
        by_name = sorted(offices, key=lambda office: office.name.casefold())
        return [(office, None) for office in by_name], False
    measured = [(office, _distance(office, *place)) for office in offices]
    measured.sort(
        key=lambda pair: (
            pair[1] is None,
            pair[1] or 0,
            pair[0].name.casefold(),
        )
    )
    return measured, True


def _find_place(text: str, country: str) -> tuple[float, float] | None:
    words = text.split()
    if not words or len(text) > 200:
        return None
    # "9000", "B-9000", "1234 AB", "Gent" and "9000 Gent" all name a place.
    codes = {plain_postal_code(part, country) for part in (text, words[0])} - {None}
    towns = {" ".join(words), " ".join(words[1:])} - {""}
    wanted = Q(code__in=[code for code in codes if code])
    for town in towns:
        wanted |= Q(town__iexact=town)
    rows = list(
        PostalPlace.objects.filter(wanted, country=country.upper())
        .order_by("code", "town")
        .values_list("code", "latitude", "longitude")[:50]
    )
    rows.sort(key=lambda row: row[0] not in codes)  # a code is more exact than a town
    return (rows[0][1], rows[0][2]) if rows else None


def _distance(office: OfficeData, latitude: float, longitude: float) -> float | None:
    """Return the great-circle distance in km; None without coordinates."""
    if office.latitude is None or office.longitude is None:
        return None
    here, there = math.radians(latitude), math.radians(office.latitude)
    east = math.radians(office.longitude - longitude)
    half = (
        math.sin((there - here) / 2) ** 2
        + math.cos(here) * math.cos(there) * math.sin(east / 2) ** 2
    )
    return 2 * EARTH_RADIUS * math.asin(min(1.0, math.sqrt(half)))


def _tables() -> dict[str, QuerySet[Any, Any]]:
    subjects = ArrayAgg("subjects", filter=Q(subjects__isnull=False), default=[])
    return {
        "organisation": Organisation.objects.values(),
        "offices": Office.objects.order_by("sort_order", "name", "id").values(),
        "opening": OpeningHours.objects.order_by("weekday", "opens").values(),
        "closures": Closure.objects.filter(is_lifted=False)
        .order_by("first_day", "id")
        .values(),
        "areas": PostalArea.objects.order_by("first_code", "id").values(),
        "switched_off": SwitchedOffChannel.objects.order_by("id").values(),
        "categories": Category.objects.order_by("sort_order", "name", "id").values(),
        "subjects": Subject.objects.order_by(
            "category__sort_order", "category__name", "sort_order", "name", "id"
        ).values(),
        "questions": Question.objects.order_by("sort_order", "id").values(),
        "choices": QuestionChoice.objects.order_by("sort_order", "id").values(),
        "advisors": Advisor.objects.order_by("last_name", "first_name", "id").values(
            "id",
            "code",
            "external_id",
            "first_name",
            "last_name",
            "role",
            "languages",
            "portrait",
            "introduction",
            "is_active",
            "is_online_planning",
        ),
        "expertise": Expertise.objects.order_by("rank", "id").values(),
        "weeks": WeekTemplate.objects.order_by("first_day", "id").values(),
        "week_blocks": WeekBlock.objects.annotate(subject_ids=subjects)
        .order_by("starts", "id")
        .values(
            "template_id",
            "weekday",
            "starts",
            "ends",
            "office_id",
            "channels",
            "subject_ids",
        ),
        "days": DayTemplate.objects.order_by("day", "id").values(),
        "day_blocks": DayBlock.objects.annotate(subject_ids=subjects)
        .order_by("starts", "id")
        .values(
            "template_id", "starts", "ends", "office_id", "channels", "subject_ids"
        ),
    }
