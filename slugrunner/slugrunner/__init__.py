"""Runs slugs: fetches one into /app, and finds the command of a process type in it.

Standard library and PyYAML only.
"""
