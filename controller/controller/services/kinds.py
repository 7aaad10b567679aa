"""Every kind of operation, for the engine."""

from __future__ import annotations

from controller.operations.kinds import Kinds
from controller.services import apps, builds, configs, deploys, leftovers, processes, rollbacks, scaling
from controller.services.tools import Tools


def build_kinds(tools: Tools) -> Kinds:
    kinds = (
        apps.build_create_kind(tools),
        apps.build_destroy_kind(tools),
        builds.build_kind(tools),
        configs.build_kind(tools),
        rollbacks.build_kind(tools),
        scaling.build_kind(tools),
        processes.build_restart_kind(tools),
        deploys.build_republish_kind(tools),
        leftovers.build_kind(tools),
    )
    return {kind.name: kind for kind in kinds}
