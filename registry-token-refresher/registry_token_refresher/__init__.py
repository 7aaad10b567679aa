"""Keeps the short-lived credentials of ECR and of Google's registries fresh in every app's namespace."""
