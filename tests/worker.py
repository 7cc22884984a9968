"""The job worker in tests."""

from concurrent.futures import ThreadPoolExecutor

from django.db import connections
from procrastinate.contrib.django import app


def run_worker() -> None:
    """Do all queued jobs in a worker of its own thread, as production does."""

    def work() -> None:
        try:
            with app.replace_connector(app.connector.get_worker_connector()) as running:
                running.run_worker(wait=False, install_signal_handlers=False)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(work).result()
