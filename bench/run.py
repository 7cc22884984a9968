"""Measure our pages against a bare Django view, interleaved, in one run.

    make bench            (or: python -m bench.run --rounds 5 --seconds 8)

Both servers are gunicorn with the same workers and threads on the same database server.
Medians and ratios of one run count; absolute times are this machine's.
"""

import argparse
import http.client
import os
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from urllib.parse import urlencode

import psycopg

ROOT = Path(__file__).resolve().parent.parent
OURS, BARE = 8791, 8792
DATABASE = "bench"
CLIENTS = 8


class Client:
    """One keep-alive connection."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def ask(
        self, method: str, path: str, form: dict[str, str] | None = None
    ) -> tuple[int, str, str]:
        """Return status, Location's path and body."""
        headers = {}
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        self.connection.request(method, path, body, headers)
        answer = self.connection.getresponse()
        text = answer.read().decode()
        where = answer.headers.get("Location", "")
        return answer.status, re.sub(r"^https?://[^/]+", "", where), text

    def get(self, path: str) -> str:
        status, where, text = self.ask("GET", path)
        if status in {301, 302, 303}:
            return self.get(where)
        assert status == 200, (status, path, text[:500])
        return text


def flow_at_time_step(client: Client, pool: int) -> str:
    """Start a flow by link and return its time page's address."""
    link = "/schedule/?" + urlencode({"subject": f"svc-{pool}", "channel": "phone"})
    status, where, text = client.ask("GET", link)
    assert status in {302, 303}, (status, text[:300])
    if where.endswith("/place/"):
        status, where, text = client.ask("POST", where, {"channel": "phone"})
        assert status == 303, (status, text[:300])
    return where


def side_by_side(
    actions: Sequence[Callable[[], object]], times: int
) -> Iterator[list[float]]:
    """Yield each action's durations in ms; they take turns, so noise hits all alike."""
    taken: list[list[float]] = [[] for _ in actions]
    for _ in range(times):
        for action, durations in zip(actions, taken, strict=True):
            begun = time.perf_counter()
            action()
            durations.append((time.perf_counter() - begun) * 1000)
    yield from taken


def requests_a_second(port: int, paths: list[str], seconds: float) -> float:
    """Return what CLIENTS connections get answered in a closed loop."""
    until = time.perf_counter() + seconds

    def work(number: int) -> int:
        client, done = Client(port), 0
        while time.perf_counter() < until:
            client.get(paths[number % len(paths)])
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(work, range(CLIENTS))) / seconds


def bookings_a_second(book: Callable[[int], None], seconds: float) -> float:
    """Return how many different slots CLIENTS clients book in a closed loop."""
    until, numbers = time.perf_counter() + seconds, count()

    def work(_: int) -> int:
        done = 0
        while time.perf_counter() < until:
            book(next(numbers))
            done += 1
        return done

    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(work, range(CLIENTS))) / seconds


def book_through_the_pages(monday: date) -> Callable[[int], None]:
    """Return a visitor: link, place, time, details, confirmation; every page read."""

    def book(number: int) -> None:
        client = Client(OURS)
        page = flow_at_time_step(client, 200)
        day = monday + timedelta(days=number % 28)
        week = client.get(f"{page}?date={day}")
        starts = re.findall(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d:00Z)"', week)
        for start in starts[number % len(starts) :] + starts:
            status, where, text = client.ask("POST", page, {"slot": start})
            if status == 303:
                break
            assert status == 422, (status, text[:500])
        client.get(where)
        form = {"first_name": "Ada", "last_name": "Bench", "consent": "on"}
        form |= {"email": f"c{number}@bench.example", "phone": "+32 3 200 00 00"}
        status, where, text = client.ask("POST", where, form)
        assert status == 303, (status, text[:2000])
        client.get(where)
        client.connection.close()

    return book


