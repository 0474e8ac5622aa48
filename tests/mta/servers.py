"""Real Postfix, Exim and unbound, started privately in a namespace, and a sender who talks to them.

What they are told of Gatepost are the texts that the portal prints, without a change; the rest of a configuration is
here. Nothing here knows what an answer ought to be.
"""

from __future__ import annotations

import os
import re
import shutil
import smtplib
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests import debian
from tests.mta.namespace import Namespace, Process, Program

TEMPLATES = Path(__file__).resolve().parents[2] / "templates" / "mta"
HOST = "mx.example"
# Exim will not run as root; on a machine without the package there is no such user.
EXIM_USER = "Debian-exim"
EXIM_ID = 690

POSTFIX_MAIN_CF = """\
compatibility_level = 3.6
myhostname = {host}
mydestination = {host}
mynetworks = 127.0.0.1/32
smtpd_peername_lookup = no
alias_maps =
local_recipient_maps =
command_directory = {root}/usr/sbin
daemon_directory = {root}/usr/lib/postfix/sbin
shlib_directory = {root}/usr/lib/postfix
meta_directory = /etc/postfix
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = /dev/stdout
mail_owner = daemon
setgid_group = mail
import_environment = MAIL_CONFIG MAIL_DEBUG MAIL_LOGTAG TZ LANG=C POSTLOG_SERVICE POSTLOG_HOSTNAME LD_LIBRARY_PATH
postscreen_greet_wait = 2s

"""
# No service in a chroot: one there would read resolv.conf from the queue. An smtpd process remembers what a list said
# of an address for as long as it lives, whatever the TTL; with max_use=1 every sender meets a new one.
POSTFIX_MASTER_CF = """\
{port}            inet       n - n -    - smtpd -o max_use=1
{postscreen_port} inet       n - n -    1 postscreen
smtpd             pass       - - n -    - smtpd -o max_use=1
dnsblog           unix       - - n -    0 dnsblog
tlsproxy          unix       - - n -    0 tlsproxy
cleanup           unix       n - n -    0 cleanup
qmgr              unix       n - n 300  1 qmgr
rewrite           unix       - - n -    - trivial-rewrite
anvil             unix       - - n -    1 anvil
bounce            unix       - - n -    0 bounce
defer             unix       - - n -    0 bounce
postlog           unix-dgram n - n -    1 postlogd
virtual           unix       - n n -    - virtual
"""

EXIM_CONF = """\
primary_hostname = {host}
daemon_smtp_ports = {port}
local_interfaces = <; 127.0.0.1 ; ::1
spool_directory = {folder}/spool
log_file_path = {folder}/log_%s
pid_file_path = {folder}/exim.pid
exim_path = {program}
keep_environment =
host_lookup =
rfc1413_hosts =
tls_advertise_hosts =
{main}acl_smtp_rcpt = acl_check_rcpt

begin acl
acl_check_rcpt:
  accept hosts = <; 127.0.0.1 ; ::1
{acl}
  accept domains = {host}
{rest}"""

# Only what a test says: its symbols, and the log line of Debian's own configuration.
RSPAMD_CONF = """\
options {{ pidfile = "{folder}/rspamd.pid"; tempdir = "{folder}"; filters = ""; url_tld = "{folder}/tld"; }}
logging {{
  type = "file"; filename = "{folder}/rspamd.log"; level = "info";
  log_format = "id: <$mid>,$if_qid{{ qid: <$>,}}$if_ip{{ ip: $,}}$if_user{{ user: $,}}$if_smtp_from{{ from: <$>,}} \
(default: $is_spam ($action): [$scores] [$symbols_scores_params]), len: $len, time: $time_real, dns req: $dns_req, \
digest: <$digest>$if_smtp_rcpts{{, rcpts: <$>}}$if_mime_rcpts{{, mime_rcpts: <$>}}";
}}
actions {{ reject = 15; add_header = 6; greylist = 4; }}
worker "rspamd_proxy" {{
  bind_socket = "127.0.0.1:{port}"; milter = true; count = 1; timeout = 5s;
  upstream "local" {{ default = true; self_scan = true; }}
}}
lua = "{folder}/rspamd.lua";
"""

