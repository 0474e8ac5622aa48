"""Lists that people bring from other programs: recognised, read line by line, and taken when a person agrees.

forms.py      the forms, and how each is told: one row a form
reading.py    what their readers share
planning.py   what each line becomes, and the import as one transaction
"""

from reputation.customers.imports.forms import AS_FEED, AS_LISTINGS, AS_WRITTEN, BY_NAME, CHOICES, FORMS, Form
from reputation.customers.imports.planning import WORDS, Choice, Imported, Line, Plan, add_feed, carry_out, plan

__all__ = [
    "AS_FEED",
    "AS_LISTINGS",
    "AS_WRITTEN",
    "BY_NAME",
    "CHOICES",
    "FORMS",
    "WORDS",
    "Choice",
    "Form",
    "Imported",
    "Line",
    "Plan",
    "add_feed",
    "carry_out",
    "plan",
]
