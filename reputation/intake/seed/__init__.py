"""The table of origins that comes with the program, and the script that makes it. README.md: its date, its credits."""