# As suspicious as unbound can be: one label more at a time, random capitals, no second guess at an NXDOMAIN.
UNBOUND_CONF = """\
server:
    interface: 127.0.0.1
    chroot: ""
    directory: "{folder}"
    username: ""
    pidfile: "{folder}/unbound.pid"
    use-syslog: no
    logfile: ""
    qname-minimisation: yes
    qname-minimisation-strict: yes
    use-caps-for-id: yes
    harden-below-nxdomain: yes
remote-control:
    control-enable: no
include: "{folder}/gatepost.conf"
"""


def text(name: str, *, dynamic: bool = True, **values: str) -> str:
    """The text that the portal prints from templates/mta/NAME, with a line end at its end as a file has it.

    `dynamic`: for a subscription that includes the dynamic database.
    """
    environment = Environment(loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, autoescape=False)
    return environment.get_template(name).render(values, dynamic=dynamic) + "\n"


def postfix_texts(code: str, zone: str, dynamic: bool = True) -> dict[str, str]:
    """What an administrator copies to Postfix, by the names of the templates."""
    names = ("postfix_main.cf", "postfix_rbl_reply", "postscreen_main.cf", "postscreen_dnsbl_reply")
    return {name: text(name, dynamic=dynamic, code=code, zone=zone) for name in names}


@dataclass(frozen=True)
class Reply:
    code: int
    text: str


@dataclass(frozen=True)
class Mta:
    """A mail server that is running, to which a sender may come from any address."""

    namespace: Namespace
    port: int
    activation_code: str

    def offer(self, source: str) -> Reply:
        """Comes from `source` with one message for one recipient: the reply that decides, which is the first refusal.

        No reply may ever show the activation code; that is asserted of each, whatever the test is about.
        """
        replies = converse(self.namespace, self.port, source)
        for reply in replies:
            assert self.activation_code.lower() not in reply.text.lower().replace("-", "")
        return next((reply for reply in replies if reply.code >= 300), replies[-1])


def converse(namespace: Namespace, port: int, source: str) -> list[Reply]:
    """The replies to the greeting, EHLO, MAIL and RCPT, up to the first that refuses."""
    namespace.address(source)
    with smtplib.SMTP(local_hostname="sender.example", timeout=60) as smtp:
        smtp.sock = namespace.connect("::1" if ":" in source else "127.0.0.1", port, source)
        steps = (
            smtp.getreply,
            smtp.ehlo,
            lambda: smtp.mail("someone@sender.example"),
            lambda: smtp.rcpt(f"postmaster@{HOST}"),
        )
        replies: list[Reply] = []
        for step in steps:
            code, said = step()
            replies.append(Reply(code, joined(said.decode())))
            if code >= 300:
                break
        return replies


def joined(said: str) -> str:
    """A reply on one line. A server breaks a long one where it likes, and Exim repeats the 5.7.1 on each line."""
    first, *more = said.splitlines() or [""]
    return " ".join([first, *(re.sub(r"^\d\.\d\.\d ", "", line) for line in more)])


def start_postfix(namespace: Namespace, texts: dict[str, str], code: str, port: int = 25, services: str = "") -> Mta:
    """Postfix with smtpd on `port` and postscreen on `port + 1000`; `services` are more lines of master.cf."""
    root = debian.need("postfix")
    folder = namespace.folder / f"postfix-{port}"
    (folder / "queue").mkdir(parents=True)
    (folder / "data").mkdir()
    shutil.chown(folder / "data", "daemon")
    etc = namespace.etc(f"postfix-{port}")
    shutil.copytree(root / "etc" / "postfix", etc / "postfix")
    files = {
        "main.cf": _without(POSTFIX_MAIN_CF, texts["postfix_main.cf"]).format(host=HOST, root=root, folder=folder)
        + texts["postfix_main.cf"]
        + texts["postscreen_main.cf"],
        "master.cf": POSTFIX_MASTER_CF.format(port=port, postscreen_port=port + 1000) + services,
        "rbl_reply": texts["postfix_rbl_reply"],
        "dnsbl_reply": texts["postscreen_dnsbl_reply"],
    }
    for name, content in files.items():
        (etc / "postfix" / name).write_text(content)
    libraries = {"LD_LIBRARY_PATH": f"{root}/usr/lib/postfix:{debian.libraries(root)}"}
    postfix = (root / "usr/sbin/postfix", "start-fg")
    namespace.start(Program(postfix, etc, libraries, folder / "log"), port)
    return Mta(namespace, port, code)


