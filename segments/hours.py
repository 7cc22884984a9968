"""Weekly hours as staff type and read them: "Sat 10:00-16:00", one stretch a line."""

import re
from collections.abc import Iterable, Mapping

from directory.choices import Weekday
from segments.settings import Window

SHORT = {day.value: day.name[:3].capitalize() for day in Weekday}
DAYS = {name.lower(): number for number, name in SHORT.items()}
GROUPS = {
    "daily": range(7),
    "weekdays": range(5),
    "weekend": range(5, 7),
}
TIME = r"(\d{1,2})(?:[:.](\d{2}))?"
LINE = re.compile(
    rf"(?P<days>[A-Za-z][A-Za-z ,&-]*?)\s+{TIME}\s*(?:-|\u2013|to)\s*{TIME}"
    r"(?:\s+by\s+(?P<codes>.+))?",
    re.IGNORECASE,
)
END_OF_DAY = 24 * 60
EXAMPLE = "Sat 10:00-16:00"


class HoursError(ValueError):
    """Lines that cannot be read; `sentences` has one for each."""

    def __init__(self, sentences: list[str]) -> None:
        super().__init__(" ".join(sentences))
        self.sentences = sentences


def read_hours(text: str, *, advisors: Mapping[str, int]) -> tuple[Window, ...]:
    """Return the windows that lines of text name, by day and start.

    Each line has days, times and, if it is for a few, `by` with advisors' codes.

    Raises:
        HoursError: some lines cannot be read.
    """
    found: dict[Window, None] = {}
    sentences = []
    for line in filter(None, map(str.strip, text.splitlines())):
        try:
            found.update(dict.fromkeys(_read_line(line, advisors)))
        except ValueError as error:
            sentences.append(f"\u201c{line[:80]}\u201d: {error}")
    if sentences:
        raise HoursError(sentences)
    return in_order(found)


def in_order(windows: Iterable[Window]) -> tuple[Window, ...]:
    """Return windows as they are shown: by day, start and end."""
    return tuple(
        sorted(
            windows,
            key=lambda one: (one.weekday, one.starts, one.ends, sorted(one.advisors)),
        )
    )


def hours_text(windows: Iterable[Window], *, codes: Mapping[int, str]) -> str:
    """Return windows as lines that `read_hours` reads again."""
    return "\n".join(
        f"{SHORT[one.weekday]} {span_text(one)}"
        + (f" by {', '.join(sorted(_known(one, codes)))}" if one.advisors else "")
        for one in in_order(windows)
    )


def hours_sentence(windows: Iterable[Window], *, names: Mapping[int, str]) -> str:
    """Return windows in words: "Saturday and Sunday 10:00-16:00"."""
    days: dict[tuple[int, int, frozenset[int]], list[int]] = {}
    for one in in_order(windows):
        days.setdefault((one.starts, one.ends, one.advisors), []).append(one.weekday)
    return "; ".join(
        f"{_together([str(Weekday(day).label) for day in weekdays])} "
        f"{clock_text(starts)}-{clock_text(ends)}"
        + (
            f" (only {_together(sorted(names[one] for one in chosen if one in names))})"
            if chosen
            else ""
        )
        for (starts, ends, chosen), weekdays in days.items()
    )


def span_text(window: Window) -> str:
    """Return "10:00-16:00"."""
    return f"{clock_text(window.starts)}-{clock_text(window.ends)}"


def clock_text(minutes: int) -> str:
    """Return minutes since 00:00 as "09:30"; the end of the day is 24:00."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _read_line(line: str, advisors: Mapping[str, int]) -> list[Window]:
    match = LINE.fullmatch(line)
    if match is None:
        raise ValueError(f"write a day and times, like {EXAMPLE}.")
    days, starts_h, starts_m, ends_h, ends_m, codes = match.groups()
    starts, ends = _minutes(starts_h, starts_m), _minutes(ends_h, ends_m) or END_OF_DAY
    if starts >= ends:
        raise ValueError("the end must be after the start.")
    chosen = frozenset(_advisor(code, advisors) for code in _parts(codes or ""))
    return [Window(day, starts, ends, chosen) for day in _days(days)]


def _minutes(hours: str, minutes: str | None) -> int:
    total = int(hours) * 60 + int(minutes or 0)
    if int(minutes or 0) > 59 or total > END_OF_DAY:
        raise ValueError("times go from 00:00 to 24:00.")
    return total


def _days(text: str) -> list[int]:
    found: dict[int, None] = {}
    for part in _parts(text.replace(" and ", ",").replace("&", ",")):
        if part.lower() in GROUPS:
            found.update(dict.fromkeys(GROUPS[part.lower()]))
            continue
        first, _, last = part.partition("-")
        begin = _day(first)
        end = _day(last) if last else begin
        stretch = (end - begin) % 7 + 1
        found.update(dict.fromkeys((begin + more) % 7 for more in range(stretch)))
    return list(found)


def _day(text: str) -> int:
    word = text.strip().lower()
    number = DAYS.get(word[:3])
    if number is None or not Weekday(number).name.lower().startswith(word):
        raise ValueError(f"\u201c{text.strip()}\u201d is no day of the week.")
    return number


def _advisor(code: str, advisors: Mapping[str, int]) -> int:
    if code not in advisors:
        raise ValueError(f"no advisor has the code \u201c{code}\u201d.")
    return advisors[code]


def _parts(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def _known(window: Window, codes: Mapping[int, str]) -> list[str]:
    return [codes[one] for one in window.advisors if one in codes]


def _together(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
