"""Interfaces and firewall rules on the machine.

The node's address lives on an interface of its own, so that the cluster does not notice when the
machine's own network changes, and nothing of it listens to the outside.
"""

import socket
import struct
from itertools import pairwise
from pathlib import Path

from devcluster.commands import run
from devcluster.errors import CommandFailed, UnsupportedMachine
from devcluster.files import write_file
from devcluster.nodes import Node
from devcluster.settings import Settings

PLUGIN_PREFIX = "CNI-"
FOREIGN_PREFIXES = ("KUBE-", PLUGIN_PREFIX)
OWN_PREFIX = "DEVCLUSTER"
PREFIXES = (OWN_PREFIX, *FOREIGN_PREFIXES)
TOOLS = ("iptables", "ip6tables")
INTERFACES = Path("/sys/class/net")
RESOLV_CONFS = (Path("/etc/resolv.conf"), Path("/run/systemd/resolve/resolv.conf"))

Chain = tuple[str, str, str, tuple[str, ...]]
"""Table, built-in chain, own chain, and the rules in it."""


def build_chains(settings: Settings) -> list[Chain]:
    """What the cluster needs of the firewall, beside what kube-proxy and portmap add.

    Nobody outside may reach the cluster's addresses through this machine; pods may reach the
    outside under the machine's address, also where another program forbids forwarding. A Service's
    address that nothing has replaced by a pod's is refused: kube-proxy opens the filter before it
    fills the table of addresses, and what is asked in between would leave by the default route.
    """
    refuse = f"-d {settings.service_range} -j REJECT"
    inside, pods, own = settings.cluster_range, settings.pod_range, "devcluster+"
    guard = (f"-i {own} -j RETURN", "-i lo -j RETURN", f"-d {inside} -j DROP")
    masquerade = (f"-s {pods} ! -d {inside} -j MASQUERADE --random-fully",)
    forward = (refuse, f"-s {pods} -j ACCEPT", f"-d {pods} -j ACCEPT")
    return [
        ("raw", "PREROUTING", f"{OWN_PREFIX}-GUARD", guard),
        ("nat", "POSTROUTING", f"{OWN_PREFIX}-MASQUERADE", masquerade),
        ("filter", "FORWARD", f"{OWN_PREFIX}-FORWARD", forward),
        ("filter", "OUTPUT", f"{OWN_PREFIX}-OUTPUT", (refuse,)),
    ]


def render_chain(chain: Chain) -> str:
    """Input of ``iptables-restore`` that makes the own chain and its rules, but for the jump."""
    table, _, own, rules = chain
    lines = [f"*{table}", f":{own} - [0:0]", *(f"-A {own} {rule}" for rule in rules), "COMMIT"]
    return "\n".join(lines) + "\n"


def apply_firewall(settings: Settings) -> None:
    """Make the own chains, and jump to each exactly once."""
    chains = build_chains(settings)
    run(["iptables-restore", "--noflush"], stdin="".join(render_chain(chain) for chain in chains))
    for table, built_in, own, _ in chains:
        jump = ["-t", table, "-{}", built_in, "-j", own]
        try:
            run(["iptables", *(word.format("C") for word in jump)])
        except CommandFailed:
            run(["iptables", *(word.format("I") for word in jump)])


def plan_cleaning(saved: str, prefixes: tuple[str, ...]) -> str:
    """Input of ``iptables-restore --noflush`` that takes out our chains and what jumps to them.

    ``saved`` is the output of ``iptables-save``. Other people's rules are not mentioned.
    """
    output: list[str] = []
    for table in saved.split("*")[1:]:
        lines = table.splitlines()
        chains = [line[1:].split()[0] for line in lines if line.startswith(":")]
        ours = [chain for chain in chains if chain.startswith(prefixes)]
        jumps = [line for line in lines if is_foreign_jump(line, prefixes)]
        if ours or jumps:
            output += [f"*{lines[0]}", *(f":{chain} - [0:0]" for chain in ours)]
            output += [line.replace("-A ", "-D ", 1) for line in jumps]
            output += [*(f"-X {chain}" for chain in ours), "COMMIT"]
    return "\n".join(output) + "\n" if output else ""


