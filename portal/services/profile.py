"""What customers decide about themselves: contact details and preferences."""

from dataclasses import asdict, dataclass
from functools import partial

from django.db import transaction

from directory.models import Customer, User
from scheduling.services.attempts import settle

USER_NAME = 150  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All that the profile page asks. Every text may be blank but the e-mail address."""

    first_name: str
    last_name: str
    email: str
    phone: str
    company: str
    language: str
    preferred_office_id: int | None
    preferred_advisor_id: int | None
    preferred_channel: str


def save_profile(customer: Customer, *, profile: Profile) -> Customer:
    """Write the profile and let the sign-in's name and address follow it.

    Meetings keep what they were booked with.

    Raises:
        Busy.
    """
    return settle(partial(write_profile, customer, profile))


@transaction.atomic
def write_profile(customer: Customer, profile: Profile) -> Customer:
    """Write it in one transaction."""
    locked = Customer.objects.select_for_update(no_key=True).get(pk=customer.pk)
    values = asdict(profile)
    for name, value in values.items():
        setattr(locked, name, value)
    locked.save(update_fields=list(values))
    if locked.user_id is not None:
        User.objects.filter(pk=locked.user_id).update(
            first_name=profile.first_name[:USER_NAME],
            last_name=profile.last_name[:USER_NAME],
            email=profile.email,
        )
    return locked
