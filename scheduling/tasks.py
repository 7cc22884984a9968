"""Jobs that the worker does. Each reads the clock once and calls what does the work."""

from datetime import datetime
from functools import partial

import structlog
from django.db import transaction
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from config import clock
from directory.models import Office
from directory.services import HolidaysUnknownError, add_public_holidays
from scheduling import housekeeping, messages, reminders, resuming, unlocking
from scheduling.errors import SchedulingError
from scheduling.models import Appointment, AppointmentEvent
from scheduling.services.attempts import settle
from scheduling.services.cancelling import cancel_appointment

log = structlog.get_logger(__name__)

UNANSWERED = "unanswered"
BATCH = 500


# 2 + 4 + 8 ... seconds: a mail server may be away for a day and nothing is lost.
@app.task(
    name=messages.SEND_MESSAGE,
    queue=messages.MAIL_QUEUE,
    retry=RetryStrategy(max_attempts=16, exponential_wait=2),
)
def send_message(*, message_id: int) -> None:
    messages.send(message_id, now=clock.now())


@app.task(
    name=resuming.SEND_RESUME_LINK,
    queue=messages.MAIL_QUEUE,
    retry=RetryStrategy(max_attempts=8, exponential_wait=2),
)
def send_resume_link(*, flow_id: str, number: int, address: str) -> None:
    resuming.send_resume_link(flow_id, number, address)


@app.task(
    name=unlocking.SEND_ACCESS_CODE,
    queue=messages.MAIL_QUEUE,
    retry=RetryStrategy(max_attempts=8, exponential_wait=2),
)
def send_access_code(*, code_id: int) -> None:
    unlocking.send_access_code(code_id, now=clock.now())


@app.periodic(cron="* * * * * */15")  # the sixth field is seconds
@app.task(
    name="scheduling.retry_stalled_jobs",
    queueing_lock="retry_stalled_jobs",
    pass_context=True,
)
async def retry_stalled_jobs(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a killed worker to one that lives."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=15):
        await manager.retry_job(job)


@app.periodic(cron="*/5 * * * *")
@app.task(name="scheduling.delete_expired_holds", queueing_lock="delete_expired_holds")
def delete_expired_holds(timestamp: int) -> None:
    housekeeping.delete_expired_holds(now=clock.now())


@app.periodic(cron="17 3 * * *")
@app.task(name="scheduling.purge", queueing_lock="purge")
def purge(timestamp: int) -> None:
    log.info("purged", **housekeeping.purge(now=clock.now()))


@app.periodic(cron="* * * * *")
@app.task(name="scheduling.cancel_unanswered", queueing_lock="cancel_unanswered")
def cancel_unanswered(timestamp: int) -> None:
    """Cancel the requests that nobody had answered when they started."""
    now = clock.now()
    late = Appointment.objects.filter(
        status=Appointment.Status.REQUESTED, starts_at__lte=now
    ).order_by("starts_at")
    for appointment_id in late.values_list("pk", flat=True)[:BATCH]:
        try:
            settle(partial(cancel_if_unanswered, appointment_id, now=now))
        except SchedulingError as error:
            # The next minute looks again.
            log.warning("unanswered_not_cancelled", problem=type(error).__name__)


@transaction.atomic
def cancel_if_unanswered(appointment_id: int, *, now: datetime) -> None:
    """Cancel a request, unless staff answer it at this very moment."""
    request = (
        Appointment.objects.select_for_update(no_key=True, skip_locked=True)
        .filter(pk=appointment_id, status=Appointment.Status.REQUESTED)
        .first()
    )
    if request is not None:
        cancel_appointment(
            request,
            actor=AppointmentEvent.Actor.SYSTEM,
            reason=UNANSWERED,
            now=now,
        )


@app.periodic(cron="* * * * *")
@app.task(name="scheduling.queue_due_reminders", queueing_lock="queue_due_reminders")
def queue_due_reminders(timestamp: int) -> None:
    """Queue the reminders that are due; each is sent once, and only if still true."""
    queued = settle(partial(reminders.queue_due_reminders, now=clock.now()))
    if queued:
        log.info("reminders_queued", count=queued)


@app.periodic(cron="41 2 * * *")
@app.task(name="scheduling.add_holidays", queueing_lock="add_holidays")
def add_holidays(timestamp: int) -> None:
    """Add public holidays of this and the next two years to every office."""
    now = clock.now()
    for office in Office.objects.filter(is_active=True):
        try:
            add_public_holidays(office, now=now)
        except HolidaysUnknownError:
            log.warning("holidays_unknown", office=office.code)
