"""The bundled table of origins, and the script that makes it. README.md has its date and its credits."""
