"""Draw the advisors: flat faces as SVG, each of them a combination of few parts."""

from dataclasses import dataclass

HAIR_BEHIND = {
    "long": '<path d="M26 44c0-34 44-34 44 0v28H26z"/>',
    "bob": '<path d="M26 42c0-32 44-32 44 0v17H26z"/>',
    "waves": '<path d="M25 44c0-35 46-35 46 0 4 8-3 12 0 20 2 6-6 10-10 8H35c-4 2-12-2'
    '-10-8 3-8-4-12 0-20z"/>',
    "curls": '<path d="M48 12c-9-3-17 3-18 9-7 2-9 11-5 16-4 5-2 12 4 14h38c6-2 8-9 4-1'
    '4 4-5 2-14-5-16-1-6-9-12-18-9z"/>',
    "bun": '<circle cx="48" cy="13" r="9"/><path d="M29 42c-1-29 39-29 38 0z"/>',
    "tail": '<path d="M60 24c18 0 16 26 12 36-6-6-8-22-12-36z"/>',
}
HAIR_BEFORE = {
    "long": '<path d="M30 42c1-14 10-15 16-20 4 8 18 6 20 20 4-28-40-28-36 0z"/>',
    "bob": '<path d="M30 40c0-9 4-11 9-12h18c5 1 9 3 9 12 4-30-40-30-36 0z"/>',
    "waves": '<path d="M30 42c0-10 8-10 13-18 6 7 18 7 23 18 3-30-39-30-36 0z"/>',
    "curls": '<path d="M30 38c2-6 5-5 7-9 5 3 7-2 11 0 4-2 6 3 11 0 2 4 5 3 7 9 3-22-3'
    '9-22-36 0z"/>',
    "bun": '<path d="M30 40c2-12 8-14 18-14s16 2 18 14c3-26-39-26-36 0z"/>',
    "tail": '<path d="M30 40c2-10 10-12 20-16 6 4 14 6 16 16 4-28-40-28-36 0z"/>',
    "short": '<path d="M29 42c-3-26 41-30 38 0-3-4-4-8-5-11-9 1-20 0-26-4-3 4-5 9-7 15'
    'z"/>',
    "parted": '<path d="M29 42c-4-28 42-30 38 0-3-5-5-9-8-13-8 3-15 0-18-4-2 8-8 8-12'
    ' 17z"/>',
    "crop": '<path d="M29 41c-3-31 41-31 38 0-3-9-6-12-19-12s-16 3-19 12z"/>',
    "quiff": '<path d="M29 40c-1-10 2-16 9-19 2-6 20-8 25-1 5 4 5 12 4 20-3-4-4-7-6-10'
    '-8 0-16-1-22-3-5 3-7 7-10 13z"/>',
    "fringe": '<path d="M29 44c-4-32 42-32 38 0-1-6-2-9-4-11-4-2-8 0-11-3-5 4-12 1-16 4'
    '-4 1-6 4-7 10z"/>',
    "bald": "",
}
BEARDS = {
    "full": '<path d="M31 48c1 24 33 24 34 0-3 6-8 7-17 7s-14-1-17-7z"/>',
    "short": '<path d="M33 54c4 16 26 16 30 0-4 4-9 4-15 4s-11 0-15-4z" opacity=".6"/>',
}
GLASSES = (
    '<g fill="none" stroke="#27323b" stroke-width="1.6"><circle cx="40" cy="44" r="6"/>'
    '<circle cx="56" cy="44" r="6"/><path d="M46 43q2-1.5 4 0"/></g>'
)
COLLARS = {
    "shirt": '<path d="M40 68l8 9 8-9 5 4-9 14h-8l-9-14z" fill="#fff"/>',
    "round": '<path d="M37 69c2 10 20 10 22 0l4 2c-3 14-27 14-30 0z" fill="#fff" '
    'opacity=".55"/>',
    "none": "",
}


