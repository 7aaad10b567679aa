"""A release tells why it failed, an app its Procfile. Of releases that failed before nobody knows it any more."""

from django.db import migrations, models

FILL = """
    UPDATE deis_app SET procfile_structure = build.procfile
    FROM (
      SELECT DISTINCT ON (release.app_id) release.app_id, deis_build.procfile
      FROM deis_release AS release JOIN deis_build ON deis_build.uuid = release.build_id
      WHERE release.state = 'good' ORDER BY release.app_id, release.version DESC
    ) AS build
    WHERE build.app_id = deis_app.id
"""


class Migration(migrations.Migration):
    dependencies = [("controller", "0007_lifecycle")]

    operations = [
        migrations.AddField("release", "exception", models.TextField(null=True)),
        migrations.AddField("app", "procfile_structure", models.JSONField(db_default={}, default=dict)),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
    ]
