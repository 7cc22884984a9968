"""Jobs that the worker does. Each reads the clock once and calls what does the work."""

import structlog
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from config import clock
from directory.models import Office
from directory.services import HolidaysUnknownError, add_public_holidays
from scheduling import housekeeping, messages

log = structlog.get_logger(__name__)


# 2 + 4 + 8 ... seconds: a mail server may be away for a day and nothing is lost.
@app.task(
    name=messages.SEND_MESSAGE,
    queue=messages.MAIL_QUEUE,
    retry=RetryStrategy(max_attempts=16, exponential_wait=2),
)
def send_message(*, message_id: int) -> None:
    messages.send(message_id, now=clock.now())


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
