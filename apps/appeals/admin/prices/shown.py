"""What the preview of an import shows: the columns, and of each kind as many lines as one looks through."""

from typing import Any

from django.utils.translation import gettext as _

from apps.appeals.models import PriceImport
from apps.appeals.prices.columns import FIELDS, is_enough
from apps.appeals.prices.comparing import Change, Known, plan_of
from apps.appeals.prices.labels import price_label

MOST_SHOWN = 200
EXAMPLES = 5

KINDS = ("problems", "changed", "new", "gone")


def preview_context(imported: PriceImport, *, show: str) -> dict[str, Any]:
    context = {
        "columns": _columns(imported),
        "fields": [(name, str(label)) for name, label in FIELDS.items()],
        "is_enough": is_enough(imported.columns),
    }
    if not context["is_enough"]:
        return context
    plan = plan_of(imported)
    lines = {
        "problems": [
            {"number": one.number, "title": one.words or "–", "why": one.text}
            for one in plan.problems[:MOST_SHOWN]
        ],
        "changed": [_changed(change) for change in plan.changed[:MOST_SHOWN]],
        "new": [_new(change) for change in plan.new[:MOST_SHOWN]],
        "gone": [_gone(line) for line in plan.gone[:MOST_SHOWN]],
    }
    titles = {"problems": _("Errors"), "changed": _("Changes"), "new": _("New"), "gone": _("Switched off")}
    counts = plan.counts
    shown = show if show in KINDS and counts[show] else next((kind for kind in KINDS if counts[kind]), "")
    return {
        **context,
        "plan": plan,
        "tabs": [(kind, titles[kind], counts[kind]) for kind in KINDS if counts[kind]],
        "shown": shown,
        "lines": lines.get(shown, []),
        "rest": max(0, counts.get(shown, 0) - MOST_SHOWN),
    }


def _columns(imported: PriceImport) -> list[dict[str, Any]]:
    head = imported.cells[imported.header_rows - 1] if imported.header_rows else []
    below = imported.cells[imported.header_rows :][:EXAMPLES]
    return [
        {
            "at": at,
            "head": head[at] if at < len(head) else "",
            "field": field,
            "examples": [row[at] if at < len(row) else "" for row in below],
        }
        for at, field in enumerate(imported.columns)
    ]


def _title(values: Any) -> str:
    device = f"{values['brand']} {values['model']}".strip()
    return " · ".join(filter(None, (device, values["work"], values["part"])))


def _new(change: Change) -> dict[str, Any]:
    return {"number": change.row.number, "title": _title(change.values), "now": _price(change.values)}


def _changed(change: Change) -> dict[str, Any]:
    old = change.before.values if change.before else {}
    was, now = _price(old), _price(change.values)
    others = [name for name in change.changed if name not in ("price", "price_to", "is_from", "currency")]
    told = [_other(name, old.get(name), change.values[name]) for name in others]
    return {
        "number": change.row.number,
        "title": _title(change.values),
        "was": was if was != now else "",
        "now": now,
        "others": "; ".join(told),
    }


def _gone(line: Known) -> dict[str, Any]:
    return {"number": "", "title": _title(line.values), "now": _price(line.values)}


def _price(values: Any) -> str:
    return price_label(values["price"], values["price_to"], values["currency"], is_from=values["is_from"])


def _other(name: str, was: Any, now: Any) -> str:
    if name == "is_active":
        return _("in use again") if now else _("out of use")
    return f"{FIELDS[name]}: {was or '–'} → {now or '–'}"
