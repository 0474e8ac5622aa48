"""`python -m portal.api` writes docs/api.md to standard output."""

from portal.api.document import markdown

print(markdown(), end="")
