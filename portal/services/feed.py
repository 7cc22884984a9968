"""The private calendar address of a customer: made, replaced, taken away."""

import secrets
from datetime import datetime

from django.db import transaction

from directory.models import Customer
from portal.models import CalendarFeed
from scheduling.tokens import feed_token, hash_token

HIGHEST = 2**31 - 1


@transaction.atomic
def renew_feed(customer: Customer, *, now: datetime) -> str:
    """Make a calendar address, in place of an earlier one; return its token.

    The version is drawn, not counted: an address that was taken away never comes back.
    """
    Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    version = secrets.randbelow(HIGHEST) + 1
    token = feed_token(customer.pk, version)
    CalendarFeed.objects.update_or_create(
        customer=customer,
        defaults={
            "version": version,
            "token_hash": hash_token(token),
            "created_at": now,
        },
    )
    return token


def remove_feed(customer: Customer) -> None:
    """Take the address away; removing it twice changes nothing."""
    CalendarFeed.objects.filter(customer=customer).delete()


def present_token(feed: CalendarFeed) -> str:
    """Return the token of a feed; nothing when the site's secret has changed since."""
    token = feed_token(feed.customer_id, feed.version)
    return token if hash_token(token) == feed.token_hash else ""
