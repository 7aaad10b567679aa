"""Objects of an app as plain values, one module a kind. Pure.

Names, times and counts come in as arguments.
"""
