import pytest
from django.urls import reverse

from directory.branding import contrast, contrast_problems, digest, stylesheet
from directory.models import Organisation

PLUM = {"brand": "#6b2d6b", "brand_hover": "#4f1f4f", "brand_tint": "#f6ebf6"}


@pytest.mark.parametrize(
    ("one", "other", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#15212b", "#ffffff", 16.4),
        ("#0d5e82", "#e6f1f6", 6.2),
        ("#71808c", "#f5f7f8", 3.8),
    ],
)
def test_contrast_is_the_ratio_of_wcag(one, other, ratio):
    assert round(contrast(one, other), 1) == ratio
    assert contrast(other, one) == contrast(one, other)


def test_built_in_look_can_be_read():
    assert contrast_problems(Organisation()) == []


def test_colours_that_cannot_be_read_are_named_with_their_contrast():
    pale = Organisation(brand="#7fb3c8")

    assert contrast_problems(pale)[0] == (
        "The text on a button has a contrast of 2.3; it needs 4.5."
    )


def test_colour_that_is_no_colour_is_refused():
    assert contrast_problems(Organisation(brand="red;}")) == [
        "Brand: write a colour as #rrggbb, like #0d5e82."
    ]


def test_page_of_the_built_in_look_fetches_no_second_stylesheet(client, db):
    response = client.get(reverse("styleguide"))

    assert "brand." not in response.content.decode().split("</head>")[0]


def test_own_look_is_served_under_an_address_that_changes_with_it(client, db):
    organisation = Organisation.objects.create(pk=1, **PLUM, font="serif", radius=4)
    address = reverse("brand-stylesheet", args=[digest(organisation)])

    page = client.get(reverse("styleguide")).content.decode()
    css = client.get(address)

    assert f'<link rel="stylesheet" href="{address}">' in page
    assert 'as="font"' not in page
    assert css.content.decode() == stylesheet(organisation)
    assert "--brand:#6b2d6b;" in css.content.decode()
    assert "--radius:4px" in css.content.decode()
    assert css["Cache-Control"] == "public, max-age=31536000, immutable"
    assert css["Content-Type"] == "text/css; charset=utf-8"


def test_old_address_gives_the_present_look_and_is_not_kept(client, db):
    organisation = Organisation.objects.create(pk=1, **PLUM)

    css = client.get(reverse("brand-stylesheet", args=["0123456789ab"]))

    assert css.content.decode() == stylesheet(organisation)
    assert css["Cache-Control"] == "no-cache"


def test_staff_cannot_save_colours_that_cannot_be_read(admin_client):
    organisation = Organisation.objects.create(pk=1)
    address = reverse("admin:directory_organisation_change", args=[1])
    form = admin_client.get(address).context["adminform"].form
    typed = {
        name: "" if value is None else value for name, value in form.initial.items()
    }
    typed |= {"brand": "#7fb3c8", "return_origins": ""}

    response = admin_client.post(address, typed)

    assert "The text on a button has a contrast of 2.3" in response.content.decode()
    organisation.refresh_from_db()
    assert organisation.brand == "#0d5e82"
