"""What visitors wanted and could not have, as counts."""

from django.db import models
from django.db.models import Q

from directory.choices import Channel
from directory.models import Office, Subject


class UnmetDemand(models.Model):
    """How many flows found nothing to book on a day: a flow counts once.

    No personal data; kept when flows go. A subject or office that is deleted takes its
    counts along. What the visitor had not chosen yet is empty.
    """

    class Reason(models.TextChoices):
        NO_TIME = "no_time", "No free time within the horizon"
        NOT_COVERED = "not_covered", "Nobody goes to the address"
        NOTHING = "nothing", "Nothing to choose from"

    day = models.DateField(help_text="In the organisation's zone.")
    reason = models.CharField(max_length=20, choices=Reason.choices)
    segment_codes = models.CharField(max_length=1500, blank=True)
    subject = models.ForeignKey(
        Subject, models.CASCADE, null=True, blank=True, related_name="+"
    )
    channel = models.CharField(max_length=20, choices=Channel.choices, blank=True)
    office = models.ForeignKey(
        Office, models.CASCADE, null=True, blank=True, related_name="+"
    )
    count = models.PositiveIntegerField(default=0)

    class Meta:
        verbose_name_plural = "unmet demand"
        ordering = ["-day", "-count"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("day", "reason", "segment_codes"),
                    *("subject", "channel", "office"),
                ],
                name="unmet_demand_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["no_time", "not_covered", "nothing"]),
                name="unmet_demand_reason_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.get_reason_display()}: {self.count}"
