"""A stranger writes to thousands of services that do not exist: the page that counts them stays a page."""

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.channels.models import InboundEvent, Outcome
from apps.core.models import State

pytestmark = pytest.mark.django_db
MANY = 1500


@pytest.fixture(autouse=True)
def events(db):
    InboundEvent.objects.bulk_create(
        InboundEvent(
            connector=f"made-up-{number}",
            event_key=f"{number:064d}",
            body=b"{}",
            state=State.DONE,
            outcome=Outcome.UNROUTED,
            reason="unknown_connector",
            received_at=timezone.now(),
        )
        for number in range(MANY)
    )


def test_the_accounting_counts_them_all_in_few_lines(root, signed_in):
    answer = signed_in(root).get(reverse("admin:channels_accounting"))
    assert answer.context["total"] == MANY
    assert answer.context["adds_up"]
    assert len(answer.text) < 1_000_000
    assert sum(row["line"].received for row in answer.context["rows"]) == MANY


def test_the_rest_of_the_lines_leads_to_a_list_that_opens(root, signed_in):
    visitor = signed_in(root)
    last = visitor.get(reverse("admin:channels_accounting")).context["rows"][-1]
    assert visitor.get(last["received_url"]).status_code == 200


def test_the_list_offers_no_thousand_filters(root, signed_in):
    assert len(signed_in(root).get(reverse("admin:channels_inboundevent_changelist")).text) < 1_000_000
