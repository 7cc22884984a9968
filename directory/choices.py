"""Words that every app uses."""

from django.db.models import IntegerChoices, TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    """How customer and advisor meet."""

    OFFICE = "office", _("At an office")
    PHONE = "phone", _("Phone call")
    VIDEO = "video", _("Video call")
    ON_LOCATION = "on_location", _("At your place")


class Rank(IntegerChoices):
    """Seniority for one subject."""

    SENIOR = 1, _("Senior")
    REGULAR = 2, _("Regular")
    JUNIOR = 3, _("Junior")


class Weekday(IntegerChoices):
    """Days as `date.weekday()` counts them."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


class Typeface(TextChoices):
    """What the pages are set in. Only the first is fetched; the others are there."""

    PUBLIC_SANS = "public-sans", "Public Sans"
    SYSTEM = "system", _("The device's own")
    SERIF = "serif", _("With serifs")


class Language(TextChoices):
    """Languages of pages and mails."""

    ENGLISH = "en", "English"
    DUTCH = "nl", "Nederlands"
    FRENCH = "fr", "Français"
    GERMAN = "de", "Deutsch"
