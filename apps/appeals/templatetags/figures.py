"""Figures as the start page shows them."""

from urllib.parse import urlencode

from django import template

from apps.appeals.dashboard import tiles
from apps.appeals.dashboard.links import desk
from apps.appeals.dashboard.periods import Period
from apps.appeals.dashboard.team import Line

register = template.Library()

register.filter("span", tiles.span)
register.filter("number", tiles.number)
register.filter("percent", tiles.percent)


@register.filter
def opens(line: Line, figure: str) -> str:
    """Where the rows of one figure of a colleague's are."""
    match figure:
        case "open_now":
            return line.links.open_now()
        case "waiting":
            return desk("waiting", operator=line.links.member_id)
        case "answered":
            return line.links.answered()
        case "in_time":
            return line.links.answered(answered_in_time="1")
        case "sent":
            return line.links.sent()
        case "closed":
            return line.links.closed()
    raise ValueError(figure)


@register.filter
def of_most(value: int, most: int) -> int:
    """A bar's length in percent."""
    return round(value / most * 100) if most else 0


@register.filter
def period_query(period: Period) -> str:
    return urlencode(
        {"period": "custom", "since": period.first.isoformat(), "until": period.last.isoformat()}
    )