def is_foreign_jump(line: str, prefixes: tuple[str, ...]) -> bool:
    """Whether the rule is in a chain that stays and leads to one that goes."""
    words = line.split()
    if len(words) < 2 or words[0] != "-A" or words[1].startswith(prefixes):
        return False
    targets = [after for word, after in pairwise(words) if word in ("-j", "-g")]
    return any(target.startswith(prefixes) for target in targets)


def clean_firewall(prefixes: tuple[str, ...] = PREFIXES) -> None:
    """Take out every rule of the cluster, of both IP versions."""
    for tool in TOOLS:
        plan = plan_cleaning(run([f"{tool}-save"]), prefixes)
        if plan:
            run([f"{tool}-restore", "--noflush"], stdin=plan)


def apply_interface(settings: Settings) -> None:
    """Make the interface with the node's address: a bridge without ports.

    A dummy interface would say better what is meant, but is left out of some kernels; bridges are
    in every kernel that can run pods.
    """
    name, address = settings.interface, f"{settings.node_address}/32"
    if not (INTERFACES / name).exists():
        run(["ip", "link", "add", name, "type", "bridge"])
    run(["ip", "address", "replace", address, "dev", name])
    run(["ip", "link", "set", name, "up"])


def list_interfaces(settings: Settings, nodes: list[Node]) -> list[str]:
    """The interfaces of the cluster that are there; pods' ends go with their bridge's ports."""
    bridges = [node.bridge for node in nodes if (INTERFACES / node.bridge).exists()]
    ports = [path.name for bridge in bridges for path in (INTERFACES / bridge / "brif").iterdir()]
    own = [settings.interface] if (INTERFACES / settings.interface).exists() else []
    return [*ports, *bridges, *own]


def delete_interfaces(names: list[str]) -> None:
    """Delete interfaces. Those of ended pods go by themselves, at a time of the kernel's choice."""
    for name in names:
        try:
            run(["ip", "link", "delete", name])
        except CommandFailed:
            if (INTERFACES / name).exists():
                raise


def get_mtu() -> int:
    """The largest packet that leaves this machine whole."""
    device = parse_default_device(Path("/proc/net/route").read_text())
    return int((INTERFACES / device / "mtu").read_text()) if device else 1500


def parse_default_device(routes: str) -> str | None:
    """The interface of the default route in the kernel's table of routes."""
    for line in routes.splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000" and fields[7] == "00000000":
            return fields[0]
    return None


def render_resolv_conf(text: str) -> str | None:
    """The name servers of a ``resolv.conf`` that a pod can reach too; ``None`` without any."""
    lines = [line.split() for line in text.splitlines()]
    servers = [words[1] for words in lines if words[:1] == ["nameserver"] and len(words) > 1]
    reachable = [server for server in servers if not is_loopback(server)]
    return "".join(f"nameserver {server}\n" for server in reachable[:3]) or None


def is_loopback(address: str) -> bool:
    """Whether the address means the machine itself."""
    if address == "::1":
        return True
    try:
        (number,) = struct.unpack("!I", socket.inet_aton(address))
    except OSError:
        return False
    return bool(number >> 24 == 127)


def apply_resolv_conf(settings: Settings) -> None:
    """Write the name servers that the cluster's DNS asks.

    Raises:
        UnsupportedMachine: the machine's name servers can not be asked by a pod.
    """
    for path in RESOLV_CONFS:
        content = render_resolv_conf(path.read_text()) if path.exists() else None
        if content:
            write_file(settings.resolv_conf, content)
            return
    raise UnsupportedMachine(
        "/etc/resolv.conf names no name server outside this machine; pods could not ask it."
    )
