"""Starts the in-cluster object storage: VersityGW on a volume."""
