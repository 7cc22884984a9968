"""From rows, as JSON has them, to the standing data: pure functions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from directory.catalogue import (
    AdvisorData,
    Catalogue,
    CategoryData,
    ExpertiseData,
    OfficeData,
    OpenHours,
    OrganisationData,
    QuestionData,
    Rota,
    Shut,
    SubjectData,
    Week,
    WorkBlock,
)
from directory.models import Organisation

Row = dict[str, Any]
Tables = Mapping[str, list[Row]]
FULL_DAY = 24 * 60


def build_catalogue(version: UUID | None, tables: Tables) -> Catalogue:
    """Return the standing data that the tables' rows hold."""
    open_categories = {row["id"] for row in tables["categories"] if row["is_active"]}
    questions = _questions(tables)
    rotas = _rotas(tables)
    return Catalogue(
        version=version,
        organisation=_organisation(tables["organisation"]),
        offices=_offices(tables),
        categories={row["id"]: CategoryData(**row) for row in tables["categories"]},
        subjects={
            row["id"]: _subject(
                row,
                is_open=row["category_id"] in open_categories,
                questions=questions.get(row["id"], ()),
            )
            for row in tables["subjects"]
        },
        advisors={
            row["id"]: AdvisorData(
                **{**row, "languages": tuple(row["languages"])},
                rota=rotas.get(row["id"], Rota()),
            )
            for row in tables["advisors"]
        },
        expertise=tuple(
            ExpertiseData(
                advisor_id=row["advisor_id"],
                office_id=row["office_id"],
                subject_id=row["subject_id"],
                channels=frozenset(row["channels"]),
                rank=row["rank"],
            )
            for row in tables["expertise"]
        ),
    )


def _organisation(rows: list[Row]) -> OrganisationData:
    fields = [field.name for field in Organisation._meta.concrete_fields]  # noqa: SLF001
    unset = Organisation()
    row = rows[0] if rows else {name: getattr(unset, name) for name in fields}
    values = {name: row[name] for name in fields if name not in ("id", "zone_name")}
    return OrganisationData(
        **{**values, "return_origins": tuple(row["return_origins"])},
        zone=ZoneInfo(row["zone_name"]),
    )


def _offices(tables: Tables) -> dict[int, OfficeData]:
    opening = _grouped(tables["opening"], "office_id")
    areas = _grouped(tables["areas"], "office_id")
    switched_off = _grouped(tables["switched_off"], "office_id")
    closures = _grouped(tables["closures"], "office_id")
    return {
        row["id"]: OfficeData(
            **{
                **{name: value for name, value in row.items() if name != "zone_name"},
                "latitude": _float(row["latitude"]),
                "longitude": _float(row["longitude"]),
            },
            zone=ZoneInfo(row["zone_name"]),
            opening=tuple(
                OpenHours(
                    hours["weekday"],
                    minutes(hours["opens"]),
                    end_minutes(hours["closes"]),
                )
                for hours in opening.get(row["id"], ())
            ),
            closures=tuple(
                _shut(closure)
                for closure in (*closures.get(None, ()), *closures.get(row["id"], ()))
            ),
            areas=tuple(
                (area["first_code"], area["last_code"])
                for area in areas.get(row["id"], ())
            ),
            switched_off=frozenset(
                (off["subject_id"], off["channel"])
                for off in switched_off.get(row["id"], ())
            ),
        )
        for row in tables["offices"]
    }


def _shut(row: Row) -> Shut:
    return Shut(
        first=date.fromisoformat(row["first_day"]),
        last=date.fromisoformat(row["last_day"]),
        starts=minutes(row["starts"]) if row["starts"] else 0,
        ends=end_minutes(row["ends"]) if row["ends"] else FULL_DAY,
        name=row["name"],
    )


def _subject(
    row: Row, *, is_open: bool, questions: tuple[QuestionData, ...]
) -> SubjectData:
    return SubjectData(
        id=row["id"],
        code=row["code"],
        external_id=row["external_id"],
        category_id=row["category_id"],
        name=row["name"],
        description=row["description"],
        instructions=row["instructions"],
        channels=tuple(row["channels"]),
        segment_only=row["is_segment_only"],
        segment_only_channels=frozenset(row["segment_only_channels"]),
        is_open=is_open and row["is_active"] and row["is_customer_facing"],
        sort_order=row["sort_order"],
        questions=questions,
    )


def _questions(tables: Tables) -> dict[int, tuple[QuestionData, ...]]:
    choices = _grouped(tables["choices"], "question_id")
    return {
        subject_id: tuple(
            QuestionData(
                code=row["code"],
                label=row["label"],
                help_text=row["help_text"],
                kind=row["kind"],
                is_required=row["is_required"],
                minimum=_decimal(row["minimum"]),
                maximum=_decimal(row["maximum"]),
                max_length=row["max_length"],
                choices=tuple(
                    (choice["code"], choice["label"])
                    for choice in choices.get(row["id"], ())
                ),
            )
            for row in rows
        )
        for subject_id, rows in _grouped(tables["questions"], "subject_id").items()
    }


def _rotas(tables: Tables) -> dict[int, Rota]:
    week_blocks = _grouped(tables["week_blocks"], "template_id")
    day_blocks = _grouped(tables["day_blocks"], "template_id")
    weeks = _grouped(tables["weeks"], "advisor_id")
    days = _grouped(tables["days"], "advisor_id")
    rotas = {}
    for advisor_id in {*weeks, *days}:
        default: dict[int, tuple[WorkBlock, ...]] = {}
        spans = []
        for template in weeks.get(advisor_id, ()):
            blocks = _week(week_blocks.get(template["id"], ()))
            if template["first_day"] is None:
                default = blocks
            else:
                first, last = template["first_day"], template["last_day"]
                spans.append(
                    Week(date.fromisoformat(first), date.fromisoformat(last), blocks)
                )
        rotas[advisor_id] = Rota(
            default=default,
            weeks=tuple(spans),
            days={
                date.fromisoformat(template["day"]): tuple(
                    _block(row) for row in day_blocks.get(template["id"], ())
                )
                for template in days.get(advisor_id, ())
            },
        )
    return rotas


def _week(rows: Sequence[Row]) -> dict[int, tuple[WorkBlock, ...]]:
    return {
        weekday: tuple(_block(row) for row in blocks)
        for weekday, blocks in _grouped(rows, "weekday").items()
    }


def _block(row: Row) -> WorkBlock:
    return WorkBlock(
        office_id=row["office_id"],
        starts=minutes(row["starts"]),
        ends=end_minutes(row["ends"]),
        channels=frozenset(row["channels"]),
        subjects=frozenset(row["subject_ids"]),
    )


def _grouped(rows: Iterable[Row], name: str) -> dict[Any, list[Row]]:
    groups: dict[Any, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[name], []).append(row)
    return groups


def _float(value: Decimal | int | None) -> float | None:
    return None if value is None else float(value)


def _decimal(value: Decimal | int | None) -> Decimal | None:
    return None if value is None else Decimal(value)


def minutes(text: str) -> int:
    """Return a time of day ("09:30:00") in minutes since 00:00."""
    return int(text[:2]) * 60 + int(text[3:5])


def end_minutes(text: str) -> int:
    """Return the end of a window in minutes; midnight is the end of the day."""
    return minutes(text) or FULL_DAY
