"""Apps, who may use them, and what is left of them."""

import uuid

from django.db import models

from controller.model.accounts import User


class App(models.Model):
    """An app; its id is its name everywhere, in the cluster too."""

    id = models.CharField(max_length=63, primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="apps")
    structure = models.JSONField(default=dict)
    """Process type to count."""
    procfile_structure = models.JSONField(default=dict, db_default={})
    """Process type to command, as of the newest build that was deployed or scaled."""
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_app"


class AppPermission(models.Model):
    """A user's explicit permission to use an app."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="permissions")
    user = models.ForeignKey(User, to_field="username", on_delete=models.CASCADE, related_name="permissions")

    class Meta:
        db_table = "deis_app_permission"
        constraints = (models.UniqueConstraint(fields=["app", "user"], name="one_permission"),)


class Tombstone(models.Model):
    """An app that was destroyed: an operation that resumes must not make it again."""

    app_uuid = models.UUIDField(primary_key=True)
    app_id = models.CharField(max_length=63)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "deis_tombstone"
