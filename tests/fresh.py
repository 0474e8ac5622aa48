"""Follows README on a fresh machine: bare Debian, in a root file system that debootstrap makes. `make fresh` calls it.

It types what README says, word for word, the packages as root and the rest as an ordinary user, until DNS answers and
the portal shows a page. It needs root, the internet and the ports of `make run`; each step is bounded in time, and what
it made is removed at the end. With `make fresh FRESH=--test` it also runs `make test` there, which may take an hour.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.conftest import ROOT
from tests.recipes.tree import copy_of_the_repository
from tests.stories.program import Browser

RELEASES = {"bookworm": "Debian 12", "trixie": "Debian 13"}
TWO, FIVE = "Two commands", "Five minutes from zero to a working mail server"
USER, ID = "visitor", 1000
CHECKOUT = f"/home/{USER}/gatepost"
ORGANIZATION = "Your organization"  # as README calls it
EXCUSE = "echo '(the list is out of reach from here)'"
PATIENCE, LONG = 1200.0, 7200.0  # seconds, for a step and for `make test`
PATHS = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PROXIES = ("http_proxy", "https_proxy", "no_proxy", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
LINK = "First run: open "
CODE = re.compile(r'<code id="code-1-label">(\w+)</code>')


class Failed(Exception):
    """README is wrong on this machine; the text says at which line, and what was printed there."""


class Readme(NamedTuple):
    """What README says to type."""

    text: str

    def commands(self, heading: str) -> list[str]:
        """The indented lines of a section, without their comments."""
        section = re.search(rf"^## {re.escape(heading)}\n(.*?)(?=^## |\Z)", self.text, re.M | re.S)
        lines = re.findall(r"^ {4,}(\S.*)$", section[1] if section else "", re.M)
        if not lines:
            raise Failed(f"README has no commands under ## {heading}")
        return [re.split(r"\s{2,}#", line)[0].strip() for line in lines]

    def one(self, heading: str, begins: str) -> str:
        """The one command of a section that begins so."""
        found = [line for line in self.commands(heading) if line.startswith(begins)]
        if len(found) != 1:
            raise Failed(f"README has {len(found)} commands that begin with {begins} under ## {heading}")
        return found[0]

    def gatepost(self) -> str:
        """What `gatepost` is in a checkout."""
        found = re.search(r"`gatepost` is that\s+file, or `([^`]+)`", self.text)
        if found is None:
            raise Failed("README does not say what `gatepost` is in a checkout")
        return found[1]

    def package_of_dig(self) -> str:
        """Which package has dig."""
        found = re.search(r"`dig` is in Debian's package `([^`]+)`", self.text)
        if found is None:
            raise Failed("README does not say which package has dig")
        return found[1]


class Machine:
    """A root file system, and who types in it. Its processes end with the command that began them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def words(self, command: str, user: str) -> list[str]:
        """The command line by which a user's shell runs a command here, with processes of its own."""
        inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", f"--mount-proc={self.root}/proc"]
        shell = ["sh"] if user == "root" else ["su", "--login", f"--whitelist-environment={','.join(PROXIES)}", user]
        return [*inside, "chroot", str(self.root), *shell, "-c", command]

    def type(self, command: str, user: str = USER, patience: float = PATIENCE) -> str:
        """Run a command to its end and return what it printed; Failed where it fails or takes too long."""
        print(f"  {'#' if user == 'root' else '$'} {command}", flush=True)
        begun = time.monotonic()
        try:
            done = subprocess.run(
                self.words(self._in_its_folder(command, user), user), input="y\n" * 3, env=environment(),
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=patience,
            )  # fmt: skip
        except subprocess.TimeoutExpired:
            raise Failed(f"{command}: not done after {patience:.0f} s") from None
        print(f"    {time.monotonic() - begun:.0f} s", flush=True)
        if done.returncode:
            raise Failed(f"{command}: exit code {done.returncode}\n{done.stdout[-4000:]}")
        return done.stdout

    @contextmanager
    def running(self, command: str) -> Iterator[Path]:
        """A command that goes on until the block ends; what it prints is in the file."""
        print(f"  $ {command} &", flush=True)
        printed = self.root / "printed"
        with printed.open("w") as out:
            words = self.words(self._in_its_folder(command, USER), USER)
            process = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=out, env=environment())
        try:
            wait_for_link(process, printed)
            yield printed
        finally:
            process.kill()
            process.wait()

    def _in_its_folder(self, command: str, user: str) -> str:
        return command if user == "root" else f"cd {CHECKOUT} && {command}"


def environment() -> dict[str, str]:
    """What root's own environment would be there: nothing of ours but the way to the internet."""
    kept = {name: os.environ[name] for name in PROXIES if name in os.environ}
    return {"PATH": PATHS, "HOME": "/root", "TERM": "dumb", "DEBIAN_FRONTEND": "noninteractive", **kept}


def wait_for_link(process: subprocess.Popen[bytes], printed: Path) -> None:
    """Return when both doors are open and the link is printed."""
    end = time.monotonic() + PATIENCE
    while LINK not in printed.read_text():
        if process.poll() is not None:
            raise Failed(f"make run ended with {process.returncode}:\n{printed.read_text()[-4000:]}")
        if time.monotonic() > end:
            raise Failed(f"make run was not ready after {PATIENCE:.0f} s:\n{printed.read_text()[-4000:]}")
        time.sleep(0.5)


