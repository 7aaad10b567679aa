"""The name under which controllers tell each other of operations."""

CHANNEL = "deis_operations"
