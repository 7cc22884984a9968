"""What a browser posts when nobody touches a form."""

from html.parser import HTMLParser


class Posted(HTMLParser):
    """Collects what a browser sends for the page's form."""

    def __init__(self):
        super().__init__()
        self.data, self.select, self.area = {}, None, None

    def add(self, name, value):
        if name and "__prefix__" not in name:
            self.data.setdefault(name, []).append(value)

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        name, kind = found.get("name"), found.get("type")
        if tag == "input" and kind not in {"submit", "search"}:
            if kind not in {"checkbox", "radio"} or "checked" in found:
                self.add(name, found.get("value", "on" if kind == "checkbox" else ""))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in found:
            self.add(self.select, found.get("value", ""))
        elif tag == "textarea":
            self.area, self.text = name, ""

    def handle_data(self, data):
        if self.area:
            self.text += data

    def handle_endtag(self, tag):
        if tag == "textarea" and self.area:
            self.add(self.area, self.text.lstrip("\r\n"))
            self.area = None
        elif tag == "select":
            self.select = None


def posted(page):
    parser = Posted()
    parser.feed(page.content.decode())
    return parser.data
