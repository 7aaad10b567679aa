"""Time until a controller that starts has looked at 1,000 apps which are as they should be, and what it wrote.

Budget: 60 s, and no write to the cluster: every object's version is read before and after. The apps are rows written past
the API; the controller's first start makes all of it in the cluster, with Deployments of no pods. ``APPS=100`` makes fewer. The
cluster is as it was in the end, but for namespaces that it still deletes.
"""

from __future__ import annotations

import os
import sys
import time
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from kit.kube import (
    CONFIGMAPS,
    DEPLOYMENTS,
    NAMESPACES,
    REPLICASETS,
    ROLEBINDINGS,
    SECRETS,
    SERVICES,
    Kube,
    Resource,
)
from kit.waiting import wait_for
from places import IMAGE, Controller, Postgres, load_kube, serving_controller, serving_postgres

APPS = int(os.environ.get("APPS", "1000"))
BUDGET = 60.0
DATABASE = "republication"
OWNER = "bench"
SEEDING = 1200.0
SETTLING, QUIET = 600.0, 10.0
KINDS = (NAMESPACES, SERVICES, ROLEBINDINGS, SECRETS, CONFIGMAPS, DEPLOYMENTS, REPLICASETS)
BEGUN = "Publishing DB state to kubernetes..."
DONE = "Done Publishing DB state to kubernetes."
OPEN = "SELECT count(*) FROM deis_operation WHERE state IN ('queued', 'running')"
ENDS = "SELECT state, count(*) FROM deis_operation GROUP BY state"
ROWS = (
    """CREATE TEMPORARY TABLE names AS SELECT '{prefix}-' || i AS id FROM generate_series(1, {apps}) AS i""",
    """INSERT INTO deis_app (id, uuid, owner_id, structure, procfile_structure, created, updated)
       SELECT id, gen_random_uuid(), 'bench', '{"web": 0}', '{"web": "run"}', now(), now() FROM names""",
    """INSERT INTO deis_config (uuid, app_id, owner_id, values, memory, cpu, tags, registry, healthcheck,
         lifecycle_post_start, lifecycle_pre_stop, termination_grace_period, created, updated)
       SELECT gen_random_uuid(), id, 'bench', '{"PORT": 5000}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', '{}', now(),
         now() FROM names""",
    """INSERT INTO deis_build (uuid, app_id, owner_id, image, sha, procfile, dockerfile, created, updated)
       SELECT gen_random_uuid(), id, 'bench', '{image}', '', '{"web": "run"}', '', now(), now() FROM names""",
    """INSERT INTO deis_release (uuid, app_id, owner_id, version, summary, state, config_id, build_id, created, updated)
       SELECT gen_random_uuid(), names.id, 'bench', 2, 'bench deployed', 'good', c.uuid, b.uuid, now(), now()
       FROM names JOIN deis_config c ON c.app_id = names.id JOIN deis_build b ON b.app_id = names.id""",
    """INSERT INTO deis_app_settings (uuid, app_id, owner_id, maintenance, routable, whitelist, autoscale, label,
         created, updated)
       SELECT gen_random_uuid(), id, 'bench', false, true, '[]', '{}', '{}', now(), now() FROM names""",
    """INSERT INTO deis_tls (uuid, app_id, owner_id, created, updated)
       SELECT gen_random_uuid(), id, 'bench', now(), now() FROM names""",
    """INSERT INTO deis_domain (app_id, owner_id, domain, created, updated)
       SELECT id, 'bench', id, now(), now() FROM names""",
    """ANALYZE""",
)


def write_apps(postgres: Postgres, prefix: str) -> None:
    with postgres.connect(DATABASE) as connection:
        for statement in ROWS:
            for name, value in {"prefix": prefix, "apps": str(APPS), "image": IMAGE}.items():
                statement = statement.replace(f"{{{name}}}", value)
            connection.execute(statement.encode())


def wait_for_line(controller: Controller, text: str, *, timeout: float) -> None:
    """Return once its log has it, from whichever of its processes."""
    wait_for(lambda: text in controller.log.read_text(), what=text, timeout=timeout, interval=0.05)


