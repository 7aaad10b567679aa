"""Runs one build pod: creates it, shows its log as it comes, reads how it ended, deletes it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from builder.buildpods import BuildJob, build_owner_patch, build_pod, build_secret
from builder.errors import BuildFailed, ReceiveError
from builder.operations import Cancellation
from builder.output import PusherOutput
from builder.podstate import (
    Ended,
    describe_pod_failure,
    explain_end,
    find_end,
    find_failure,
    find_trouble,
    has_started,
    is_over,
)
from builder.podwatch import PodWatch
from builder.settings import PodSettings
from kit.kube import PODS, SECRETS, Kube, KubeError, KubeUnreachable, Manifest
from kit.settings import Secret

log = logging.getLogger(__name__)

START = "watching events for builder pod startup"
END = "error getting builder pod status"
LOG_ATTEMPTS = 5
PHASES = (("build", "building"), ("push", "storing the result"))


@dataclass(frozen=True, kw_only=True)
class PodRunner:
    kube: Kube
    settings: PodSettings
    pod_wait: float
    idle_interval: float

    def run(
        self,
        job: BuildJob,
        *,
        urls: Mapping[str, Secret],
        config: Mapping[str, Secret],
        output: PusherOutput,
        cancellation: Cancellation,
    ) -> None:
        """Return once everything is built and stored.

        Raises:
            BuildFailed: a container ended badly; its log has been shown.
            ReceiveError: the pod could not be made, or did not get on in time.
        """
        output.stopwatch.begin("waiting for the build pod")
        pod = self._create(job, urls=urls, config=config)
        try:
            with PodWatch(self.kube, pod, cancellation=cancellation) as watch:
                self._follow(job, watch, output, cancellation)
        finally:
            self._delete(job.pod_name)

    def _create(self, job: BuildJob, *, urls: Mapping[str, Secret], config: Mapping[str, Secret]) -> Manifest:
        """Create the Secrets, so that the pod finds them at once, then the pod, then tie them to it."""
        secrets = {job.urls_secret: urls, job.config_secret: config}
        try:
            for name, values in secrets.items():
                manifest = build_secret(name, values, job=job, settings=self.settings)
                self.kube.create(SECRETS, manifest)
        except KubeError as error:
            self._delete_secrets(job)
            raise ReceiveError(f"error creating/updating secret {name}: ({error})") from error
        try:
            pod = self.kube.create(PODS, build_pod(job, self.settings))
        except KubeError as error:
            self._delete(job.pod_name)  # it may have been made all the same, if only the answer got lost
            self._delete_secrets(job)
            raise ReceiveError(f"creating builder pod ({error})") from error
        for name in secrets:
            self._own(name, pod)
        return pod

    def _own(self, secret: str, pod: Manifest) -> None:
        try:
            self.kube.patch(SECRETS, secret, build_owner_patch(pod), namespace=self.settings.namespace)
        except KubeError as error:
            log.warning(
                "Secret %s could not be tied to its pod, the next sweep deletes it: %s", secret, error
            )

    def _delete_secrets(self, job: BuildJob) -> None:
        for name in (job.urls_secret, job.config_secret):
            try:
                self.kube.delete(SECRETS, name, namespace=self.settings.namespace)
            except KubeError as error:
                log.warning("Secret %s is left until the next sweep: %s", name, error)

    def _delete(self, name: str) -> None:
        try:
            self.kube.delete(PODS, name, namespace=self.settings.namespace, grace=1)
        except KubeError as error:
            log.warning("build pod %s is left until the next sweep: %s", name, error)

    def _follow(
        self, job: BuildJob, watch: PodWatch, output: PusherOutput, cancellation: Cancellation
    ) -> None:
        look = self._show_trouble(output, until=lambda pod: has_started(pod, "build"))
        with output.progress(self.idle_interval):
            pod = watch.wait(look, seconds=self.pod_wait, what=START)
        if not has_started(pod, "build"):
            self._stop(job, pod, output, what=START)
        for step, phase in PHASES:
            watch.wait(until_started(step), seconds=self.pod_wait, what=END)
            output.stopwatch.begin(phase)
            self._stream(job.pod_name, step, output, cancellation)
            pod = watch.wait(until_ended(step), seconds=self.pod_wait, what=END)
            end = find_end(pod, step)
            if end is None or end.code != 0:
                self._stop(job, pod, output, what=END)

    def _show_trouble(
        self, output: PusherOutput, *, until: Callable[[Manifest], bool]
    ) -> Callable[[Manifest], Manifest | None]:
        """Return a look at the pod that tells the pusher, once each, why it is not getting on."""
        told: set[str] = set()

        def look(pod: Manifest) -> Manifest | None:
            trouble = find_trouble(pod)
            if trouble and trouble not in told:
                told.add(trouble)
                output.info(trouble)
            done = until(pod) or is_over(pod) or find_failure(pod) is not None
            return pod if done else None

        return look

    def _stop(self, job: BuildJob, pod: Manifest, output: PusherOutput, *, what: str) -> None:
        """Raise for a pod that ended badly, after what its log does not tell."""
        failure = find_failure(pod)
        if failure is None:
            raise BuildFailed(
                f"{what} (Giving up; pod went into failed status: \n{describe_pod_failure(pod)})"
            )
        if failure.step == "fetch":
            self._show_log(job.pod_name, failure, output)
        explanation = explain_end(failure)
        if explanation:
            output.info(explanation)
        raise BuildFailed(f"Build pod exited with code {failure.code}, stopping build.")

    def _show_log(self, pod: str, end: Ended, output: PusherOutput) -> None:
        try:
            text = self.kube.read_log(pod, namespace=self.settings.namespace, container=end.step)
        except KubeError as error:
            text = f"{end.message or error}\n"
        output.log(text.encode())
        output.end_log()

    def _stream(self, pod: str, step: str, output: PusherOutput, cancellation: Cancellation) -> None:
        """Show a container's log until it ends. A broken stream is opened again; what was shown is left out."""
        shown = 0
        for attempt in range(LOG_ATTEMPTS):
            try:
                shown = self._stream_from(pod, step, shown, output, cancellation)
                break
            except KubeUnreachable as error:
                log.warning("the log of build pod %s broke off: %s", pod, error)
                if attempt == LOG_ATTEMPTS - 1:
                    raise ReceiveError(f"fetching builder logs ({error})") from error
            except KubeError as error:
                raise ReceiveError(f"attempting to stream logs ({error})") from error
        output.end_log()

    def _stream_from(
        self, pod: str, step: str, shown: int, output: PusherOutput, cancellation: Cancellation
    ) -> int:
        """Show a log from its byte ``shown`` on; return how much has been shown when it ends."""
        position = 0
        with (
            self.kube.stream_log(pod, namespace=self.settings.namespace, container=step) as stream,
            cancellation.waking(stream.close),
        ):
            for chunk in stream:
                position += len(chunk)
                fresh = chunk[max(0, len(chunk) - (position - shown)) :] if position > shown else b""
                output.log(fresh)
                shown = max(shown, position)
        cancellation.check()
        return shown


def until_started(step: str) -> Callable[[Manifest], Manifest | None]:
    return lambda pod: pod if has_started(pod, step) or is_over(pod) else None


def until_ended(step: str) -> Callable[[Manifest], Manifest | None]:
    return lambda pod: pod if find_end(pod, step) is not None or is_over(pod) else None
