"""What a website's developer copies: a link, a form, and code that signs the same link."""

from collections.abc import Callable
from html import escape

from segments.building import gap_name, gaps_of
from segments.links import Pairs

KEY_NAME = "PARLOUR_KEY"  # the environment variable that holds the secret


def link_snippet(link: str, *, text: str) -> str:
    """Return the link as HTML."""
    return f'<a href="{escape(link)}">{escape(text)}</a>'


def form_snippet(base: str, pairs: Pairs, *, text: str) -> str:
    """Return a form that posts the parameters: none of them is in an address then."""
    fields = "\n".join(
        f'  <input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in pairs
    )
    return (
        f'<form method="post" action="{escape(base)}">\n'
        f"{fields}\n"
        f"  <button>{escape(text)}</button>\n"
        "</form>"
    )


PYTHON = """\
import base64
import hashlib
import hmac
import os
from urllib.parse import quote

key = base64.urlsafe_b64decode(os.environ["{key_name}"] + "==")  # the key's secret
{site}pairs = [
{pairs}
]
encoded = [(quote(name, safe=""), quote(value, safe="")) for name, value in pairs]
text = "&".join(f"{{name}}={{value}}" for name, value in sorted(encoded))
mac = hmac.new(key, b"parlour-link-v1\\n" + text.encode(), hashlib.sha256).digest()
sig = base64.urlsafe_b64encode(mac).decode().rstrip("=")
query = "&".join(f"{{name}}={{value}}" for name, value in [*encoded, ("sig", sig)])
print({base} + "?" + query)
"""
PHP = """\
<?php
$key = base64_decode(strtr(getenv("{key_name}"), "-_", "+/")); // the key's secret
{site}$pairs = [
{pairs}
];
$encoded = array_map(fn($pair) => array_map("rawurlencode", $pair), $pairs);
$sorted = $encoded;
usort($sorted, fn($a, $b) => strcmp($a[0], $b[0]) ?: strcmp($a[1], $b[1]));
$join = fn($list) => implode("&", array_map(fn($pair) => implode("=", $pair), $list));
$mac = hash_hmac("sha256", "parlour-link-v1\\n" . $join($sorted), $key, true);
$sig = rtrim(strtr(base64_encode($mac), "+/", "-_"), "=");
echo {base} . "?" . $join([...$encoded, ["sig", $sig]]) . "\\n";
"""


def python_sample(base: str, pairs: Pairs) -> str:
    """Return Python that prints the signed link; `pairs` as signed, without sig."""
    site = [f'    {name!r}: "",' for name in gaps_of(pairs)]
    rows = [
        f"    ({name!r}, {_value(value, repr, 'site[{}]')})," for name, value in pairs
    ]
    return PYTHON.format(
        key_name=KEY_NAME,
        site="\n".join(["site = {  # your site fills these in", *site, "}\n"])
        if site
        else "",
        pairs="\n".join(rows),
        base=repr(base),
    )


def php_sample(base: str, pairs: Pairs) -> str:
    """Return PHP that prints the signed link; `pairs` as signed, without sig."""
    site = [f'    {_php(name)} => "",' for name in gaps_of(pairs)]
    rows = [
        f"    [{_php(name)}, {_value(value, _php, '$site[{}]')}],"
        for name, value in pairs
    ]
    return PHP.format(
        key_name=KEY_NAME,
        site="\n".join(["$site = [ // your site fills these in", *site, "];\n"])
        if site
        else "",
        pairs="\n".join(rows),
        base=_php(base),
    )


def _value(value: str, quoted: Callable[[str], str], variable: str) -> str:
    """Return a value as code: a text, or the variable of its gap."""
    name = gap_name(value)
    return variable.format(quoted(name)) if name else quoted(value)


def _php(text: str) -> str:
    """Return a PHP string; what cannot be seen is written by its number."""
    return '"' + "".join(map(_php_character, text)) + '"'


def _php_character(character: str) -> str:
    if character in '"\\$':
        return f"\\{character}"
    return character if character.isprintable() else f"\\u{{{ord(character):x}}}"
