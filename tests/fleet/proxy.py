"""nginx with TLS on a host of its own, as deploy/nginx.conf has it, in front of several web and live processes."""

import re
from collections.abc import Sequence
from pathlib import Path

from tests.config.test_proxies import AROUND_NGINX, DEPLOY, NGINX, fill_in, make_certificate
from tests.fleet.network import Host

# Two for each person who waits; Debian's 768 are for less than these tests bring.
MANY = "worker_connections 8192"


def start_proxy(host: Host, *, web: Sequence[Host], live: Sequence[Host]) -> Path:
    """Returns the certificate that it has."""
    certificate, key = make_certificate(host.folder)
    files = {"/etc/ssl/social.example.pem": str(certificate), "/etc/ssl/social.example.key": str(key)}
    filled = fill_in((DEPLOY / "nginx.conf").read_text(), files)
    for port, hosts in {8000: web, 8001: live}.items():
        filled = _with_a_line_for_each(filled, port, hosts)
    (host.folder / "socialapp.conf").write_text(filled)
    around = AROUND_NGINX.replace("worker_connections 128", MANY).format(folder=host.folder, user=" user root;")
    (host.folder / "nginx.conf").write_text(around)
    host.enable("nginx", str(NGINX), "-p", str(host.folder), "-e", "error.log", "-c", str(host.folder / "nginx.conf"))
    return certificate


def _with_a_line_for_each(conf: str, port: int, hosts: Sequence[Host]) -> str:
    (line,) = re.findall(rf"^ *server 127\.0\.0\.1:{port}\b.*\n", conf, re.MULTILINE)
    return conf.replace(line, "".join(line.replace("127.0.0.1", host.address) for host in hosts))
