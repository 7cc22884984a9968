"""How the back office's lists grow: 100,000 appointments of 2,000 customers, and 1,000.

Run it with `python -m bench.admin_lists`. Each list, its search and its date filter are
asked in this process as an administrator would, at both sizes; what counts is the best of
several times, asked in turn, and that the number of queries stays. Lists of fewer rows than a page at
the smaller size are left out: they would be compared with a shorter page.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SMALL, LARGE = 1_000, 100_000
AT_MOST = 3
A_PAGE = 50
A_YEAR = 365  # in days: long enough for a full page of the shorter lists
DATA_DIR = ROOT / "var" / "bench"


def prepare(size: int, *, is_kept: bool) -> None:
    """Start the server, and make and fill a database, or take the one there is."""
    os.environ |= {"DEMO": "1", "DATA_DIR": str(DATA_DIR)}
    from config import embedded_postgres  # noqa: PLC0415

    where = embedded_postgres.start(DATA_DIR, embedded_postgres.DURABLE)
    name = f"bench_lists_{size}"
    if not is_kept:
        with psycopg.connect(
            host=where["HOST"], user="app", dbname="postgres", autocommit=True
        ) as server:
            server.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            server.execute(f"CREATE DATABASE {name}")
    url = f"postgres://app@/{name}?{urlencode({'host': where['HOST']})}"
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}

    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from bench import admin_rows, load  # noqa: PLC0415

    if not is_kept:
        admin_rows.fill(size)
    load.analyze()


def questions() -> Iterator[tuple[str, str]]:
    """Yield a name and an address for each list, its search and its date filter."""
    from django.contrib import admin  # noqa: PLC0415
    from django.urls import reverse  # noqa: PLC0415

    from config import clock  # noqa: PLC0415

    today = clock.now().date()
    month = {"year": today.year, "month": today.month}
    for model, listed in admin.site._registry.items():
        meta = model._meta
        count = model._base_manager.count()
        if count <= A_PAGE:
            continue
        list_ = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
        yield f"{meta.label}", list_
        row = model._base_manager.order_by("pk")[count // 2]
        if word := first_word(row, listed.search_fields):
            yield f"{meta.label}, search", f"{list_}?{urlencode({'q': word})}"
        yield f"{meta.label}, search without a hit", f"{list_}?q=xyzzy"
        for name in date_fields(model, listed):
            if name == listed.date_hierarchy:
                asked = {f"{name}__{part}": str(one) for part, one in month.items()}
            else:
                day = "{}" if is_date(model, name) else "{} 00:00+00:00"
                asked = {
                    f"{name}__gte": day.format(today - timedelta(days=A_YEAR)),
                    f"{name}__lt": day.format(today),
                }
            yield f"{meta.label}, {name}", f"{list_}?{urlencode(asked)}"
    list_ = reverse("admin:scheduling_appointment_changelist")
    span = {"from": today - timedelta(days=A_YEAR), "to": today}
    yield "scheduling.Appointment, dates", f"{list_}?{urlencode(span)}"
    yield "search for everything", f"{reverse('search:page')}?s=vermeulen1"


def date_fields(model: Any, listed: Any) -> list[str]:
    """Return the fields of a list by which its rows can be had of some days."""
    names = [listed.date_hierarchy, *listed.list_filter]
    fields = {field.name: field for field in model._meta.get_fields()}
    return list(
        dict.fromkeys(
            name
            for name in names
            if isinstance(name, str)
            and name in fields
            and fields[name].get_internal_type() in {"DateField", "DateTimeField"}
        )
    )


def is_date(model: Any, name: str) -> bool:
    kind: str = model._meta.get_field(name).get_internal_type()
    return kind == "DateField"


def first_word(row: Any, fields: Any) -> str:
    """Return what the first searched field of a row has, that is not empty."""
    for path in fields:
        found = row
        for part in path.split("__"):
            found = getattr(found, part, None)
        if isinstance(found, str) and found:
            return found
    return ""


def answer_questions() -> None:
    """Read names of questions, and answer each: milliseconds, or queries after a `?`."""
    from django.db import connection  # noqa: PLC0415
    from django.test import Client  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    from directory.models import User  # noqa: PLC0415

    client = Client()
    client.force_login(User.objects.get(username="bench"))
    addresses = dict(questions())
    print(json.dumps(list(addresses)), flush=True)
    for line in sys.stdin:
        address = addresses[line.strip().removesuffix("?")]
        if line.strip().endswith("?"):
            client.get(address)  # templates and what is kept are loaded
            with CaptureQueriesContext(connection) as made:
                assert client.get(address).status_code == 200, address
            print(len(made), flush=True)
            continue
        begun = time.perf_counter()
        client.get(address)
        print((time.perf_counter() - begun) * 1000, flush=True)


class Side:
    """A process that answers for one size."""

    def __init__(self, size: int, *, is_kept: bool) -> None:
        run = [sys.executable, "-m", "bench.admin_lists", "--size", str(size)]
        self.process = subprocess.Popen(
            [*run, *["--keep"] * is_kept],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def names(self) -> list[str]:
        found: list[str] = json.loads(self.line())
        return found

    def ask(self, question: str) -> float:
        assert self.process.stdin
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return float(self.line())

    def line(self) -> str:
        assert self.process.stdout
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit("a process of the bench has ended")
        return line

    def close(self) -> None:
        assert self.process.stdin
        self.process.stdin.close()
        self.process.wait(20)


def compare(small: Side, large: Side, rounds: int) -> int:
    """Ask both in turn and print a table; return how many lists grow too much."""
    known = set(large.names())
    both = [name for name in small.names() if name in known]
    print(f"{'':58}{SMALL:>9,}{LARGE:>10,}{'ratio':>8}{'queries':>10}")
    too_much = 0
    for name in both:
        few, many = (int(side.ask(f"{name}?")) for side in (small, large))
        pairs = [(small.ask(name), large.ask(name)) for _ in range(rounds)]
        before, after = (min(times) for times in zip(*pairs, strict=True))
        is_bad = after / before > AT_MOST or few != many
        too_much += is_bad
        queries = f"{few}" if few == many else f"{few} / {many}"
        mark = "  <- too much" if is_bad else ""
        print(
            f"{name:58}{before:9.1f}{after:10.1f}{after / before:8.2f}{queries:>10}{mark}",
            flush=True,
        )
    print(f"{too_much} above {AT_MOST} x (milliseconds, best of {rounds} each)")
    return too_much


def main() -> None:
    """Compare both sizes, each in a process of its own, or be such a process."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=7)
    arguments.add_argument("--size", type=int)
    arguments.add_argument(
        "--keep", action="store_true", help="ask the last run's rows"
    )
    given = arguments.parse_args()
    if given.size:
        prepare(given.size, is_kept=given.keep)
        answer_questions()
        return
    small, large = (Side(size, is_kept=given.keep) for size in (SMALL, LARGE))
    try:
        too_much = compare(small, large, given.rounds)
    finally:
        small.close()
        large.close()
    sys.exit(1 if too_much else 0)


if __name__ == "__main__":
    main()
