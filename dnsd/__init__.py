"""Door one: mail transfer agents ask here by DNS.

Of reputation/ it knows the verdict, addresses, and which modules run compiled; nothing else.
"""

from reputation import compiled

compiled.use_compiled(__path__, "dnsd")
