"""Starts the platform's database: PostgreSQL on a volume."""
