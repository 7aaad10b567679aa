"""What belongs to the whole machine and is put back by `down`: kernel parameters and modules."""

import json
from pathlib import Path

from devcluster.commands import run
from devcluster.files import write_file
from devcluster.settings import Settings

SYSCTL = Path("/proc/sys")
MODULES = {"br_netfilter": SYSCTL / "net/bridge", "overlay": Path("/sys/module/overlay")}
WANTED = {
    "net/ipv4/ip_forward": "1",
    "net/bridge/bridge-nf-call-iptables": "1",
    "net/bridge/bridge-nf-call-ip6tables": "1",
}
CHANGED_BY_OTHERS = (
    "net/ipv4/conf/all/route_localnet",  # kube-proxy
    "vm/overcommit_memory",  # kubelet, and the rest too
    "vm/panic_on_oom",
    "kernel/panic",
    "kernel/panic_on_oops",
    "kernel/keys/root_maxkeys",
    "kernel/keys/root_maxbytes",
)
"""Parameters that parts of the cluster set by themselves."""


def get_boot_id() -> str:
    """Changes with every start of the machine."""
    return (SYSCTL / "kernel/random/boot_id").read_text().strip()


def get_record(settings: Settings) -> Path:
    """Where the machine's own values are kept while ours are in force."""
    return settings.state_dir / "machine.json"


def read_parameters() -> dict[str, str]:
    """The present values of every parameter that the cluster changes."""
    names = [*WANTED, *CHANGED_BY_OTHERS]
    return {name: (SYSCTL / name).read_text().strip() for name in names if (SYSCTL / name).exists()}


def apply_parameters(settings: Settings) -> None:
    """Load modules and set parameters, having written down what they were, once a boot."""
    for module, sign in MODULES.items():
        if not sign.exists():
            run(["modprobe", module])
    record = get_record(settings)
    kept = json.loads(record.read_text()) if record.exists() else {}
    if kept.get("boot") != get_boot_id():
        write_file(record, json.dumps({"boot": get_boot_id(), "values": read_parameters()}))
    set_parameters(WANTED)


def restore_parameters(settings: Settings) -> None:
    """Put back what the parameters were before the cluster."""
    record = get_record(settings)
    if not record.exists():
        return
    kept = json.loads(record.read_text())
    if kept["boot"] == get_boot_id():
        set_parameters(kept["values"])
    record.unlink()


def set_parameters(values: dict[str, str]) -> None:
    """Set kernel parameters that have another value."""
    for name, value in values.items():
        path = SYSCTL / name
        if path.exists() and path.read_text().strip() != value:
            path.write_text(value)
