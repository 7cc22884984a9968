"""`make demo` as a whole: it starts, answers, and leaves nothing behind."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

pytestmark = pytest.mark.slow

PATIENCE = 120  # seconds; a busy machine is slow


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def demo(port, tmp_path) -> Iterator[subprocess.Popen[str]]:
    """A running demo with its own data, at a time of its own."""
    environment = {
        "PATH": os.environ["PATH"],
        "DEMO": "1",
        "PORT": str(port),
        "DATA_DIR": str(tmp_path / "data of the demo"),
        "DEMO_CLOCK": "2026-05-04T08:00:00+02:00",
    }
    process = subprocess.Popen(
        [sys.executable, "manage.py", "demo"],
        cwd=settings.BASE_DIR,
        env=environment,
        stdout=subprocess.PIPE,
        text=True,
    )
    yield process
    if process.poll() is None:
        process.kill()
    process.communicate()


def wait_for_welcome(demo: subprocess.Popen[str]) -> str:
    assert demo.stdout is not None
    lines = []
    for line in demo.stdout:
        lines.append(line)
        if line.startswith("Ctrl-C"):
            break
    return "".join(lines)


def family(pid: int) -> set[int]:
    """Return the processes that a process started, and those that they started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    children = {int(child) for task in tasks for child in task.read_text().split()}
    return children.union(*(family(child) for child in children))


def test_demo_starts_answers_and_stops_completely(demo, port, tmp_path):
    welcome = wait_for_welcome(demo)
    base = f"http://127.0.0.1:{port}"

    with urlopen(f"{base}/advisors/eva-peeters/?email=zoe@example.com") as page:  # noqa: S310
        assert b"Meet Eva" in page.read()
    with pytest.raises(HTTPError) as refusal:
        urlopen(f"{base}/schedule/?segment=SPRING_2020")  # noqa: S310
    refusal.value.close()
    children = family(demo.pid)
    demo.send_signal(signal.SIGTERM)
    code = demo.wait(PATIENCE)

    assert f"{base}/" in welcome
    assert "eva/eva" in welcome
    assert refusal.value.code == 404
    assert code == 0
    assert len(children) >= 4  # the web server, its two workers, the job worker
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and any(map(_is_alive, children)):
        time.sleep(0.1)
    assert not [child for child in children if _is_alive(child)]
    log = (tmp_path / "data of the demo/log/access.log").read_text()
    assert '"route": "/advisors/<str:code>/"' in log
    assert "zoe" not in log
    assert "SPRING_2020" not in log


def _is_alive(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def test_demo_refuses_a_site_that_is_no_demo(settings):
    settings.DEMO = False

    with pytest.raises(CommandError, match="DEMO=1"):
        call_command("demo")
