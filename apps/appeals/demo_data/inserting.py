"""INSERT … SELECT into a model's table: what the query does not give has the model's own default."""

from typing import Any

from django.db import connection, models


def insert(
    model: type[models.Model], values: dict[str, str], source: str, params: tuple[Any, ...] = ()
) -> int:
    """`values` are SQL expressions by column over `source` (what follows FROM); `params` fill the source's
    placeholders. Returns how many rows it made.
    """
    given, defaults = dict(values), []
    for field in model._meta.local_concrete_fields:
        column = str(field.column)
        if column in given or (field.primary_key and not field.has_default()):
            continue
        if isinstance(field, models.UUIDField):
            given[column] = "gen_random_uuid()"
            continue
        now = isinstance(field, models.DateTimeField) and (field.has_default() or field.auto_now)
        value = field.get_db_prep_save(field.get_default(), connection)
        given[column] = "now()" if now else f"%s::{field.db_type(connection)}"
        if not now:
            defaults.append(value)
    columns = ", ".join(f'"{column}"' for column in given)
    sql = f'INSERT INTO "{model._meta.db_table}" ({columns}) SELECT {", ".join(given.values())} FROM {source}'
    with connection.cursor() as cursor:
        cursor.execute(sql, [*defaults, *params])
        return int(cursor.rowcount)


def run(sql: str, params: tuple[Any, ...] | dict[str, Any] = ()) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql, params or None)


def next_id(model: type[models.Model]) -> str:
    """An expression that takes the next id of the table."""
    return f"nextval(pg_get_serial_sequence('{model._meta.db_table}', 'id'))"
