"""Where the database is: DATABASE_URL, or an embedded PostgreSQL to try things with."""

from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from config import embedded_postgres

WEB_LIMITS = " ".join(
    [
        "-c statement_timeout=5000",
        "-c lock_timeout=2000",
        "-c idle_in_transaction_session_timeout=10000",
        "-c jit=off",
    ]
)


def database(env: environ.Env, *, data_dir: Path, may_embed: bool) -> dict[str, Any]:
    """Return Django's settings of the one database.

    Args:
        env: the environment; `DATABASE_URL` wins.
        data_dir: where an embedded server keeps its files.
        may_embed: whether one may be started when `DATABASE_URL` is unset.

    Raises:
        ImproperlyConfigured: there is no address and none may be made up.
    """
    found: dict[str, Any]
    if env.str("DATABASE_URL", default=""):
        found = env.db("DATABASE_URL")
    elif may_embed:
        found = {
            "ENGINE": "django.db.backends.postgresql",
            **embedded_postgres.start(data_dir, embedded_postgres.DURABLE),
        }
    else:
        raise ImproperlyConfigured(
            "Set DATABASE_URL to a PostgreSQL database, like "
            "postgres://user:password@host:5432/parlour."
        )
    # Merge: a socket folder in DATABASE_URL arrives through OPTIONS.
    found["OPTIONS"] = {
        **found.get("OPTIONS", {}),
        "pool": {"min_size": 1, "max_size": 8, "timeout": 5},
        "options": WEB_LIMITS,
    }
    found["CONN_MAX_AGE"] = 0  # the pool keeps the connections
    return found
