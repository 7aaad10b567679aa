"""Who changed what from where. The database itself refuses to change or delete a row."""

from django.db import models
from django.db.models.functions import Now


class AuditEntry(models.Model):
    """One change. It refers to people and apps by name, and survives both."""

    number = models.BigAutoField(primary_key=True)
    moment = models.DateTimeField(db_default=Now())
    actor = models.CharField(max_length=150)
    address = models.CharField(max_length=45)
    agent = models.CharField(max_length=200, blank=True)
    """What the client calls itself."""
    action = models.CharField(max_length=40)
    target = models.CharField(max_length=300, blank=True)
    """The user, key, domain or the like, where it is not the app itself."""
    app_id = models.CharField(max_length=63, blank=True)
    app_uuid = models.UUIDField(null=True)
    """Tells the app from others that had its name before."""
    outcome = models.CharField(max_length=10)
    details = models.JSONField(default=dict)
    """Names of what changed; never a config's values."""
    operation = models.UUIDField(null=True)

    class Meta:
        db_table = "deis_audit"
        indexes = (
            models.Index(fields=["app_uuid", "-number"], name="audit_of_an_app"),
            models.Index(fields=["actor", "-number"], name="audit_of_a_user"),
        )