def book_bare(monday: date) -> Callable[[int], None]:
    """Return the least: one insert of a free start."""
    free = monday + timedelta(days=60)

    def book(number: int) -> None:
        advisor, cell = number % 200, number // 200
        day = free + timedelta(days=cell // 20)
        start = f"{day}T{8 + cell % 20 // 2:02}:{cell % 2 * 30:02}:00+00:00"
        client = Client(BARE)
        form = {"advisor": str(advisor), "start": start}
        status, _, text = client.ask("POST", "/book/", form)
        assert status == 201, (status, text[:300])
        client.connection.close()

    return book


@contextmanager
def servers(environment: dict[str, str]) -> Iterator[None]:
    """Run both web servers, and stop them."""
    flags = ["--worker-class", "gthread", "--workers", "2", "--threads", "4"]
    # One server idles while the other is measured.
    flags += ["--keep-alive", "75"]
    flags += ["--no-control-socket", "--log-level", "error"]
    started = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                module,
                "-b",
                f"127.0.0.1:{port}",
                *flags,
            ],
            cwd=ROOT,
            env=environment,
        )
        for module, port in (("config.wsgi", OURS), ("bench.bare", BARE))
    ]
    try:
        for port in (OURS, BARE):
            for _ in range(200):
                try:
                    Client(port).ask("GET", "/healthz")
                    break
                except OSError:
                    time.sleep(0.1)
        yield
    finally:
        for server in started:
            server.terminate()
        for server in started:
            server.wait(20)


def prepare(data_dir: Path) -> tuple[dict[str, str], date]:
    """Make the database and return the servers' environment and the first Monday."""
    os.environ |= {"DEMO": "1", "DATA_DIR": str(data_dir), "LIMIT_FACTOR": "1000000"}
    from config import embedded_postgres  # noqa: PLC0415

    where = embedded_postgres.start(data_dir, embedded_postgres.DURABLE)
    with psycopg.connect(
        host=where["HOST"], user="app", dbname="postgres", autocommit=True
    ) as server:
        server.execute(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        server.execute(f"CREATE DATABASE {DATABASE}")
    url = f"postgres://app@/{DATABASE}?{urlencode({'host': where['HOST']})}"
    os.environ |= {"DATABASE_URL": url, "DJANGO_SETTINGS_MODULE": "config.settings"}
    os.environ |= {"BENCH_DB": DATABASE, "BENCH_SOCKET": where["HOST"]}

    import django  # noqa: PLC0415
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("collectstatic", interactive=False, verbosity=0)
    from bench import dataset, load  # noqa: PLC0415

    monday = dataset.first_day(load.today())
    meetings = list(dataset.meetings(monday))
    load.load(meetings)
    load.load_bare(meetings)
    load.analyze()
    connections.close_all()
    return dict(os.environ), monday


def measure(monday: date, *, rounds: int, times: int, seconds: float) -> None:
    """Print the tables."""
    ours, bare = Client(OURS), Client(BARE)
    pages = {pool: flow_at_time_step(ours, pool) for pool in (1, 10, 200)}
    print("\nTime page, one week (median ms of all rounds)")
    print(f"{'advisors':>10}{'ours':>10}{'bare':>10}{'ratio':>8}")
    medians = {}
    for pool, page in pages.items():
        taken: tuple[list[float], list[float]] = ([], [])
        for number in range(rounds):
            day = monday + timedelta(days=7 * (number % 3))
            limit = f"/slots/?pool={pool}&date={day}&days=7"
            asked = (partial(ours.get, f"{page}?date={day}"), partial(bare.get, limit))
            for part, durations in zip(taken, side_by_side(asked, times), strict=True):
                part.extend(durations)
        mine, least = (statistics.median(part) for part in taken)
        medians[pool] = mine
        print(f"{pool:>10}{mine:>10.1f}{least:>10.1f}{mine / least:>8.1f}")
    print(f"growth, 200 advisors / 1: {medians[200] / medians[1]:.2f}")

    paths = [f"{pages[10]}?date={monday}"]
    mine = requests_a_second(OURS, paths, seconds)
    least = requests_a_second(BARE, [f"/slots/?pool=10&date={monday}&days=7"], seconds)
    print(f"\nTime pages a second, {CLIENTS} clients, 10 advisors")
    print(f"ours {mine:.0f}, bare {least:.0f}, ratio {mine / least:.2f}")

    mine = bookings_a_second(book_through_the_pages(monday), seconds)
    least = bookings_a_second(book_bare(monday), seconds)
    print(
        f"\nBookings a second, {CLIENTS} clients; ours is the whole flow with its pages"
    )
    print(f"ours {mine:.1f}, bare insert {least:.0f}, ratio {mine / least:.3f}")


def main() -> None:
    """Read the arguments and run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--times", type=int, default=20)
    arguments.add_argument("--seconds", type=float, default=8)
    given = arguments.parse_args()
    environment, monday = prepare(ROOT / "var" / "bench")
    with servers(environment):
        measure(monday, rounds=given.rounds, times=given.times, seconds=given.seconds)


if __name__ == "__main__":
    main()
