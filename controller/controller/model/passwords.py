"""How passwords are hashed: Argon2id with 19 MiB, what OWASP recommends for a server that does other things."""

import threading
from typing import ClassVar

from django.contrib.auth.hashers import Argon2PasswordHasher

AT_ONCE = 4


class PlatformPasswordHasher(Argon2PasswordHasher):
    """A few at once in a process: everybody logging in at the same moment must not take its memory."""

    time_cost = 2
    memory_cost = 19 * 1024
    parallelism = 1
    slots: ClassVar = threading.BoundedSemaphore(AT_ONCE)

    def encode(self, password: str, salt: str) -> str:
        with self.slots:
            return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        with self.slots:
            return super().verify(password, encoded)
