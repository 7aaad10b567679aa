"""Node selectors as the chart writes them.

Source: build specification, 3.2 (BUILDER_POD_NODE_SELECTOR) and section 13.
"""

from __future__ import annotations

from builder.errors import ReceiveError

PULL_POLICIES = ("Always", "IfNotPresent", "Never")


def parse_node_selector(text: str) -> dict[str, str]:
    """Return labels from ``key:value[,key:value...]``; blanks around keys and values go.

    Raises:
        ReceiveError: an item has not exactly one colon.
    """
    selector: dict[str, str] = {}
    for item in text.split(",") if text.strip() else []:
        parts = [part.strip() for part in item.split(":")]
        if len(parts) != 2:
            raise ReceiveError(
                f"error build builder pod node selector Invalid BuilderPodNodeSelector value format: {text}"
            )
        selector[parts[0]] = parts[1]
    return selector


def check_pull_policy(policy: str) -> str:
    """Raise ``ReceiveError`` unless Kubernetes knows the policy."""
    if policy not in PULL_POLICIES:
        raise ReceiveError(f"{policy} is an invalid pull policy")
    return policy
