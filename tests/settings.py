"""The settings, made quick: a database without fsync, cheap passwords, no pool."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("TESTING", "1")
os.environ.setdefault("DEMO", "1")

from config import embedded_postgres

_here = Path(__file__).resolve().parent.parent
_tests_data = Path(os.environ.get("DATA_DIR", _here / "var")) / "tests"
os.environ["DATA_DIR"] = str(_tests_data)
if not os.environ.get("DATABASE_URL"):
    embedded_postgres.DURABLE.update(embedded_postgres.FAST)

from config.logs import logging_settings
from config.settings import *

DATABASES["default"]["OPTIONS"].pop("pool")
if lane := os.environ.get("TEST_LANE"):  # tests/lanes.sh: two runs side by side
    DATABASES["default"]["TEST"] = {"NAME": f"test_parlour_{lane}"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"]["BACKEND"] = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
)
WHITENOISE_AUTOREFRESH = True
DATA_DIR = Path(tempfile.mkdtemp(prefix="parlour-tests-"))
MAIL_DIR = DATA_DIR / "mail"
LOG_DIR = DATA_DIR / "log"
LOGGING = logging_settings(LOG_DIR)
STORAGES["documents"]["OPTIONS"]["location"] = DATA_DIR / "documents"
STORAGES["default"]["OPTIONS"]["location"] = DATA_DIR / "files"

INSTALLED_APPS = [*INSTALLED_APPS, "zeal"]  # a query for each row fails the test
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]
ZEAL_ALLOWLIST = [
    # Django's own choice fields look up each value that a form posts.
    {"model": "segments.Segment", "field": "get()"},
    {"model": "segments.SegmentOffer", "field": "get()"},
    {"model": "segments.AvailabilityRule", "field": "get()"},
    {"model": "segments.RuleWindow", "field": "get()"},
    # It loads a session, and loads it again to delete it.
    {"model": "sessions.Session", "field": "get()"},
]
