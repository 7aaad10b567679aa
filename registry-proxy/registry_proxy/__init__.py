"""Starts the registry's door on each node: nginx on the node's own loopback address."""
