"""Looking changes nothing: no page of the back office leaves a row, a job or a mail."""

from django.urls import reverse
from zeal import zeal_ignore

from tests.admin_pages import all_pages
from tests.tables import all_rows


def test_every_page_is_looked_at_and_nothing_is_written(
    client, world_of_roles, mailoutbox
):
    client.force_login(world_of_roles.people["a"])
    client.get(reverse("admin:index"))
    before = all_rows()
    statuses = {}

    with zeal_ignore():  # the history of a row asks for it twice
        for page in all_pages(world_of_roles):
            statuses[page.address] = client.get(page.address).status_code

    assert all_rows() == before
    assert mailoutbox == []
    seen = [page for page, status in statuses.items() if status == 200]
    missing = [page for page, status in statuses.items() if status >= 404]
    assert missing == [reverse("mailbox:list")]  # tests keep no mails as files
    assert len(seen) > 120  # the others are closed, or not open for this meeting
