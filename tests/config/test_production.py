"""A site that is no demo refuses to start half-configured."""

import os
import subprocess
import sys

import pytest
from django.conf import settings

SECRET = "x8Qm2-only-for-this-test-" * 3
READY = {
    "SECRET_KEY": SECRET,
    "ALLOWED_HOSTS": "bank.example",
    "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
}

pytestmark = pytest.mark.slow


def manage(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603
        [sys.executable, "manage.py", *words],
        cwd=settings.BASE_DIR,
        env={"PATH": os.environ["PATH"], **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize("name", READY)
def test_missing_value_is_named(name, tmp_path):
    others = {key: value for key, value in READY.items() if key != name}

    done = manage("check", DATA_DIR=str(tmp_path), **others)

    assert done.returncode != 0
    assert f"Set {name} " in done.stderr
    assert not list(tmp_path.iterdir())  # no database of our own was started


def test_complete_configuration_passes_the_deployment_check(tmp_path):
    done = manage(
        "check", "--deploy", "--fail-level", "WARNING", DATA_DIR=str(tmp_path), **READY
    )

    assert done.returncode == 0, done.stderr


def test_demo_command_exists_only_in_a_demo(tmp_path):
    done = manage("demo", DATA_DIR=str(tmp_path), **READY)

    assert done.returncode != 0
    assert "Unknown command: 'demo'" in done.stderr
