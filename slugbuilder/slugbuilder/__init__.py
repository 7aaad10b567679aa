"""Turns source into a slug, in three programs of one pod: fetch, build, push.

Only build runs the user's code; only the others have addresses.
"""
