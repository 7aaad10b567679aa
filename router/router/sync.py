"""One round: read, model, render, apply. What is refused is left out; the running nginx never gets worse."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace

from router.certificates import CertificateStore
from router.configuration import render_config
from router.culprits import Part, find_culprits, leave_out, list_parts
from router.discovery import Decoder, Inputs, Key, build_model, list_wanted_certificates
from router.errors import ConfigRejected
from router.model import LeftOut, RouterModel
from router.nginx import Nginx
from router.place import Place
from router.secrets import CertificateReader

log = logging.getLogger(__name__)


class Router:
    """Keeps what is live, so that a round that changes nothing costs nothing."""

    def __init__(
        self, place: Place, *, nginx: Nginx, store: CertificateStore, certificates: CertificateReader
    ) -> None:
        self._place = place
        self._nginx = nginx
        self._store = store
        self._certificates = certificates
        self._decoder = Decoder()
        self._culprits: dict[Part, str] = {}
        self._told: frozenset[LeftOut] = frozenset()
        self._services: Mapping[str, Key] = {}
        self.live: RouterModel | None = None

    def find_service(self, route: str) -> Key | None:
        """Return the namespace and name of the Service behind a route of the live configuration."""
        return self._services.get(route)

    def sync(self, inputs: Inputs) -> None:
        """Make nginx serve what ``inputs`` say. Raises what keeps it from doing so."""
        wanted = list_wanted_certificates(inputs, self._decoder)
        inputs = replace(inputs, certificates=self._certificates.read(wanted))
        model = self._build(inputs)
        if model == self.live:
            return
        log.info("Router configuration has changed in k8s.")
        try:
            self._apply(model, inputs)
        except ConfigRejected as error:
            self._apply_rest(inputs, error)

    def _build(self, inputs: Inputs) -> RouterModel:
        model = build_model(leave_out(inputs, self._culprits), self._decoder)
        told = frozenset(model.left_out)
        for left_out in model.left_out:
            if left_out not in self._told:
                log.warning("%s: %s", left_out.owner, left_out.reason)
        self._told = told
        return model

    def _apply(self, model: RouterModel, inputs: Inputs) -> None:
        log.info("Reloading nginx..." if self._nginx.is_started else "Starting nginx...")
        before = self.live.files if self.live else frozenset()
        self._nginx.apply_config(render_config(model, place=self._place))
        self.live = model
        self._services = {app.route: (app.namespace, app.service) for app in model.apps}
        # Workers of the configuration before may still be asked for its certificates; what is known of a Secret
        # that no route uses at present stays as well.
        self._store.prune(model.files | before | set(inputs.certificates.values()))
        log.info("nginx serves %d apps.", len(model.apps))

    def _apply_rest(self, inputs: Inputs, error: ConfigRejected) -> None:
        """Find out what nginx refuses, and apply everything else."""
        log.error("nginx refuses the configuration, looking for the cause: %s", error)

        decoder = Decoder()

        def check(part_of_inputs: Inputs) -> None:
            model = build_model(part_of_inputs, decoder)
            self._nginx.check_config(render_config(model, place=self._place))

        kept = leave_out(inputs, self._culprits)
        found = find_culprits(kept, check)
        for part, reason in found.items():
            log.error("%s is left out, nginx refuses it: %s", part, reason)
        present = set(list_parts(inputs))
        self._culprits = {part: why for part, why in self._culprits.items() if part in present} | found
        self._apply(self._build(inputs), inputs)
