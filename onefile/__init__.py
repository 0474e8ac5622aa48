"""Makes the one file that people download: a launcher, and behind it the program as PyInstaller has frozen it.

build.spec freezes the program into a folder; `pack.py` packs that folder behind the launcher (`launcher/`, in C, linked
statically); `glibc.py` says which systems the result runs on. `make build` does all of it.

At a start the launcher looks for a folder of its user's own in which programs may run, unpacks what is missing there,
and becomes the program. The name of the unpacked folder contains a hash of what is in it: a later start finds it as it
should be and unpacks nothing, and two versions never meet. The folder is held by a shared lock while a program lives in
it; a start removes the folders of other versions in which none does. docs/systemd.md tells an operator where it lies.

PyInstaller's own one file unpacks everything at each start, into a folder of /tmp that a kill leaves behind, and that
the system's cleaning empties below the running program; and its first process stays, in front of the program.
"""
