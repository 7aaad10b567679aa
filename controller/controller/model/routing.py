"""What the router is told about an app."""

import uuid

from django.db import models

from controller.model.accounts import User
from controller.model.applications import App


class Certificate(models.Model):
    """A certificate with its chain and its private key, both PEM; it belongs to a user, not to an app."""

    name = models.CharField(max_length=253, unique=True)
    owner = models.ForeignKey(
        User, to_field="username", on_delete=models.PROTECT, related_name="certificates"
    )
    certificate = models.TextField()
    key = models.TextField()
    common_name = models.TextField(null=True)
    fingerprint = models.CharField(max_length=95)
    """SHA-256 of the first certificate, as pairs of hex digits."""
    san = models.JSONField(default=list)
    issuer = models.TextField()
    subject = models.TextField()
    starts = models.DateTimeField()
    expires = models.DateTimeField()
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_certificate"


class Domain(models.Model):
    """A host name, in ASCII form; the app's own id is one."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="domains")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    domain = models.CharField(max_length=253, unique=True)
    certificate = models.ForeignKey(Certificate, on_delete=models.SET_NULL, null=True, related_name="domains")
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_domain"


class AppSettings(models.Model):
    """Maintenance, routing, whitelist, autoscaling and labels; the newest row counts."""

    uuid = models.UUIDField(default=uuid.uuid4, primary_key=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="settings")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    maintenance = models.BooleanField(default=False)
    routable = models.BooleanField(default=True)
    whitelist = models.JSONField(default=list)
    autoscale = models.JSONField(default=dict)
    label = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_app_settings"
        indexes = (models.Index(fields=["app", "-created"], name="settings_newest"),)


class TLS(models.Model):
    """Whether plain HTTP is sent on to HTTPS; the newest row counts."""

    uuid = models.UUIDField(default=uuid.uuid4, primary_key=True)
    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="tls")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    https_enforced = models.BooleanField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_tls"
        indexes = (models.Index(fields=["app", "-created"], name="tls_newest"),)


class Service(models.Model):
    """A process type that gets requests of its own: by a Service of that name, for paths of the app."""

    app = models.ForeignKey(App, on_delete=models.CASCADE, related_name="services")
    owner = models.ForeignKey(User, to_field="username", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=63, unique=True)
    """``<app>-<type>``, in the cluster and as a host name."""
    procfile_type = models.TextField()
    path_pattern = models.TextField()
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_service"
