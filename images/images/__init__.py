"""Builds the platform's images on this machine, each named by the hash of what goes into it."""