def _without(settings: str, more: str) -> str:
    """The lines that set what `more` does not set as well: Postfix warns of each that is set twice."""
    names = {line.partition(" =")[0] for line in more.splitlines()}
    return "".join(line for line in settings.splitlines(True) if line.partition(" =")[0] not in names)


def start_exim(namespace: Namespace, acl: str, code: str, port: int = 26, main: str = "", rest: str = "") -> Mta:
    namespace.start(exim(namespace, acl, port, "-bdf", main=main, rest=rest), port)
    return Mta(namespace, port, code)


def exim(namespace: Namespace, acl: str, port: int, *options: str, main: str = "", rest: str = "") -> Program:
    """Exim with its configuration written: `-bdf` makes it a server, `-bh ADDRESS` a dry run.

    `main` are further options of the main section, `rest` what follows the ACL of recipients.
    """
    root = debian.need("exim4-daemon-light")
    etc = namespace.etc(f"exim-{port}")
    user = user_id(etc, EXIM_USER, EXIM_ID)
    folder = namespace.folder / f"exim-{port}"
    (folder / "spool").mkdir(parents=True)
    # Not so the file: Exim refuses a configuration that its run-time user could change.
    for path in (folder, folder / "spool"):
        os.chown(path, user, user)
    conf = folder / "exim.conf"
    program = root / "usr/sbin/exim4"
    texts = {"acl": acl, "main": main, "rest": rest}
    conf.write_text(EXIM_CONF.format(host=HOST, port=port, program=program, folder=folder, **texts))
    argv = (program, "-C", conf, *options)
    return Program(argv, etc, {"LD_LIBRARY_PATH": debian.libraries(root)}, folder / "log")


def start_rspamd(namespace: Namespace, symbols: str, port: int = 11332) -> Path:
    """Rspamd as a milter, with the symbols that the Lua text registers; returns its log."""
    root = debian.need("rspamd")
    folder = namespace.folder / "rspamd"
    folder.mkdir()
    folder.chmod(0o777)
    (folder / "tld").write_text("example\n")
    (folder / "rspamd.lua").write_text(symbols)
    conf = folder / "rspamd.conf"
    conf.write_text(RSPAMD_CONF.format(folder=folder, port=port))
    share = root / "usr/share/rspamd"
    places = {
        "SHAREDIR": share,
        "LUALIBDIR": share / "lualib",
        "RULESDIR": share / "rules",
        "PLUGINSDIR": share / "plugins",
    }
    places |= dict.fromkeys(("DBDIR", "RUNDIR", "LOGDIR"), folder) | {"CONFDIR": root / "etc/rspamd"}
    argv = (root / "usr/bin/rspamd", "-f", "-i", "-c", conf, *(f"--var={name}={path}" for name, path in places.items()))
    libraries = {"LD_LIBRARY_PATH": f"{debian.libraries(root)}:{root}/usr/lib/rspamd"}
    namespace.start(Program(argv, namespace.etc("rspamd"), libraries, folder / "out"), port)
    return folder / "rspamd.log"


def user_id(etc: Path, name: str, otherwise: int) -> int:
    """The id of the user of that name in the /etc folder, who is made with the id `otherwise` where there is none."""
    for line in (etc / "passwd").read_text().splitlines():
        if line.startswith(f"{name}:"):
            return int(line.split(":")[2])
    for file, line in (
        ("passwd", f"{name}:x:{otherwise}:{otherwise}::/nonexistent:/bin/false"),
        ("group", f"{name}:x:{otherwise}:"),
    ):
        with open(etc / file, "a") as table:
            table.write(line + "\n")
    return otherwise


def start_unbound(namespace: Namespace, stub: str) -> Process:
    """unbound on port 53, which asks Gatepost as the text `stub` says."""
    root = debian.need("unbound")
    folder = namespace.folder / "unbound"
    folder.mkdir()
    (folder / "gatepost.conf").write_text(stub)
    (folder / "unbound.conf").write_text(UNBOUND_CONF.format(folder=folder))
    argv = (root / "usr/sbin/unbound", "-d", "-c", folder / "unbound.conf")
    libraries = {"LD_LIBRARY_PATH": debian.libraries(root)}
    return namespace.start(Program(argv, namespace.etc("unbound"), libraries, folder / "log"), 53)
