"""Starts the platform's image registry: distribution on the platform's object storage."""
