"""The nginx process: start, check a configuration, have it taken over, end.

A configuration is written beside the live one, checked by nginx itself, renamed, and then seen to be in force: the
new workers tell its digest on the health port. So a reload that nginx gave up (a port it could not open) is
noticed, too.
"""

from __future__ import annotations

import http.client
import logging
import os
import signal
import subprocess
from pathlib import Path

from kit.errors import Timeout
from kit.waiting import wait_for
from router.configuration import Config
from router.errors import ConfigRejected, NginxEnded, ReloadFailed
from router.place import Place
from router.workers import is_serving, list_workers

log = logging.getLogger(__name__)

CHECK_TIMEOUT = 60.0
TAKEOVER_TIMEOUT = 20.0
PROBE_TIMEOUT = 2.0


class Nginx:
    def __init__(self, place: Place, *, program: str = "nginx") -> None:
        self._place = place
        self._program = program
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def is_started(self) -> bool:
        return self._process is not None

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def check_config(self, config: Config) -> None:
        """Have nginx read the configuration.

        Raises:
            ConfigRejected: with what nginx says about it.
        """
        self._check_file(self._write(config))

    def apply_config(self, config: Config) -> None:
        """Check the configuration and have it taken over; return when it is in force. Starts nginx if need be.

        Raises:
            ConfigRejected: nothing was changed.
            ReloadFailed: the old configuration is still in force.
            NginxEnded: there is no nginx any more.
        """
        path = self._write(config)
        self._check_file(path)
        path.replace(self._place.config)
        before: set[int] = set()
        if self._process is None:
            self._process = subprocess.Popen(self._command(self._place.config))
        else:
            before = list_workers(self._process.pid)
            self._signal(signal.SIGHUP)
        self._wait_for_takeover(config.generation, before)

    def quit(self, timeout: float) -> bool:
        """Let nginx finish what it serves; return whether it did so within ``timeout`` seconds."""
        if not self.is_running:
            return True
        self._signal(signal.SIGQUIT)
        if self.wait(timeout):
            return True
        self._signal(signal.SIGTERM)
        if not self.wait(5.0):
            self._signal(signal.SIGKILL)
        return False

    def wait(self, timeout: float | None = None) -> bool:
        """Return whether nginx has ended, waiting for that up to ``timeout`` seconds."""
        if self._process is None:
            return True
        try:
            self._process.wait(timeout)
        except subprocess.TimeoutExpired:
            return False
        return True

    def _write(self, config: Config) -> Path:
        path = self._place.config.with_suffix(".next")
        path.write_text(config.text)
        return path

    def _check_file(self, path: Path) -> None:
        """Raise ``ConfigRejected`` if nginx can't use the file."""
        try:
            result = subprocess.run(
                [*self._command(path), "-t", "-q"], capture_output=True, text=True, timeout=CHECK_TIMEOUT
            )
        except subprocess.TimeoutExpired:
            raise ConfigRejected(f"nginx did not check it within {CHECK_TIMEOUT:g} s") from None
        if result.returncode != 0:
            raise ConfigRejected(result.stderr.strip() or f"nginx ended with status {result.returncode}")

    def _command(self, config: Path) -> list[str]:
        return [self._program, "-e", "stderr", "-p", str(self._place.root), "-c", str(config)]

    def _signal(self, number: signal.Signals) -> None:
        if self._process is None or self._process.poll() is not None:
            raise NginxEnded("nginx has ended")
        os.kill(self._process.pid, number)

    def _wait_for_takeover(self, generation: str, before: set[int]) -> None:
        """Return when a new worker answers and none of those ``before`` takes connections any more."""

        def is_in_force() -> bool:
            if not self.is_running:
                raise NginxEnded("nginx ended while it took a configuration over")
            current = get_generation(self._place.listeners.health) == generation
            return current and not any(is_serving(worker) for worker in before)

        try:
            wait_for(
                is_in_force,
                what="nginx to take a configuration over",
                timeout=TAKEOVER_TIMEOUT,
                interval=0.02,
            )
        except Timeout as error:
            raise ReloadFailed(str(error)) from error


def get_generation(port: int) -> str | None:
    """Return the digest of the configuration in force, or None if nginx does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PROBE_TIMEOUT)
    try:
        connection.request("GET", "/generation")
        response = connection.getresponse()
        return response.read().decode() if response.status == 200 else None
    except (OSError, http.client.HTTPException):
        return None
    finally:
        connection.close()
