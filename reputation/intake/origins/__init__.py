"""Where addresses come from: the bundled table of countries and ISPs, and those that replace it.

table.py      rows as they were read, and the rule by which overlapping rows are resolved
opening.py    a file as it comes, packed or as an archive, as its tables
forms.py      the forms in which tables are published, and how each is told: one row a form
combining.py  several tables as one, and what is missing in it
packed.py     a table packed into few octets, and back: for the bundled seed and for stored revisions
revisions.py  the seed, the weekly refresh, imported files
reading.py    files read in a process of their own, and the packed table that comes of them
"""

from reputation.intake.origins.forms import FORMS
from reputation.intake.origins.packed import pack, unpack
from reputation.intake.origins.revisions import (
    SOURCE,
    Loaded,
    OriginState,
    credits,
    import_files,
    latest,
    refresh,
    replace_damaged,
    seed,
    state,
)
from reputation.intake.origins.table import OriginTable

__all__ = [
    "FORMS",
    "SOURCE",
    "Loaded",
    "OriginState",
    "OriginTable",
    "credits",
    "import_files",
    "latest",
    "pack",
    "refresh",
    "replace_damaged",
    "seed",
    "state",
    "unpack",
]