def seed(postgres: Postgres, prefix: str) -> None:
    """Rows, and all that they mean in the cluster, made by a controller's first start."""
    with serving_controller(postgres, DATABASE) as controller:
        controller.register(OWNER)
    write_apps(postgres, prefix)
    began = time.monotonic()
    with (
        serving_controller(postgres, DATABASE) as controller,
        postgres.connect(DATABASE) as connection,
    ):
        wait_for_line(controller, DONE, timeout=SEEDING)
        wait_for(
            lambda: connection.execute(OPEN).fetchone() == (0,),
            what="the end of the deploys",
            timeout=SEEDING,
            interval=0.5,
        )
        ends: dict[str, int] = dict(connection.execute(ENDS).fetchall())
    print(f"made {APPS} apps in {time.monotonic() - began:.0f} s: {ends}", flush=True)
    assert ends == {"succeeded": APPS}, "apps that are not deployed would be deployed again"


def read_versions(kube: Kube, prefix: str) -> dict[tuple[str, str, str], str]:
    """The version of every object in the apps' namespaces, and of these."""

    def read(kind: Resource) -> list[tuple[tuple[str, str, str], str]]:
        found = [item["metadata"] for item in kube.list(kind)]
        return [
            ((kind.kind, metadata.get("namespace", ""), metadata["name"]), metadata["resourceVersion"])
            for metadata in found
            if metadata.get("namespace", metadata["name"]).startswith(prefix)
        ]

    return dict(entry for kind in KINDS for entry in read(kind))


def read_settled(kube: Kube, prefix: str) -> dict[tuple[str, str, str], str]:
    """The versions once Kubernetes has made what belongs to so many namespaces, and written every status."""
    seen: list[dict[tuple[str, str, str], str]] = [{}]

    def is_settled() -> bool:
        seen.append(read_versions(kube, prefix))
        return seen[-1] == seen[-2]

    wait_for(is_settled, what="Kubernetes to have settled", timeout=SETTLING, interval=QUIET)
    return seen[-1]


def measure(postgres: Postgres) -> tuple[float, float]:
    """Seconds from a controller's start to its having looked at everything, and those of them that it looked."""
    began = time.monotonic()
    with serving_controller(postgres, DATABASE) as controller, postgres.connect(DATABASE) as connection:
        wait_for_line(controller, BEGUN, timeout=SEEDING)
        begun = time.monotonic()
        wait_for_line(controller, DONE, timeout=SEEDING)
        ended = time.monotonic()
        (count,) = connection.execute("SELECT count(*) FROM deis_operation").fetchone() or (0,)
    assert count == APPS, f"{count - APPS} apps were deployed again"
    return ended - began, ended - begun


def remove(kube: Kube, prefix: str) -> None:
    names = [item["metadata"]["name"] for item in kube.list(NAMESPACES)]
    ours = [name for name in names if name.startswith(prefix)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(partial(kube.delete, NAMESPACES), ours))


def main() -> int:
    kube, prefix = load_kube(), f"ct-{uuid.uuid4().hex[:6]}"
    try:
        with serving_postgres(DATABASE) as postgres:
            seed(postgres, prefix)
            before = read_settled(kube, prefix)
            seconds, looking = measure(postgres)
            after = read_versions(kube, prefix)
    finally:
        remove(kube, prefix)
    written = sorted(key for key in before | after if after.get(key) != before.get(key))
    kinds = dict(Counter(kind for kind, _, _ in written))
    print(
        f"{APPS} unchanged apps, {len(before)} objects: {seconds:.1f} s from the start, {len(written)} written {kinds}"
    )
    print(f"of these {looking:.1f} s for the apps, {looking / APPS * 1000:.0f} ms each; ", end="")
    print(f"budget {BUDGET:.0f} s and none written, ratio {seconds / BUDGET:.2f}")
    return 0 if seconds < BUDGET and not written else 1


if __name__ == "__main__":
    sys.exit(main())
