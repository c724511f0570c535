"""Chores of the test application, done and claimed as workers do; for tests."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from apps.core.work import Work, find, registered
from apps.core.work.claim import claim
from apps.core.work.perform import run
from tests.core.workapp.models import Chore

Replaced = Callable[..., Work]


@pytest.fixture
def replaced(monkeypatch: pytest.MonkeyPatch) -> Replaced:
    """The chores' Work with other parts."""

    def replace(**parts: Any) -> Work:
        names = ("model", "title", "run", "lease", "max_failures", "repeatable", "settled")
        work = Work(**{name: getattr(find("workapp.Chore"), name) for name in names} | parts)
        monkeypatch.setitem(registered(), "workapp.Chore", work)
        return work

    return replace


def do(**fields: Any) -> Chore:
    chore = Chore.objects.create(**fields)
    run("workapp.Chore", chore.pk)
    chore.refresh_from_db()
    return chore


def make_due(chore: Chore) -> None:
    Chore.objects.filter(pk=chore.pk).update(due_at=timezone.now())


def run_out(chore: Any) -> None:
    Chore.objects.filter(pk=chore.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def take(**fields: Any) -> Chore:
    chore: Chore | None = claim(find("workapp.Chore"), Chore.objects.create(**fields).pk)
    assert chore is not None
    return chore
