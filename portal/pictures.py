"""Pictures that staff name by their path below static/."""

from django.templatetags.static import static


def picture_or_nothing(path: str) -> str:
    """Return the path when such a picture is there to be shown, else nothing.

    A wrong path must not cost a customer the whole page.
    """
    try:
        return path if path and static(path) else ""
    except ValueError:  # it is not in the manifest of the collected files
        return ""
