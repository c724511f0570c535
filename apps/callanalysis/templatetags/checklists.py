"""What a stage or a column is called on pages."""

from collections.abc import Mapping
from typing import Any

from django import template

from apps.callanalysis.models import ColumnType

register = template.Library()


@register.filter
def column_type(column: Mapping[str, Any]) -> str:
    """And of a column that is one of several, of which."""
    name = str(ColumnType(column["type"]).label)
    return f"{name}: {', '.join(column['options'])}" if column.get("options") else name
