"""Lets tests of a component whose directory has its package's name import that package.

With ``--import-mode=importlib`` a test gets a module name from its path, ``kit.tests.unit.test_names``,
and pytest makes an empty module ``kit`` for it unless one is loaded. So the real ones are loaded first,
before any other ``conftest.py``: their ``__init__`` is no more than a docstring.
"""

import importlib
from pathlib import Path

for _package in sorted(Path(__file__).parent.glob("*/*/__init__.py")):
    if _package.parent.name == _package.parent.parent.name:
        importlib.import_module(_package.parent.name)
