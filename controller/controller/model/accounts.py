"""Users, what they log in with and the SSH keys they push with."""

import uuid

from django.contrib.auth.models import AbstractUser
from django.db import models


class User(AbstractUser):
    """A person or a program. Others refer to it by name, which never changes."""

    class Meta:
        db_table = "deis_user"


class Token(models.Model):
    """One login. Only a digest of the token is kept."""

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "deis_token"


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
