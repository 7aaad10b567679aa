"""Keys that are meant for the client while it is at the terminal of a run: Enter, then ``~d``, detaches."""

from __future__ import annotations

ESCAPE, DETACH = ord("~"), ord("d")
LINE_ENDS = (ord("\r"), ord("\n"))


class Escapes:
    """Looks at keys as they are typed. ``~`` means something at the beginning of a line only; ``~~`` is one ``~``."""

    def __init__(self) -> None:
        self._begins = True
        self._held = False

    def take(self, keys: bytes) -> tuple[bytes, bool]:
        """What goes to the command, and whether the user wants to leave; the rest is then dropped."""
        passed = bytearray()
        for key in keys:
            if self._held:
                self._held = False
                if key == DETACH:
                    return bytes(passed), True
                if key != ESCAPE:
                    passed.append(ESCAPE)
            elif self._begins and key == ESCAPE:
                self._held = True
                continue
            passed.append(key)
            self._begins = key in LINE_ENDS
        return bytes(passed), False
