"""Interactive runs, as long as they last. The rules are in ``services.runs``."""

import uuid

from django.db import models

from controller.model.applications import App


class Run(models.Model):
    """One command with somebody in front of it. It goes with its pod."""

    uuid = models.UUIDField(primary_key=True, default=uuid.uuid4)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="runs")
    name = models.CharField(max_length=63)
    """The pod's."""
    requested_by = models.CharField(max_length=150)
    command = models.TextField()
    tty = models.BooleanField()
    started = models.BooleanField(default=False)
    """The program was told to begin."""
    detached = models.BooleanField(default=False)
    """It goes on without a client."""
    holder = models.CharField(max_length=32, blank=True, default="")
    """The connection it belongs to; a newer one takes it over."""
    held_until = models.DateTimeField()
    """Nobody has said since then that a client is there: it is removed."""
    start_by = models.DateTimeField()
    """The pod has to be up by then."""
    deadline_at = models.DateTimeField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "deis_run"
        constraints = (models.UniqueConstraint(fields=["app", "name"], name="one_run_of_a_name"),)
        indexes = (models.Index(fields=["held_until"], name="runs_by_hold"),)
