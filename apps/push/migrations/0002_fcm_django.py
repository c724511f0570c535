"""Devices are fcm-django's: its names for what they had, and the user beside the member."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models


ACTIVE = "UPDATE push_device SET active = false WHERE gone_at IS NOT NULL;"
GONE = "UPDATE push_device SET gone_at = now() WHERE NOT active;"
# Foreign keys that wait for the end of the transaction would hold the table's next change up.
AT_ONCE = "SET CONSTRAINTS ALL IMMEDIATE;"
USER = f"""
{AT_ONCE}
UPDATE push_device AS device SET user_id = member.user_id
    FROM tenants_member AS member WHERE member.id = device.member_id;
"""
# A phone was known again by its token's digest, a browser by its address's: that is now its `device_id`.
UNNAMED = "UPDATE push_device SET device_id = NULL WHERE type <> 'web';"
BY_TOKEN = f"""
{AT_ONCE}
UPDATE push_device SET device_id = encode(sha256(convert_to(registration_id, 'UTF8')), 'hex')
    WHERE type <> 'web';
"""


class Migration(migrations.Migration):

    dependencies = [
        ('push', '0001_initial'),
        ('tenants', '0007_letters'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(model_name='device', name='push_device_once'),
        migrations.RemoveIndex(model_name='device', name='push_device_reachable'),
        migrations.RenameField(model_name='device', old_name='token', new_name='registration_id'),
        migrations.RenameField(model_name='device', old_name='platform', new_name='type'),
        migrations.RenameField(model_name='device', old_name='digest', new_name='device_id'),
        migrations.RenameField(model_name='device', old_name='since', new_name='date_created'),
        migrations.AlterModelOptions(
            name='device',
            options={'ordering': ('-date_created', '-id'), 'verbose_name': 'device', 'verbose_name_plural': 'devices'},
        ),
        migrations.AddField(
            model_name='device',
            name='active',
            field=models.BooleanField(default=True, help_text='Inactive devices will not be sent notifications', verbose_name='Is active'),
        ),
        migrations.RunSQL(ACTIVE, GONE),
        migrations.RemoveField(model_name='device', name='gone_at'),
        migrations.AddField(
            model_name='device',
            name='user',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.RunSQL(USER, migrations.RunSQL.noop),
        migrations.AlterField(
            model_name='device',
            name='user',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='user'),
        ),
        migrations.AlterField(
            model_name='device',
            name='id',
            field=models.BigAutoField(primary_key=True, serialize=False),
        ),
        migrations.AlterField(
            model_name='device',
            name='name',
            field=models.CharField(blank=True, max_length=255, null=True, verbose_name='Name'),
        ),
        migrations.AlterField(
            model_name='device',
            name='type',
            field=models.CharField(choices=[('ios', 'ios'), ('android', 'android'), ('web', 'web')], max_length=10),
        ),
        migrations.AlterField(
            model_name='device',
            name='device_id',
            field=models.CharField(blank=True, db_index=True, help_text='Unique device identifier', max_length=255, null=True, verbose_name='Device ID'),
        ),
        migrations.RunSQL(UNNAMED, BY_TOKEN),
        migrations.AddIndex(
            model_name='device',
            index=models.Index(condition=models.Q(('active', True)), fields=['tenant', 'member'], name='push_device_reachable'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(fields=('connection', 'device_id'), name='push_device_once'),
        ),
        migrations.AddConstraint(
            model_name='device',
            constraint=models.UniqueConstraint(models.F('connection'), django.db.models.functions.text.MD5('registration_id'), name='push_token_once'),
        ),
    ]
