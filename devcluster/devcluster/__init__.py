"""A real Kubernetes on one Debian machine, made of packages only."""
