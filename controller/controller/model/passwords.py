"""How passwords are hashed: Argon2id with 19 MiB, what OWASP recommends for a server that does other things."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PlatformPasswordHasher(Argon2PasswordHasher):
    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
