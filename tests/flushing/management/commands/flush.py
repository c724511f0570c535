"""manage.py flush, as tests need it: only what a test has written is taken out.

Django's truncates every table, a hundred and fifty of them with their indexes, and then makes content types
and permissions again; that took a third of a second after each test that commits.
"""

from typing import Any

from django.core.management.commands import flush
from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

# What migrations and their signals have put there, and no test changes.
KEPT = ("django_migrations", "django_content_type", "auth_permission")


class Command(flush.Command):
    help = "Takes out all rows, as tests need it."

    def handle(self, **options: Any) -> None:
        connection = connections[options["database"]]
        if options.get("reset_sequences") or not _may_switch_triggers_off(connection):
            super().handle(**options)
            return
        with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
            # Neither foreign keys nor our own triggers have a say in it.
            cursor.execute("SET LOCAL session_replication_role = replica")
            for table in _filled(connection):
                cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")  # noqa: S608


def _may_switch_triggers_off(connection: BaseDatabaseWrapper) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        return bool(cursor.fetchone()[0])


def _filled(connection: BaseDatabaseWrapper) -> list[str]:
    quoted = connection.ops.quote_name
    tables = [name for name in connection.introspection.table_names() if name not in KEPT]
    looks = [f"(SELECT '{name}' FROM {quoted(name)} LIMIT 1)" for name in tables]  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(looks))
        return [row[0] for row in cursor.fetchall()]