@contextmanager
def bare(release: str, mirror: str, site: Path | None) -> Iterator[Machine]:
    """A bare machine with an ordinary user, who has a checkout. It is removed at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"gatepost-{release}-", dir="/var/tmp"))
    folder.chmod(0o755)
    try:
        machine = Machine(folder / "root")
        print(f"  # debootstrap --variant=minbase {release} {machine.root} {mirror}", flush=True)
        words = ["debootstrap", "--variant=minbase", release, str(machine.root), *filter(None, [mirror])]
        done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=PATIENCE)
        if done.returncode:
            raise Failed(f"debootstrap: {done.stdout[-2000:]}")
        furnish(machine, site)
        yield machine
    finally:
        shutil.rmtree(folder)


def furnish(machine: Machine, site: Path | None) -> None:
    """Give the machine its network, what the site's network wants besides, a user, and the checkout."""
    for name in ("resolv.conf", "hosts"):
        shutil.copy(Path("/etc", name), machine.root / "etc" / name)
    if site is not None:
        shutil.copytree(site, machine.root, dirs_exist_ok=True)
    machine.type(f"useradd --create-home --shell /bin/bash --uid {ID} {USER}", "root")
    place = machine.root / CHECKOUT.lstrip("/")
    copy_of_the_repository(place)
    for one in (place, *place.rglob("*")):
        os.chown(one, ID, ID, follow_symlinks=False)


def follow(readme: Readme, machine: Machine, with_tests: bool) -> None:
    """Type what README says, and look at what it promises. Failed says what is otherwise."""
    machine.type("apt-get update", "root")
    for command in readme.commands(TWO):
        if command.startswith("apt-get "):
            machine.type(command, "root")
    with machine.running(readme.one(TWO, "make run")) as printed:
        code = set_up(printed.read_text())
        ask(readme, machine, code)
    print(printed.read_text(), end="")
    if with_tests:
        print(machine.type(readme.one(TWO, "make test"), patience=LONG)[-3000:])


def set_up(printed: str) -> str:
    """Open the link that was printed, as README's first step says, and return the code of the page Activation Code."""
    link = printed.partition(LINK)[2].split()[0]
    browser = Browser(link)
    password = "a long enough sentence"
    fields = {"email": "you@your-organization.example", "password": password, "repeated": password}
    page = browser.submit(link, organization=ORGANIZATION, subscription="advanced", **fields)
    if "<h1>General</h1>" not in page:
        raise Failed(f"the link leads to no page General:\n{page[:2000]}")
    print(f"  the portal: page General, {len(page):,} characters")
    for entry in ("Administration", "Activation Code"):
        page = browser.get(linked(page, entry))
    code = CODE.search(page)
    if code is None:
        raise Failed("the page Activation Code shows no code")
    return code[1]


def linked(page: str, entry: str) -> str:
    """Where an entry of the menu leads."""
    found = re.search(rf'<a href="([^"]+)"[^>]*>(?:(?!</a>).)*?\b{entry}(?:</span>)?</a>', page, re.DOTALL)
    if found is None:
        raise Failed(f"{entry} is not in the menu")
    return found[1]


def ask(readme: Readme, machine: Machine, code: str) -> None:
    """Load a list and ask DNS, as README's next steps say. Whether its list can be fetched today is not README's."""
    machine.type(f"apt-get install {readme.package_of_dig()}", "root")
    for command in readme.commands(FIVE):
        if command.startswith("gatepost "):
            typed = command.replace("gatepost", readme.gatepost(), 1)
            said = machine.type(f"{typed} || {EXCUSE}" if command == "gatepost feed refresh" else typed)
            print("    " + said.strip().replace("\n", "\n    "))
    said = machine.type(readme.one(FIVE, "dig ").replace("CODE", code)).strip()
    if said != "127.0.0.2":
        raise Failed(f"DNS answered the test address with {said!r} instead of 127.0.0.2")
    print(f"  DNS: {said}")


def main() -> int:
    """Follow README on each release; return how many failed."""
    wanted = argparse.ArgumentParser(prog="python -m tests.fresh", description=__doc__)
    wanted.add_argument("--release", action="append", choices=RELEASES, help="otherwise all of them")
    wanted.add_argument("--mirror", default="", help="where packages come from, if not from where debootstrap looks")
    wanted.add_argument("--site", type=Path, help="files that this network wants on a machine, as a tree: etc/pip.conf")
    wanted.add_argument("--test", action="store_true", help="run `make test` too")
    given = wanted.parse_args()
    if os.geteuid() != 0:
        sys.exit("make fresh makes root file systems, which only root may: sudo make fresh")
    for program in ("debootstrap", "unshare"):
        if not shutil.which(program):
            sys.exit(f"{program} is missing: apt-get install debootstrap util-linux")
    readme = Readme((ROOT / "README.md").read_text())
    return len([one for one in given.release or RELEASES if not holds(one, readme, given)])


def holds(release: str, readme: Readme, given: argparse.Namespace) -> bool:
    """Tell whether README holds on a release, with a line that says so."""
    print(RELEASES[release], flush=True)
    try:
        with bare(release, given.mirror, given.site) as machine:
            follow(readme, machine, given.test)
    except Failed as failure:
        print(f"{RELEASES[release]}: README does not hold: {failure}", flush=True)
        return False
    print(f"{RELEASES[release]}: README holds", flush=True)
    return True


if __name__ == "__main__":
    sys.exit(main())
