"""The trail of changes, to which the database only lets rows be added, and where operations came from."""

from django.db import migrations, models
from django.db.models.functions import Now

GUARD = """
    CREATE FUNCTION deis_audit_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      RAISE EXCEPTION 'the trail of changes is only ever added to' USING ERRCODE = 'insufficient_privilege';
    END $$;
    CREATE TRIGGER deis_audit_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON deis_audit
    FOR EACH STATEMENT EXECUTE FUNCTION deis_audit_refuse();
"""
UNGUARD = "DROP TRIGGER deis_audit_is_append_only ON deis_audit; DROP FUNCTION deis_audit_refuse();"


class Migration(migrations.Migration):
    dependencies = [("controller", "0005_runs")]

    operations = [
        migrations.AddField("operation", "origin", models.JSONField(null=True)),
        migrations.CreateModel(
            "AuditEntry",
            fields=[
                ("number", models.BigAutoField(primary_key=True, serialize=False)),
                ("moment", models.DateTimeField(db_default=Now())),
                ("actor", models.CharField(max_length=150)),
                ("address", models.CharField(max_length=45)),
                ("agent", models.CharField(blank=True, max_length=200)),
                ("action", models.CharField(max_length=40)),
                ("target", models.CharField(blank=True, max_length=300)),
                ("app_id", models.CharField(blank=True, max_length=63)),
                ("app_uuid", models.UUIDField(null=True)),
                ("outcome", models.CharField(max_length=10)),
                ("details", models.JSONField(default=dict)),
                ("operation", models.UUIDField(null=True)),
            ],
            options={
                "db_table": "deis_audit",
                "indexes": [
                    models.Index(fields=["app_uuid", "-number"], name="audit_of_an_app"),
                    models.Index(fields=["actor", "-number"], name="audit_of_a_user"),
                ],
            },
        ),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
