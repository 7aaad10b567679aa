"""The variables by which a shell finds the cluster."""

import shlex

from devcluster.settings import Settings


def render_environment(settings: Settings) -> str:
    """Lines for ``eval "$(devcluster env)"``."""
    values = {
        "KUBECONFIG": str(settings.kubeconfig),
        "CONTAINERS_REGISTRIES_CONF": str(settings.registries_conf),
    }
    lines = [f"export {name}={shlex.quote(value)}" for name, value in values.items()]
    return "\n".join([*lines, f'export PATH={shlex.quote(str(settings.bin_dir))}:"$PATH"'])
