"""Lists as staff keep them: filters under a name."""

from django.db import models

from directory.models.people import User


class SavedView(models.Model):
    """A list with its filters, kept by a person; some are for all who see the list.

    It holds an address's query, no rows: whoever opens it sees what they reach.
    """

    owner = models.ForeignKey(User, models.CASCADE, related_name="saved_views")
    list_name = models.CharField(
        max_length=100, help_text="Which list: scheduling.appointment."
    )
    name = models.CharField(max_length=60)
    query = models.CharField(max_length=2000, blank=True)
    is_shared = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list_name", "name"], name="saved_view_name_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name
