"""Whether a process can listen where it is to."""

import socket

from bin.runtime.console import Failure


def claim_port(command: str, host: str, port: int) -> None:
    """Make sure that the command can listen there. Raises Failure, which says how to call it instead."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except socket.gaierror as error:
        raise Failure(f"--host {host} is not an address of this machine.") from error
    except PermissionError as error:
        raise Failure(f"Port {port} is for root. Choose one above 1023: {command} --port 8000.") from error
    except OSError as error:
        why = error.strerror or str(error)
        raise Failure(
            f"Cannot listen on {host} port {port}: {why}. Stop what listens there, or choose: "
            f"{command} --port {port + 1}."
        ) from error
