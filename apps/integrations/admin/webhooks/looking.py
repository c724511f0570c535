"""One delivery as its page shows it: the headers of the last try, the very body, every try."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext

from apps.core.secrets import BLOT
from apps.integrations.webhooks import wording
from apps.integrations.webhooks.models import WebhookAttempt, WebhookDelivery

# As wide as the page, however long its lines are: on a phone it scrolls by itself.
_BOX = "overflow-x: auto; width: 0; min-width: 100%"
_PRE = f'<pre style="white-space: pre-wrap; overflow-wrap: anywhere; {_BOX}"><code>{{}}</code></pre>'
_TABLE = (
    f'<div style="{_BOX}">'
    '<table class="bc-lines"><thead><tr>{}</tr></thead>'
    "<tbody>{}</tbody></table></div>"
)
_ROW = (
    '<tr><td style="white-space: nowrap">{}</td><td>{}</td><td class="bc-number">{}</td>'
    '<td style="white-space: pre-wrap; overflow-wrap: anywhere; min-width: 12rem">{}</td></tr>'
)


def body_shown(delivery: WebhookDelivery) -> SafeString:
    return format_html(_PRE, delivery.body)


def headers_shown(delivery: WebhookDelivery) -> SafeString | str:
    """The signature is blotted out: it lets through whoever has it for as long as it is fresh."""
    last = delivery.tries.order_by("-number").first()
    if last is None:
        return "–"
    stamp = int(last.at.timestamp())
    lines = (
        "Content-Type: application/json",
        f"webhook-id: {delivery.message_id}",
        f"webhook-timestamp: {stamp}",
        f"webhook-signature: v1,{BLOT}",
    )
    return format_html(_PRE, "\n".join(lines))


def tries_shown(delivery: WebhookDelivery) -> SafeString | str:
    rows = [_row(attempt) for attempt in delivery.tries.order_by("number")]
    if not rows:
        return gettext("Not tried yet.")
    titles = (gettext("When"), gettext("What came"), gettext("Time, ms"), gettext("The answer's beginning"))
    heads = format_html_join("", "<th>{}</th>", ((title,) for title in titles))
    return format_html(_TABLE, heads, format_html_join("", _ROW, rows))


def _row(attempt: WebhookAttempt) -> tuple[object, ...]:
    took = "–" if attempt.milliseconds is None else attempt.milliseconds
    return moment(attempt.at), wording.what_came(attempt), took, attempt.answer or "–"


def moment(at: datetime) -> str:
    return f"{date_format(localtime(at), 'SHORT_DATE_FORMAT')} {localtime(at):%H:%M:%S}"
