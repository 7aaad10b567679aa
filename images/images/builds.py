"""Building what is missing, two images at a time."""

import fcntl
import os
import sys
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from images.buildah import (
    apply_cache,
    build_image,
    build_reference,
    delete_images,
    list_references,
    plan_removals,
)
from images.catalogue import Catalogue, build_tags, count_dependents, select
from images.errors import BuildFailed, ImagesError
from images.programs import run
from images.settings import Settings

PARALLEL = 2
DEBIAN = "debian:trixie-slim"
HUB = "docker.io/library/"
COMPILER = "go"


def build_images(catalogue: Catalogue, names: Sequence[str], settings: Settings) -> None:
    """Build the named images, or all, and what they need; print a line for each that was built.

    Raises:
        BuildFailed: a build failed; those that depend on it were not tried.
    """
    wanted = select(catalogue, names)
    tags = build_tags(catalogue, names)
    with held_lock(settings.cache_dir / "lock"):
        existing = list_references()
        missing = plan_builds(wanted, tags=tags, existing=existing)
        if missing:
            ensure_outside_images(catalogue, missing, existing=existing, settings=settings)
            apply_cache(settings)
            order, needs = plan_order(catalogue, missing)

            def build(name: str) -> None:
                build_image(catalogue[name], tags=tags, settings=settings)

            run_in_order(order, needs=needs, action=timed(build, tags=tags), parallel=PARALLEL)
            delete_images(plan_removals(list_references(), tags=tags))
    print(f"images: {len(missing)} built, {len(wanted) - len(missing)} unchanged", flush=True)


@contextmanager
def held_lock(path: Path) -> Iterator[None]:
    """Let one build run at a time; a second one waits and says so."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another build of images to end ...", flush=True)
            fcntl.flock(file, fcntl.LOCK_EX)
        yield


def plan_builds(wanted: Sequence[str], *, tags: Mapping[str, str], existing: Collection[str]) -> list[str]:
    """Return the images that are missing under their tag."""
    return [name for name in wanted if build_reference(name, tags[name]) not in existing]


def plan_order(catalogue: Catalogue, missing: Sequence[str]) -> tuple[list[str], dict[str, set[str]]]:
    """Return the images, those that others wait for longest first, and what each waits for.

    Go programs are compiled one after the other: what the first has compiled the second finds in the cache.
    """
    chains = count_dependents(catalogue)
    order = sorted(missing, key=lambda name: (-chains[name], -len(catalogue[name].needs)))
    needs = {name: set(catalogue[name].needs & set(missing)) for name in order}
    compiled = [name for name in order if COMPILER in catalogue[name].needs]
    for earlier, later in pairwise(compiled):
        needs[later].add(earlier)
    return order, needs


def ensure_outside_images(
    catalogue: Catalogue, names: Sequence[str], *, existing: Collection[str], settings: Settings
) -> None:
    """Have the images of others that these start from; Debian's is made from packages, not fetched.

    Raises:
        BuildFailed: one is not there.
    """
    for outside in sorted({image for name in names for image in catalogue[name].dockerfile.outside}):
        if HUB + outside in existing:
            continue
        if outside != DEBIAN:
            raise BuildFailed(f"There is no image {outside} on this machine.")
        env = {**os.environ, "PYTHONPATH": str(settings.checkout / "devcluster")}
        run([sys.executable, "-m", "devcluster", "base-image"], env=env, timeout=900)


def timed(action: Callable[[str], None], *, tags: Mapping[str, str]) -> Callable[[str], None]:
    """Print how long each took."""

    def act(name: str) -> None:
        begun = time.monotonic()
        action(name)
        print(f"{name}:{tags[name]} built in {time.monotonic() - begun:.0f} s", flush=True)

    return act


def run_in_order(
    order: Sequence[str],
    *,
    needs: Mapping[str, Collection[str]],
    action: Callable[[str], None],
    parallel: int,
) -> None:
    """Act on each, those earlier in the order first, on none before all that it needs; stop at the first error."""
    waiting, done = list(order), set[str]()
    running: dict[Future[None], str] = {}
    errors: list[ImagesError] = []
    with ThreadPoolExecutor(parallel) as executor:
        while running or (waiting and not errors):
            ready = [] if errors else [name for name in waiting if done.issuperset(needs[name])]
            for name in ready[: parallel - len(running)]:
                waiting.remove(name)
                running[executor.submit(action, name)] = name
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                done.add(running.pop(future))
                errors += collect_error(future)
    if errors:
        raise errors[0]


def collect_error(future: Future[None]) -> list[ImagesError]:
    """Return the error that we raise on purpose; let any other out."""
    try:
        future.result()
    except ImagesError as error:
        return [error]
    return []
