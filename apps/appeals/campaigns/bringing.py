"""A list of clients is brought as a file: looked at line by line first, then taken for a draft's audience."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.appeals.campaigns.audience import MOST, Audience
from apps.appeals.campaigns.heads import head_of
from apps.appeals.campaigns.looking import look_through
from apps.appeals.campaigns.pausing import held
from apps.appeals.models import Campaign, CampaignStatus, ClientList
from apps.core.errors import Rejected
from apps.core.tables import read_table

MOST_BYTES = 10 * 1024 * 1024
TOO_BIG = _("The file is bigger than 10 MB. Leave only the phones in it, or bring it in parts.")
NO_COLUMN = _("Say in which column the phones or user names stand.")
NOBODY = _("No client of this file is known.")
STARTED = _("This campaign has been started already.")


def begin(*, campaign: Campaign, name: str, content: bytes) -> ClientList:
    """The file, read and kept for its preview. Raises Rejected with what is wrong with it."""
    if len(content) > MOST_BYTES:
        raise Rejected(TOO_BIG, code="too_big")
    table = read_table(content, most_rows=MOST)
    header_rows, column = head_of(table.rows)
    brought, _made = ClientList.objects.update_or_create(
        campaign=campaign,
        defaults={
            "tenant_id": campaign.tenant_id,
            "file_name": name[:200],
            "sheet": table.sheet,
            "other_sheets": table.other_sheets,
            "cells": table.rows,
            "column": column,
            "header_rows": header_rows,
        },
    )
    return brought


def set_column(*, brought: ClientList, column: int | None, header_rows: int) -> None:
    """What a person says of the file. Raises Rejected."""
    if column is None or column >= width_of(brought):
        raise Rejected(NO_COLUMN, code="no_column")
    brought.column, brought.header_rows = column, min(header_rows, len(brought.cells))
    brought.save(update_fields=["column", "header_rows"])


def take(*, brought: ClientList) -> None:
    """Those who were found are the audience from now on. Raises Rejected."""
    found = look_through(brought)
    if not found.lines:
        raise Rejected(NOBODY, code="nobody")
    with transaction.atomic():
        row = held(brought.campaign_id)
        if row.status != CampaignStatus.DRAFT:
            raise Rejected(STARTED, code="started")
        row.audience = replace(Audience.of(row), by_list=True, pasted="\n".join(found.lines)).as_json()
        row.save(update_fields=["audience"])
        brought.delete()


def forget(*, brought: ClientList) -> None:
    brought.delete()


def width_of(brought: ClientList) -> int:
    return max((len(row) for row in brought.cells), default=0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """As a person is shown it, to say which it is."""

    at: int
    head: str
    examples: list[str]


def columns_of(brought: ClientList, *, examples: int = 5) -> Iterator[Column]:
    head = brought.cells[brought.header_rows - 1] if brought.header_rows else []
    below = brought.cells[brought.header_rows :][:examples]
    for at in range(width_of(brought)):
        yield Column(
            at=at,
            head=head[at] if at < len(head) else "",
            examples=[row[at] if at < len(row) else "" for row in below],
        )
