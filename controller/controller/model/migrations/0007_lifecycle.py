"""What a process type runs when it starts and before it stops, and how long it may take to stop.

Controllers of the version before may go on: what they do not know is filled in by the database.
"""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controller", "0006_audit")]

    operations = [
        migrations.AddField("config", name, models.JSONField(db_default={}, default=dict))
        for name in ("lifecycle_post_start", "lifecycle_pre_stop", "termination_grace_period")
    ]
