"""What staff order, and what they post."""

from django.db import connection
from django.urls import reverse

from scheduling.services.confirmation import Details
from scheduling.services.desk import Order
from tests.factories import NINE

PAGE = reverse("booking:start")
KEY = "desk-0123456789abcdefg"
MAX = Details(
    first_name="Max",
    last_name="Murdoch",
    email="max@example.com",
    phone="+32470123456",
)


def order(bank, **fields):
    """Half an hour by video on Monday at 11:00 in Brussels, with whoever is free."""
    defaults = {
        "key": KEY,
        "segment_codes": (),
        "subject_id": bank.subject.pk,
        "channel": "video",
        "start": NINE,
        "details": MAX,
    }
    return Order(**{**defaults, **fields})


def typed(**changes):
    """Return a whole page as it is posted: an offered start of Monday, 4 May."""
    return {
        "key": KEY,
        "subject": "mortgage",
        "channel": "video",
        "date": "2026-05-04",
        "slot": "2026-05-04T09:00:00Z",
        "first_name": "Max",
        "last_name": "Murdoch",
        "email": "max@example.com",
        "phone": "+32470123456",
        "language": "en",
        **changes,
    }


def book(client, **changes):
    return client.post(PAGE, typed(book="1", **changes))


def look(client, **changes):
    return client.post(PAGE, typed(**{"show": "1", **changes}))


def errors_of(page):
    return {name: list(texts) for name, texts in page.context["form"].errors.items()}


def dump():
    """Return every row of every table, the queue's too; not sessions."""
    with connection.cursor() as cursor:
        tables = [
            table.name
            for table in connection.introspection.get_table_list(cursor)
            if table.type == "t" and table.name != "django_session"
        ]
        found = {}
        for table in tables:
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT t::text FROM {name} t ORDER BY 1")  # noqa: S608
            found[table] = [text for (text,) in cursor.fetchall()]
    return found
