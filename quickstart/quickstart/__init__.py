"""From a fresh machine to a served app: everything behind ``make quickstart``, ``make env`` and ``make platform``.

Standard library only, because its first step is to install everything else.
"""
