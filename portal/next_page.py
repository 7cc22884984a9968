"""Where a sign-in may lead: our own pages, nowhere else."""

from urllib.parse import unquote

OWN_PAGES = ("/portal/", "/schedule/")
DOORS = ("/portal/sign", "/portal/handover", "/portal/password-reset")
LONGEST = 2000


def own_page(wanted: str) -> str:
    """Return the path if a signed-in customer may be sent there, else nothing.

    Only plain paths of the portal and of the scheduler pass: no host, no scheme, no way
    up, no signs that browsers read in ways of their own; and no page that signs in.
    """
    if len(wanted) > LONGEST or not wanted.isascii() or not wanted.isprintable():
        return ""
    path = wanted.partition("?")[0].partition("#")[0]
    plain = unquote(path)
    if not path.startswith(OWN_PAGES) or not plain.startswith(OWN_PAGES):
        return ""
    parts = plain.strip("/").split("/")
    is_odd = "\\" in unquote(wanted) or "%" in plain or {"", ".", ".."} & set(parts)
    if is_odd or plain.startswith(DOORS):
        return ""
    return wanted
