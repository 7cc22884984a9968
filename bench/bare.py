"""The limit: the least that a Django page about free times can do.

`/slots/?pool=&date=&days=` is one indexed query, bit masks and a small template;
`POST /book/` is one INSERT under an exclusion constraint. No rules, no segments, no
reasons, no holds, no mails: what our pages cost more than this buys all of that.
"""

import os
from datetime import date, datetime, timedelta

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.db import IntegrityError, connection, transaction
from django.http import HttpRequest, HttpResponse
from django.template import loader
from django.urls import path

from bench.dataset import CLOSES, GRID, LENGTH, OPENS, ZONE

PAGE = """<h1>{{ date }}</h1>{% for day, times in days %}<h2>{{ day }}</h2><ol>
{% for time in times %}<li><button name="start" value="{{ time }}">{{ time }}</button></li>
{% endfor %}</ol>{% endfor %}"""
OPEN = (1 << CLOSES // GRID) - (1 << OPENS // GRID)
NEED = LENGTH // GRID


def slots(request: HttpRequest) -> HttpResponse:
    first = date.fromisoformat(request.GET["date"])
    days, pool = int(request.GET["days"]), int(request.GET["pool"])
    free = {first + timedelta(days=number): [OPEN] * pool for number in range(days)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT day, advisor, first_cell, last_cell FROM bare_booking "
            "WHERE day >= %s AND day < %s AND advisor < %s",
            (first, first + timedelta(days=days), pool),
        )
        for day, advisor, begins, ends in cursor.fetchall():
            free[day][advisor] &= ~((1 << ends) - (1 << begins))
    listed = []
    for day, masks in free.items():
        union = 0
        for mask in masks:
            union |= mask & mask >> 1
        cells = (cell for cell in range(24 * 60 // GRID) if union >> cell & 1)
        listed.append(
            (day, [f"{cell * GRID // 60:02}:{cell * GRID % 60:02}" for cell in cells])
        )
    page = loader.get_template("slots.html")
    return HttpResponse(page.render({"date": first, "days": listed}))


def book(request: HttpRequest) -> HttpResponse:
    start = datetime.fromisoformat(request.POST["start"])
    local = start.astimezone(ZONE)
    cell = (local.hour * 60 + local.minute) // GRID
    ends = start + timedelta(minutes=LENGTH)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO bare_booking (advisor, day, first_cell, last_cell, during) "
                "VALUES (%s, %s, %s, %s, tstzrange(%s, %s))",
                (request.POST["advisor"], local.date(), cell, cell + NEED, start, ends),
            )
    except IntegrityError:
        return HttpResponse("taken", status=409)
    return HttpResponse("booked", status=201)


urlpatterns = [path("slots/", slots), path("book/", book)]

if not settings.configured:
    settings.configure(
        SECRET_KEY="bench",
        ALLOWED_HOSTS=["127.0.0.1"],
        ROOT_URLCONF=__name__,
        USE_TZ=True,
        DATABASES={
            "default": {
                "ENGINE": "django.db.backends.postgresql",
                "NAME": os.environ["BENCH_DB"],
                "HOST": os.environ["BENCH_SOCKET"],
                "PORT": "5432",
                "USER": "app",
                "OPTIONS": {"pool": {"min_size": 1, "max_size": 8}},
            }
        },
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"slots.html": PAGE})
                    ]
                },
            }
        ],
    )
    django.setup()

application = get_wsgi_application()