@dataclass(frozen=True, slots=True)
class Face:
    """Colours and parts of one portrait."""

    ground: str
    skin: str
    hair: str
    style: str
    clothes: str
    collar: str = "shirt"
    beard: str = ""
    has_glasses: bool = False


FACES = {
    "eva-peeters": Face("#d9ecf3", "#f2c9a8", "#8a4b24", "bob", "#0d5e82"),
    "youssef-amrani": Face(
        "#f7e6cf", "#c98d61", "#20160f", "short", "#2f4858", beard="short"
    ),
    "lotte-claes": Face("#e6f0dd", "#f6d3b8", "#d9a648", "tail", "#3e7d5a", "round"),
    "tom-wouters": Face("#e4e6f5", "#f3cbab", "#b5652b", "quiff", "#5a6bb0", "round"),
    "nina-goossens": Face(
        "#f6dfe0", "#efc4a2", "#2b2320", "long", "#8c2f45", has_glasses=True
    ),
    "karim-haddad": Face(
        "#dff0ec", "#b97d52", "#1c1512", "crop", "#1d3b4a", beard="full"
    ),
    "sofie-martens": Face("#fbeacb", "#f5cfb3", "#6b3d22", "waves", "#b4672a", "none"),
    "jonas-dubois": Face("#dde9f7", "#8d5a3b", "#17110e", "crop", "#2d6cae", "round"),
    "amelie-laurent": Face("#efe2f3", "#f4ccb0", "#a63f1f", "bun", "#5b3a75", "round"),
    "bram-jacobs": Face(
        "#e3eddc", "#f1c7a5", "#7a5a36", "parted", "#39623f", has_glasses=True
    ),
    "hanne-de-smet": Face(
        "#dcebee", "#f4d0b5", "#9aa1a6", "bob", "#28596a", "round", has_glasses=True
    ),
    "wim-lambert": Face(
        "#efe9dc", "#efc3a0", "#8b8f93", "bald", "#6a4a2c", beard="short"
    ),
    "fatima-el-idrissi": Face(
        "#fbe3d6", "#d59b70", "#241713", "curls", "#c2512f", "none"
    ),
    "pieter-maes": Face("#e2ecf8", "#f7d6bd", "#e0bb6a", "fringe", "#44546b", "shirt"),
}


def draw(face: Face) -> str:
    """Return the portrait as an SVG of less than 2 KB."""
    behind = HAIR_BEHIND.get(face.style, "")
    beard = BEARDS.get(face.beard, "")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 96 96">'
        f'<path fill="{face.ground}" d="M0 0h96v96H0z"/>'
        f'<g fill="{face.hair}">{behind}</g>'
        f'<path fill="{face.clothes}" d="M12 96c0-20 14-27 36-27s36 7 36 27z"/>'
        f'<path fill="{face.skin}" d="M40 58h16v13c-2 7-14 7-16 0z"/>'
        '<path d="M40 62c4 4 12 4 16 0v5c-4 4-12 4-16 0z" opacity=".12"/>'
        f"{COLLARS[face.collar]}"
        f'<path fill="{face.skin}" d="M30 40c0-26 36-26 36 0 0 32-36 32-36 0z"/>'
        f'<g fill="{face.skin}"><circle cx="30" cy="46" r="4"/>'
        '<circle cx="66" cy="46" r="4"/></g>'
        f'<g fill="{face.hair}">{beard}</g>'
        f'<g fill="{face.hair}">{HAIR_BEFORE[face.style]}</g>'
        '<g fill="#27323b"><circle cx="40" cy="44" r="2"/><circle cx="56" cy="44" r="2"'
        "/></g>"
        '<path d="M48 45v6h-3" fill="none" stroke="#000" stroke-opacity=".25" '
        'stroke-width="1.5"/>'
        '<path d="M42 55q6 5 12 0" fill="none" stroke="#8c2f2f" stroke-width="2" '
        'stroke-linecap="round"/>'
        f"{GLASSES if face.has_glasses else ''}</svg>\n"
    )
