"""Lists and tables of strangers are read in a process of their own, which may die, sees no file and reaches nobody.

    reader.py     who asks: starts the process, waits, and makes a sentence of what went wrong
    spool.py      what the process gets: a file without a name, with the list and the order
    answers.py    what comes back, in frames with a bound; nothing of it is believed before it is checked
    process.py    the process itself: it limits and confines itself, does what is ordered, and answers
    confinement.py  what Linux gives for that to an ordinary user, and to root
    lists.py      the order to read a published list, and its answer
    trying.py     the order to try what the process must not be able to do
    limits.py     how much memory and time it may use

The process is this program again, told so by its first argument. What it needs is imported before it confines itself.
"""

COMMAND = "read-list"  # the argument by which the program knows that it is that process
