"""What every page of the portal is drawn with: the time, the standing data, the locale."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language

from config import clock
from directory.catalogue import Catalogue
from directory.context import brand_url
from directory.queries import catalogue

NUMBER_LOCALES = {"en": "en_GB"}  # English as Europe writes it, as in mails


@dataclass(frozen=True, slots=True)
class Scene:
    """One request's view of the world."""

    now: datetime
    standing: Catalogue
    locale: Locale

    @property
    def zone(self) -> ZoneInfo:
        """Return the organisation's zone."""
        return self.standing.organisation.zone

    @property
    def today(self) -> date:
        """Return the organisation's date."""
        return self.now.astimezone(self.zone).date()


def load_scene() -> Scene:
    """Return what the page is drawn with, in the language that is active. One query."""
    standing = catalogue()
    organisation = standing.organisation
    language = (get_language() or organisation.language).partition("-")[0]
    country = organisation.country
    return Scene(clock.now(), standing, number_locale(language, country=country))


def number_locale(language: str, *, country: str) -> Locale:
    """Return how a language's readers in a country write numbers and money."""
    for name in (NUMBER_LOCALES.get(language), f"{language}_{country}", language):
        try:
            return Locale.parse(name or "")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en", "GB")


def draw(
    request: HttpRequest,
    template: str,
    scene: Scene,
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """Return a page of the portal; the frame's data comes from the scene, unasked."""
    organisation = scene.standing.organisation
    shared = {"organisation": organisation, "brand_url": brand_url(organisation)}
    return render(request, template, {**shared, **context}, status=status)
