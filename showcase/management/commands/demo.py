"""Show the product: database, pages and job worker, started and stopped together."""

import contextlib
import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from showcase.seed.people import MAX, NATE, STAFF

GRACE = 20  # seconds a child may take to finish its work
PATIENCE = 30  # seconds until the pages must answer
POLL = 0.1


class Command(BaseCommand):
    """Run everything until Ctrl-C or SIGTERM."""

    help = __doc__

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Start, wait for a signal or a dead child, stop in the reverse order."""
        if not settings.DEMO:
            raise CommandError("The demo runs with DEMO=1 only.")
        host = os.environ.get("HOST", "127.0.0.1")
        port = os.environ.get("PORT", "8000")
        with _signals_as_exit():
            call_command("migrate", verbosity=0)
            call_command("seed_demo", stdout=self.stdout)
            if _static_is_older():
                call_command("collectstatic", interactive=False, verbosity=0)
            for connection in connections.all():
                connection.close()
                connection.close_pool()  # type: ignore[attr-defined]
            children: list[subprocess.Popen[bytes]] = []
            try:
                children.append(_start(_web(host, port)))
                children.append(_start(_worker()))
                if _is_up(host, int(port), children):
                    self._welcome(host, port)
                while all(child.poll() is None for child in children):
                    time.sleep(POLL)
                self.stderr.write("A part of the demo has ended; stopping the rest.")
                sys.exit(1)
            finally:
                _stop(children)

    def _welcome(self, host: str, port: str) -> None:
        base = f"http://{host}:{port}"
        names = [name for name, _, _ in STAFF]
        names += [customer.user for customer in (NATE, MAX)]
        signs = ", ".join(f"{name}/{name}" for name in names)
        lines = (
            "",
            f"Halyard Bank, the demo:  {base}/",
            f"Back office:             {base}/admin/",
            f"Sign-ins:                {signs}",
            "Ctrl-C stops everything.",
        )
        self.stdout.write("\n".join(lines))
        self.stdout.flush()  # whoever reads a pipe waits for it


def _web(host: str, port: str) -> list[str]:
    """Return the web server's command. Its own log would hold addresses: it is off."""
    return [
        *(sys.executable, "-m", "gunicorn", "config.wsgi"),
        *("--bind", f"{host}:{port}"),
        *("--worker-class", "gthread", "--workers", "2", "--threads", "4"),
        *("--no-control-socket", "--graceful-timeout", "5", "--log-level", "warning"),
    ]


def _worker() -> list[str]:
    return [sys.executable, "manage.py", "procrastinate", "worker"]


def _start(command: list[str]) -> subprocess.Popen[bytes]:
    """Start a child that Ctrl-C does not reach and that dies with us, even on kill -9."""
    parent = os.getpid()

    def die_with_parent() -> None:
        with contextlib.suppress(OSError, AttributeError):  # Linux only
            ctypes.CDLL(None).prctl(1, signal.SIGTERM)
        if os.getppid() != parent:
            os._exit(1)

    return subprocess.Popen(
        command,
        start_new_session=True,
        cwd=settings.BASE_DIR,
        env=_environment(),
        preexec_fn=die_with_parent,  # noqa: PLW1509  no thread of ours is alive here
    )


def _environment() -> dict[str, str]:
    """Return what the children need: our database and the time when the demo started.

    They must neither start nor stop the embedded server, so they get its address.
    """
    found = {
        "PYTHONUNBUFFERED": "1",
        "DEMO_CLOCK_SINCE": str(time.time()),
        **os.environ,
    }
    if not found.get("DATABASE_URL"):
        row = settings.DATABASES["default"]
        query = urlencode({"host": row["HOST"]})
        found["DATABASE_URL"] = f"postgres://{row['USER']}@/{row['NAME']}?{query}"
    return found


def _is_up(host: str, port: int, children: list[subprocess.Popen[bytes]]) -> bool:
    """Wait until the pages answer; False when a child died or nothing came."""
    reachable = "127.0.0.1" if host == "0.0.0.0" else host  # noqa: S104
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if any(child.poll() is not None for child in children):
            return False
        with (
            contextlib.suppress(OSError),
            socket.create_connection((reachable, port), 1),
        ):
            return True
        time.sleep(POLL)
    return False


def _stop(children: list[subprocess.Popen[bytes]]) -> None:
    for child in children:
        if child.poll() is None:
            child.terminate()
    deadline = time.monotonic() + GRACE
    for child in children:
        try:
            child.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()


@contextlib.contextmanager
def _signals_as_exit() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into SystemExit and ignore the next ones."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def leave(_number: int, _frame: object) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        sys.exit(0)

    for number in numbers:
        signal.signal(number, leave)
    yield


def _static_is_older() -> bool:
    """Tell whether a static file is newer than the collected ones: collecting takes 6 seconds."""
    manifest = Path(settings.STATIC_ROOT) / "staticfiles.json"
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    return any(
        Path(storage.path(name)).stat().st_mtime > made
        for finder in get_finders()
        for name, storage in finder.list([])
    )
