"""What staff decide about messages: words and reminders."""

from django.contrib import admin

from directory.admin.base import ParlourAdmin
from scheduling.models import MessageTemplate, Reminder


@admin.register(MessageTemplate)
class MessageTemplateAdmin(ParlourAdmin):
    list_display = ["kind", "recipient", "language", "title"]
    list_filter = ["kind", "recipient", "language"]
    search_fields = ["title", "opening", "closing"]


@admin.register(Reminder)
class ReminderAdmin(ParlourAdmin):
    list_display = ["code", "minutes_before", "recipient", "is_active"]
    list_filter = ["recipient", "is_active"]
    search_fields = ["code"]
