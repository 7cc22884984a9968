"""Logs without personal data: the route, never the address, its parts or its query.

One line of JSON a request goes to `DATA_DIR/log/access.log`. Faults go to the standard
error stream with their place in the code, but without the values in their messages.
"""

import logging
import time
import traceback
from io import TextIOWrapper
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import Resolver404, resolve
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, WrappedLogger

ACCESS = "django_structlog.middlewares.request"
UNKNOWN = "(no such address)"
FINISHED = {"request_finished", "request_failed"}


class RequestLog(RequestMiddleware):
    """One event a request. A full path would hold flow ids and tokens."""

    def prepare(self, request: HttpRequest) -> None:
        super().prepare(request)
        structlog.contextvars.bind_contextvars(started=time.perf_counter())

    @staticmethod
    def format_request(request: HttpRequest) -> Any:
        return f"{request.method} {route_of(request.path_info)}"


def route_of(path: str) -> str:
    """Return the pattern that an address matches: `m/<str:token>/`."""
    try:
        return f"/{resolve(path).route}"
    except Resolver404:
        return UNKNOWN


def only_harmless(
    _logger: WrappedLogger, _method: str, event: EventDict
) -> dict[str, Any]:
    """Keep of a request's event what names nobody; drop other events."""
    if event.get("event") not in FINISHED:
        raise structlog.DropEvent
    method, _, route = str(event["request"]).partition(" ")
    took = time.perf_counter() - event.get("started", time.perf_counter())
    return {
        "at": event["at"],
        "method": method,
        "route": route,
        "status": event["code"],
        "milliseconds": round(took * 1000, 1),
    }


structlog.configure(
    processors=[
        structlog.stdlib.filter_by_level,
        structlog.contextvars.merge_contextvars,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
        only_harmless,
        structlog.processors.JSONRenderer(),
    ],
    wrapper_class=structlog.stdlib.BoundLogger,
    logger_factory=structlog.stdlib.LoggerFactory(),
)


class AccessFile(WatchedFileHandler):
    """The access log: made with the first line, reopened after a rotation."""

    def _open(self) -> TextIOWrapper:
        Path(self.baseFilename).parent.mkdir(parents=True, exist_ok=True)
        return super()._open()

    def format(self, record: logging.LogRecord) -> str:
        return record.getMessage()  # one line; an error's own words are left out


class NameInsteadOfMessage(logging.Filter):
    """Django's messages about requests carry the path: say only what happened."""

    def filter(self, record: logging.LogRecord) -> bool:
        status = getattr(record, "status_code", None)
        record.msg = f"Answered {status}" if status else "Refused a request"
        record.args = ()
        return True


class PlacesOnly(logging.Formatter):
    """A traceback that says which error and where: messages can hold values of rows."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's name
        lines: list[str] = []
        error: BaseException | None = ei[1]
        while error is not None:
            lines += traceback.format_tb(error.__traceback__)
            lines.append(f"{type(error).__module__}.{type(error).__qualname__}\n")
            error = error.__cause__ or error.__context__
        return "".join(lines).rstrip()


def logging_settings(folder: Path) -> dict[str, Any]:
    """Return Django's LOGGING with the access log below `folder`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"unnamed": {"()": NameInsteadOfMessage}},
        "formatters": {
            "places": {
                "()": PlacesOnly,
                "format": "%(levelname)s %(name)s: %(message)s",
            },
        },
        "handlers": {
            "access": {
                "()": AccessFile,
                "filename": folder / "access.log",
                "delay": True,
            },
            "errors": {"class": "logging.StreamHandler", "formatter": "places"},
            "unnamed": {
                "class": "logging.StreamHandler",
                "formatter": "places",
                "filters": ["unnamed"],
            },
        },
        "root": {"handlers": ["errors"], "level": "WARNING"},
        "loggers": {
            ACCESS: {"handlers": ["access"], "level": "INFO", "propagate": False},
            "axes": {"level": "ERROR"},  # its warnings name people
            "django": {"handlers": ["errors"], "level": "WARNING", "propagate": False},
            "django.request": {
                "handlers": ["unnamed"],
                "level": "ERROR",  # the access log has the 4xx
                "propagate": False,
            },
            "django.security": {
                "handlers": ["unnamed"],
                "level": "WARNING",
                "propagate": False,
            },
        },
    }
