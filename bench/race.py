"""Let many visitors race for one slot on a running server, and count what happened.

    make demo                                   (in another window)
    python -m bench.race --port 8000 --clients 200 --subject mortgage --segment HIGH
        --channel video --office antwerp

Everyone opens the same time page, then all post the same start at once; whoever gets it
confirms, fifty times at once. Expected: one 303 and one appointment, everybody else 422
with other times to choose from, no 500.
"""

import argparse
import re
import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from urllib.parse import urlencode

from bench.run import Client

START = re.compile(r'value="(\d{4}-\d\d-\d\dT\d\d:\d\d:00Z)"')


def open_time_page(port: int, link: str, place: dict[str, str]) -> str:
    """Start a flow and return its time page's address."""
    client = Client(port)
    status, where, text = client.ask("GET", link)
    assert status in {302, 303}, (status, text[:300])
    if not where.endswith("/time/"):
        status, where, text = client.ask("POST", where, place)
        assert status == 303, (status, text[:300])
    return where


def race(port: int, clients: int, link: str, place: dict[str, str]) -> None:
    """Run the race and print the counts."""
    pages = [open_time_page(port, link, place) for _ in range(clients)]
    starts = START.findall(Client(port).get(pages[0]))
    assert starts, "the time page offers nothing to race for"
    gate = Barrier(clients)

    def post(page: str) -> tuple[int, str, float, bool]:
        client = Client(port)
        client.connection.connect()
        gate.wait()
        begun = time.perf_counter()
        status, where, text = client.ask("POST", page, {"slot": starts[0]})
        taken = time.perf_counter() - begun
        return status, where, taken, len(set(START.findall(text))) >= 3

    with ThreadPoolExecutor(clients) as pool:
        answers = list(pool.map(post, pages))
    statuses = Counter(answer[0] for answer in answers)
    durations = sorted(answer[2] for answer in answers)
    polite = sum(status == 422 and others for status, _, _, others in answers)
    print(f"slot {starts[0]}: {dict(statuses)}, {polite} refusals with alternatives")
    print(
        f"median {statistics.median(durations):.2f} s, "
        f"p95 {durations[int(0.95 * len(durations))]:.2f} s"
    )
    winners = [answer[1] for answer in answers if answer[0] == 303]
    confirm_at_once(port, winners[0])


def confirm_at_once(port: int, where: str, times: int = 50) -> None:
    """Post one confirmation many times at once and print the answers."""
    page = where
    if not page.endswith("/details/"):
        status, page, text = Client(port).ask(
            "POST", page, {"q_property_type": "house"}
        )
        assert status == 303, (status, text[:500])
    form = {"first_name": "Ada", "last_name": "Race", "email": "ada@race.example"}
    form |= {"phone": "+32 3 200 00 00", "consent": "on"}
    gate = Barrier(times)

    def post(_number: int) -> tuple[int, str]:
        client = Client(port)
        client.connection.connect()
        gate.wait()
        return client.ask("POST", page, form)[:2]

    with ThreadPoolExecutor(times) as pool:
        answers = Counter(pool.map(post, range(times)))
    print(f"{times} confirmations of one flow: {dict(answers)}")


def main() -> None:
    """Read the arguments and run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=8000)
    arguments.add_argument("--clients", type=int, default=200)
    for name in ("segment", "subject", "channel", "office"):
        arguments.add_argument(f"--{name}", default="")
    given = arguments.parse_args()
    names = ("segment", "subject", "channel", "office")
    passed: dict[str, str] = {name: getattr(given, name) for name in names}
    passed = {name: code for name, code in passed.items() if code}
    place = {name: code for name, code in passed.items() if name in names[2:]}
    race(given.port, given.clients, f"/schedule/?{urlencode(passed)}", place)


if __name__ == "__main__":
    main()
