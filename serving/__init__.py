"""How the program serves: its parts built and handed on, its database waited for, its settings read again, its end.

`app.py` is the table of contents; what it calls is here. These modules may import every room, and only `app.py` imports
them.
"""
