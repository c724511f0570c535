"""django-q2 reads its queue by key and lock and has no index for it."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0001_initial"),
        ("django_q", "0019_alter_task_options_alter_ormq_key_alter_ormq_lock_and_more"),
    ]

    operations = [
        migrations.RunSQL(
            "CREATE INDEX IF NOT EXISTS core_queue_order ON django_q_ormq (key, lock, id)",
            "DROP INDEX IF EXISTS core_queue_order",
        ),
    ]
