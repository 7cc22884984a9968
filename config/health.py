"""Two addresses for those who watch the site."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from psycopg_pool import PoolTimeout


@never_cache
def is_alive(_request: HttpRequest) -> HttpResponse:
    """Answer 200 while the process lives. No query."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def is_ready(_request: HttpRequest) -> HttpResponse:
    """Answer 200 when the database answers and is migrated, else 503."""
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except (DatabaseError, PoolTimeout):
        return _not_ready("The database does not answer.\n")
    if missing:
        return _not_ready("Migrations are missing.\n")
    return HttpResponse("ok\n", content_type="text/plain")


def _not_ready(why: str) -> HttpResponse:
    return HttpResponse(
        why, status=503, content_type="text/plain", headers={"Retry-After": "5"}
    )
