"""Waits for the registry, then becomes nginx."""

import http.client
import math
import os
import sys
from pathlib import Path
from typing import NoReturn

from kit.errors import PlatformError
from kit.waiting import wait_for
from registry_proxy.configuration import parse_nameservers, render_configuration
from registry_proxy.settings import Settings

INTERVAL = 1.0
TIMEOUT = 5.0


def wait_for_registry(settings: Settings) -> None:
    """Return once the registry answers, whatever it says; as long as that takes."""
    where = f"{settings.registry_host}:{settings.registry_port}"

    def check() -> bool:
        if is_answering(settings):
            return True
        print(f"waiting for the registry ({where}) to come online...", flush=True)
        return False

    wait_for(check, what="the registry", timeout=math.inf, interval=INTERVAL)


def is_answering(settings: Settings) -> bool:
    connection = http.client.HTTPConnection(settings.registry_host, settings.registry_port, timeout=TIMEOUT)
    try:
        connection.request("GET", "/v2/")
        connection.getresponse()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
    return True


def apply_configuration(settings: Settings) -> Path:
    """Write nginx.conf, for this user's eyes only."""
    settings.run_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    nameservers = parse_nameservers(settings.resolv_conf.read_text()) if settings.resolv_conf.exists() else []
    path = settings.run_dir / "nginx.conf"
    path.touch(mode=0o600)
    path.write_text(render_configuration(settings, nameservers=nameservers))
    return path


def become_nginx(configuration: Path) -> NoReturn:
    argv = ["nginx", "-e", "stderr", "-p", str(configuration.parent), "-c", str(configuration)]
    os.execvp(argv[0], argv)


def main() -> int:
    try:
        settings = Settings.from_env(os.environ)
    except PlatformError as error:
        print(f"ERROR {error}", file=sys.stderr)
        return 1
    configuration = apply_configuration(settings)
    wait_for_registry(settings)
    print("starting registry-proxy...", flush=True)
    become_nginx(configuration)


if __name__ == "__main__":
    sys.exit(main())
