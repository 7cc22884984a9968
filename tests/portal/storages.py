"""A storage of static files in which none was collected."""

from django.contrib.staticfiles.storage import StaticFilesStorage


class NothingCollected(StaticFilesStorage):
    def url(self, name):
        if name == "img/dog.svg":
            raise ValueError(name)
        return super().url(name)
