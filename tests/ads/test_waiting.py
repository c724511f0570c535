"""The lines of an upload that wait: as many pages of the database for each, however many there are."""

import pytest

from apps.ads.connectors.yandex_audience import plain
from apps.ads.launching import begin
from apps.ads.models import Cause, Export
from apps.ads.planning import plan
from apps.ads.waiting import additions, removals
from apps.appeals.models import Contact
from apps.channels.models import Channel
from apps.integrations.models import Connection
from apps.integrations.registry import connector
from tests.ads.conftest import many, placement_of
from tests.ads.steps import pages_read

pytestmark = pytest.mark.django_db


def planned(connection: Connection) -> Export:
    Export.objects.update(state="done")
    export = begin(placement=placement_of(connection), cause=Cause.BY_HAND)
    plan(export, connector(connection.connector))
    return export


@pytest.mark.parametrize("people", [None, 400])
def test_without_statistics_four_times_the_lines_cost_about_four_times_as_much(
    channel: Channel, ya: Connection, people: int | None
) -> None:
    many(channel, 500)
    few = planned(ya)
    pages = pages_read(lambda: additions(few, plain.TERMS, people, None))
    many(channel, 1500, start=500)
    more = planned(ya)
    assert len(additions(more, plain.TERMS, None, None).ids) == 4000
    assert pages_read(lambda: additions(more, plain.TERMS, people, None)) < 7 * pages


def test_a_client_who_withdrew_does_not_wait_and_one_who_was_deleted_does(
    channel: Channel, ya: Connection
) -> None:
    many(channel, 3)
    export = planned(ya)
    first, second, _third = Contact.objects.order_by("pk")
    Contact.objects.filter(pk=first.pk).update(unsubscribed_at=first.created_at)
    assert len(additions(export, plain.TERMS, None, None).lines) == 4
    export.additions.update(removed_by=export, leaves=True)
    second.delete()
    assert len(removals(export, plain.TERMS, 1, None).ids) == 2
    assert len(removals(export, plain.TERMS, None, None).ids) == 6
