"""Tells which components are installed, in which version and in which health. No call leaves the cluster by default."""
