"""Tokens may have a name and a scope; failed logins are counted. Controllers of the version before may go on."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("controller", "0002_certificates")]

    operations = [
        migrations.AddField(
            "token", "name", models.CharField(blank=True, db_default="", max_length=100)
        ),
        migrations.AddField(
            "token",
            "scope",
            models.CharField(choices=[("everything", "Everything")], db_default="everything", max_length=20),
        ),
        migrations.CreateModel(
            "LoginBucket",
            fields=[
                ("name", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("level", models.FloatField(default=0)),
                ("updated", models.DateTimeField()),
                ("succeeded", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "deis_login_bucket",
                "indexes": [models.Index(fields=["updated"], name="login_buckets_oldest")],
            },
        ),
    ]
