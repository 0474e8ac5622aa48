"""The one file: its launcher, its packing, and the systems it runs on."""
