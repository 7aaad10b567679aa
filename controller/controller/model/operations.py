"""What is being done to an app, and by whom. The rules are in package ``operations``."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


class OperationState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SUPERSEDED = "superseded"
    CANCELLED = "cancelled"


class Operation(models.Model):
    """One change to an app's workload. It refers to the app by name and survives it."""

    number = models.BigAutoField(primary_key=True)
    """Order of arrival."""
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    app_id = models.CharField(max_length=63)
    app_uuid = models.UUIDField(null=True)
    kind = models.CharField(max_length=20)
    state = models.CharField(max_length=10, choices=OperationState.choices, default=OperationState.QUEUED)
    phase = models.CharField(max_length=40, blank=True, default="")
    message = models.TextField(blank=True, default="")
    """What the phase says of itself."""
    cause = models.TextField(blank=True, default="")
    """Why it is going back, once it is."""
    events = models.JSONField(default=list, db_default=[])
    """What happened so far, oldest first: time, phase, message. The longest ago are dropped when there are many."""
    situation = models.JSONField(null=True)
    """How many pods are wanted and ready, and what keeps the others; the last picture stays when it has ended."""
    requested_by = models.CharField(max_length=150, blank=True, default="")
    origin = models.JSONField(null=True)
    """Where the request came from; null for the platform's own operations."""
    idempotency_key = models.CharField(max_length=200, null=True)
    priority = models.SmallIntegerField(default=0)
    """Higher numbers wait for lower ones."""
    input = models.JSONField(default=dict)
    """What was asked for."""
    facts = models.JSONField(default=dict)
    """What the claim decided and the end needs."""
    result = models.JSONField(null=True)
    error = models.JSONField(null=True)
    release_id = models.UUIDField(null=True)
    superseded_by = models.UUIDField(null=True)
    cancelled_by = models.CharField(max_length=150, blank=True, default="", db_default="")
    """Who asked for it to stop; it may take a moment until it has."""
    owner = models.CharField(max_length=120, blank=True, default="")
    attempt = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    wait_until = models.DateTimeField(null=True)
    """How long it may wait for its turn."""
    deadline_at = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(db_default=Now())
    """The last step, not the last renewal of its lease."""
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)

    class Meta:
        db_table = "deis_operation"
        constraints = (
            models.UniqueConstraint(
                fields=["app_id"], condition=Q(state="running"), name="one_running_operation_an_app"
            ),
            models.UniqueConstraint(
                fields=["requested_by", "idempotency_key"], name="one_operation_an_idempotency_key"
            ),
        )
        indexes = (
            models.Index(
                fields=["priority", "number"], condition=Q(state="queued"), name="operations_waiting"
            ),
            models.Index(fields=["lease_until"], condition=Q(state="running"), name="operations_running"),
            models.Index(fields=["app_id", "-created"], name="operations_of_an_app"),
        )


class Lease(models.Model):
    """What only one controller does at a time."""

    name = models.CharField(max_length=60, primary_key=True)
    owner = models.CharField(max_length=120)
    until = models.DateTimeField()

    class Meta:
        db_table = "deis_lease"
