"""The bell of the desk rings for devices as well: a row of work for each member who has one."""

import apps.appeals.models.notices
import django.contrib.postgres.fields
import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


RING = """
CREATE OR REPLACE FUNCTION desk_ring(tenant bigint, member bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('desk', 'bell:' || tenant || ':' || coalesce(member, 0));
    -- In the transaction of what it rings for: whoever has a device is told, or it did not happen. Two seconds
    -- gather what belongs together.
    IF EXISTS (SELECT FROM push_device AS device WHERE device.tenant_id = tenant AND device.gone_at IS NULL
            AND (member IS NULL OR device.member_id = member)) THEN
        INSERT INTO appeals_devicering (tenant_id, member_id, state, due_at, attempts, failures, lane,
                error_code, error_text)
            VALUES (tenant, member, 'queued', clock_timestamp() + interval '2 seconds', 0, 0, '', '', '');
    END IF;
END $$;
"""
AS_BEFORE = """
CREATE OR REPLACE FUNCTION desk_ring(tenant bigint, member bigint) RETURNS void LANGUAGE sql AS $$
    SELECT pg_notify('desk', 'bell:' || tenant || ':' || coalesce(member, 0));
$$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('appeals', '0022_figures_seen'),
        ('push', '0001_initial'),
        ('tenants', '0006_teams'),
    ]

    operations = [
        migrations.AddField(
            model_name='noticewishes',
            name='pushed',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(choices=[('own', 'A client wrote in an appeal I lead'), ('free', 'A new appeal that nobody leads'), ('mention', 'I am named in a note'), ('handed', 'An appeal was handed to me'), ('due', 'A deadline of mine is near, or missed'), ('failed', 'An answer of mine was not delivered')], max_length=8), blank=True, default=apps.appeals.models.notices.usual_pushed, size=None, verbose_name='on devices'),
        ),
        migrations.CreateModel(
            name='DeviceRing',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('state', models.CharField(choices=[('queued', 'queued'), ('running', 'running'), ('done', 'done'), ('failed', 'failed'), ('unknown', 'unknown')], default='queued', editable=False, max_length=8, verbose_name='state')),
                ('due_at', models.DateTimeField(default=django.utils.timezone.now, editable=False, verbose_name='due at')),
                ('attempts', models.PositiveIntegerField(default=0, editable=False, verbose_name='attempts')),
                ('failures', models.PositiveIntegerField(default=0, editable=False, verbose_name='failures')),
                ('lease_until', models.DateTimeField(editable=False, null=True, verbose_name='lease until')),
                ('rung_at', models.DateTimeField(editable=False, null=True, verbose_name='put on the queue at')),
                ('lane', models.CharField(blank=True, default='', editable=False, max_length=120, verbose_name='lane')),
                ('error_code', models.CharField(blank=True, default='', editable=False, max_length=64, verbose_name='error code')),
                ('error_text', models.TextField(blank=True, default='', editable=False, verbose_name='error')),
                ('member', models.ForeignKey(db_constraint=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.member', verbose_name='employee')),
                ('tenant', models.ForeignKey(db_constraint=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='tenants.tenant', verbose_name='organisation')),
            ],
            options={
                'verbose_name': 'bell for devices',
                'verbose_name_plural': 'bells for devices',
                'abstract': False,
                'indexes': [models.Index(condition=models.Q(('state', 'queued')), fields=['due_at'], name='devicering_due'), models.Index(condition=models.Q(('rung_at__isnull', False), ('state', 'queued')), fields=['rung_at'], name='devicering_rung'), models.Index(condition=models.Q(('state', 'running')), fields=['lease_until'], name='devicering_leased'), models.Index(condition=models.Q(('state__in', ['queued', 'running']), models.Q(('lane', ''), _negated=True)), fields=['lane', 'id'], name='devicering_lane'), models.Index(condition=models.Q(('state__in', ['failed', 'unknown'])), fields=['error_code'], name='devicering_trouble')],
            },
        ),
        migrations.RunSQL(RING, AS_BEFORE),
    ]
