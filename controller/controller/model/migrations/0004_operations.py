"""Operations tell what happened and how far the pods are, and can be cancelled.

Controllers of the version before may go on: what they do not know is filled in by the database.
"""

from django.db import migrations, models
from django.db.models.functions import Now

STATES = ["queued", "running", "succeeded", "failed", "superseded", "cancelled"]


class Migration(migrations.Migration):
    dependencies = [("controller", "0003_logins")]

    operations = [
        migrations.AddField("operation", "events", models.JSONField(db_default=[], default=list)),
        migrations.AddField("operation", "situation", models.JSONField(null=True)),
        migrations.AddField(
            "operation",
            "cancelled_by",
            models.CharField(blank=True, db_default="", default="", max_length=150),
        ),
        migrations.AddField("operation", "updated", models.DateTimeField(db_default=Now())),
        migrations.AlterField(
            "operation",
            "state",
            models.CharField(
                choices=[(state, state.title()) for state in STATES], default="queued", max_length=10
            ),
        ),
        migrations.RunSQL(
            "UPDATE deis_operation SET updated = COALESCE(finished, started, created)", migrations.RunSQL.noop
        ),
    ]
