"""The `deis` command line client of Workflow."""

__version__ = "3.0.0"

API_VERSION = "2.3"
"""The controller API that this client speaks."""
