"""What an app consists of: configs and builds, joined to releases. All three are only ever added to."""

import uuid

from django.db import models

from controller.model.accounts import User
from controller.model.applications import App


class Config(models.Model):
    """Everything that is not code."""

    uuid = models.UUIDField(default=uuid.uuid4, primary_key=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="configs")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    values = models.JSONField(default=dict)
    memory = models.JSONField(default=dict)
    cpu = models.JSONField(default=dict)
    tags = models.JSONField(default=dict)
    registry = models.JSONField(default=dict)
    healthcheck = models.JSONField(default=dict)
    lifecycle_post_start = models.JSONField(default=dict, db_default={})
    lifecycle_pre_stop = models.JSONField(default=dict, db_default={})
    termination_grace_period = models.JSONField(default=dict, db_default={})
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_config"


class Build(models.Model):
    """Code: an image, or the object key of a slug."""

    uuid = models.UUIDField(default=uuid.uuid4, primary_key=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="builds")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    image = models.TextField()
    sha = models.CharField(max_length=40, blank=True, default="")
    procfile = models.JSONField(default=dict)
    dockerfile = models.TextField(blank=True, default="")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_build"


class ReleaseState(models.TextChoices):
    """A pending release is not yet the one that counts; a failed one never was."""

    PENDING = "pending"
    GOOD = "good"
    FAILED = "failed"


class Release(models.Model):
    """One config and one build (or none yet) under a version number."""

    uuid = models.UUIDField(default=uuid.uuid4, primary_key=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="releases")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField()
    summary = models.TextField(blank=True, default="")
    state = models.CharField(max_length=10, choices=ReleaseState.choices, default=ReleaseState.PENDING)
    exception = models.TextField(null=True)
    """Why it failed."""
    config = models.ForeignKey(Config, on_delete=models.CASCADE, related_name="+")
    build = models.ForeignKey(Build, on_delete=models.CASCADE, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_release"
        constraints = (models.UniqueConstraint(fields=["app", "version"], name="one_release_a_version"),)
