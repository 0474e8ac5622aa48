"""Where addresses come from: the bundled table of countries and ISPs, and those that replace it.

table.py      rows as they were read, and the rule by which overlapping rows are resolved
iptoasn.py    reads the published form: start, end, ASN, country, name
packed.py     a table packed into few octets, and back: for the bundled seed and for stored revisions
revisions.py  the seed, the weekly refresh, an imported file
"""

from reputation.intake.origins.iptoasn import read_iptoasn
from reputation.intake.origins.packed import pack, unpack
from reputation.intake.origins.revisions import SOURCE, credits, import_file, latest, refresh, seed
from reputation.intake.origins.table import OriginTable

__all__ = [
    "SOURCE",
    "OriginTable",
    "credits",
    "import_file",
    "latest",
    "pack",
    "read_iptoasn",
    "refresh",
    "seed",
    "unpack",
]
