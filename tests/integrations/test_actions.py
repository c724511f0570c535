"""The action log is kept for three months and no longer."""

from datetime import timedelta

import pytest
from django.utils import timezone

from apps.integrations import actions
from apps.integrations.models import ActionLog, Connection


def logged(connection: Connection, *, days_ago: float) -> ActionLog:
    return ActionLog.objects.create(
        tenant=connection.tenant,
        connection=connection,
        at=timezone.now() - timedelta(days=days_ago),
        method="GET",
        host="service.example",
        path="/",
        milliseconds=1,
    )


def test_what_is_older_than_ninety_days_goes_however_much_it_is(
    connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(actions, "AT_ONCE", 2)
    ages = (200, 150, 120, 89, 91, 90.1, 89.9, 0)
    rows = {age: logged(connection, days_ago=age) for age in ages}
    assert actions.prune() == 5
    kept = {rows[age].pk for age in (89, 89.9, 0)}
    assert set(ActionLog.objects.values_list("pk", flat=True)) == kept


def test_where_nothing_is_old_nothing_goes(connection: Connection) -> None:
    logged(connection, days_ago=1)
    assert actions.prune() == 0
    assert ActionLog.objects.exists()
