"""Sends one node's container logs to the logger: app processes and the controller's lines about apps, and nothing else."""
