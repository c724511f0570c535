"""Tables that people bring as files: rows of texts, whatever the file looks like inside."""

from apps.core.tables.reading import Table, read_table

__all__ = ["Table", "read_table"]
