"""The README's table names every setting."""

import re
from pathlib import Path

from database.settings import Settings
from kit.settings import list_variables

README = Path(__file__).resolve().parents[2] / "README.md"


def test_the_table_of_settings_is_complete():
    assert re.findall(r"^\| `(\w+)` \|", README.read_text(), re.MULTILINE) == list_variables(
        Settings.from_env
    )
