"""Users, what they log in with and the SSH keys they push with."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a program. Others refer to it by name, which never changes."""

    class Meta:
        db_table = "deis_user"


class TokenScope(models.TextChoices):
    """What a token is good for. A token of a scope that this version does not know is good for nothing."""

    EVERYTHING = "everything"


class Token(models.Model):
    """One login. Only a digest of the token is kept; a user may have several."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100, blank=True, db_default="")
    """What its user calls it; empty for a login's."""
    scope = models.CharField(
        max_length=20, choices=TokenScope.choices, db_default=TokenScope.EVERYTHING.value
    )
    """Both have a default in the database, for controllers of the version before, which know neither."""
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "deis_token"


class LoginBucket(models.Model):
    """Failed logins of one user, one address, or one user from one address; it drains as time passes."""

    name = models.CharField(max_length=64, primary_key=True)
    """A digest: people type passwords where the user's name belongs."""
    level = models.FloatField(default=0)
    """Failures not yet drained, at ``updated``."""
    updated = models.DateTimeField()
    succeeded = models.DateTimeField(null=True)
    """When this user last logged in from this address."""

    class Meta:
        db_table = "deis_login_bucket"
        indexes = (models.Index(fields=["updated"], name="login_buckets_oldest"),)


class Key(models.Model):
    """An SSH key. Its id is chosen by the user and unique on the platform."""

    id = models.CharField(max_length=128, primary_key=True)
    uuid = models.UUIDField(default=uuid.uuid4, unique=True)
    owner = models.ForeignKey(User, to_field="username", on_delete=models.CASCADE, related_name="keys")
    public = models.TextField()
    fingerprint = models.CharField(max_length=128, unique=True)
    created = models.DateTimeField(auto_now_add=True)
    updated = models.DateTimeField(auto_now=True)

    class Meta:
        db_table = "deis_key"

    def __str__(self) -> str:
        """Short, for lines of a log and for operators' shells: both ends tell one key from another."""
        return f"{self.public[:18]}...{self.public[-31:]}"
