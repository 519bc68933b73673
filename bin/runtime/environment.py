"""Make `.venv` and install what is pinned, when it changed. Needs nothing but Python: it runs before all else."""

import fcntl
import hashlib
import os
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip"]
# What few need: installed to run where a variable asks for it, which then begins so; and for tests and checks.
EXTRAS = {
    "requirements-s3.txt": {"SOCIALAPP_MEDIA": "s3://"},
    "requirements-observe.txt": {"SOCIALAPP_SENTRY_DSN": "", "OTEL_EXPORTER_OTLP_ENDPOINT": ""},
}
# Of these, what each process imports a part of where it is installed: a bench would measure that.
HEAVY = {"requirements-observe.txt"}


def main(need: str) -> None:
    """`need` is run, or dev for what tests and checks need on top."""
    if _is_made(need):
        return
    if VENV.is_symlink() and not _is_of_now():
        sys.exit(f"{VENV} is a link to {VENV.resolve()}, which would be emptied. Remove the link and start again.")
    try:
        VENV.mkdir(exist_ok=True)
        lock = (VENV / ".lock").open("w")
    except OSError as error:
        sys.exit(f"Cannot write {VENV}: {error.strerror}. Run this as the user who owns the checkout.")
    fcntl.flock(lock, fcntl.LOCK_EX)
    if _is_made(need):
        return
    _make()
    _install(need)
    made = set(_read(VENV / ".made").splitlines()) | _fingerprints(need)
    (VENV / ".made").write_text("\n".join(sorted(made)))


def _files(need: str) -> list[str]:
    if need == "dev":
        return ["requirements-dev.txt", *(name for name in EXTRAS if name not in HEAVY), "requirements.txt"]
    return [*(name for name, variables in EXTRAS.items() if _asks(variables)), "requirements.txt"]


def _asks(variables: dict[str, str]) -> bool:
    return any(value.startswith(start) for name, start in variables.items() if (value := os.environ.get(name)))


def _is_made(need: str) -> bool:
    return PYTHON.exists() and _fingerprints(need) <= set(_read(VENV / ".made").splitlines())


def _fingerprints(need: str) -> set[str]:
    """Of what is pinned, a line for each file."""
    return {_fingerprint(name) for name in _files(need)}


def _fingerprint(name: str) -> str:
    texts = [_place().encode(), *((CHECKOUT / each).read_bytes() for each in (name, "constraints.txt"))]
    return f"{name} {hashlib.sha256(bytes(1).join(texts)).hexdigest()}"


def _place() -> str:
    """Where the environment was made and by which Python, if this one can go on with it; else those of now.

    It can with a later build of the same minor version (an update of Debian's, which comes at night): the environment
    leads to the Python of the system, and compiled packages are for a minor version. It must not be moved.
    """
    now, made_at = f"{sys.version}\n{CHECKOUT}\n", _read(VENV / ".made-at")
    is_same = made_at.split(".")[:2] == now.split(".")[:2] and made_at.endswith(f"\n{CHECKOUT}\n")
    return made_at if is_same else now


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _is_of_now() -> bool:
    """Whether packages can be installed into what is there."""
    return PYTHON.exists() and _read(VENV / ".made-at") == _place()


def _make() -> None:
    if _is_of_now():
        return
    print("Making the virtual environment …", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False)
    if made.returncode:
        sys.exit(
            "Cannot make a virtual environment: this Python lacks the module venv or ensurepip. "
            "Install it (Debian, Ubuntu: apt install python3-venv) and start again.\n" + made.stdout + made.stderr
        )
    (VENV / ".made-at").write_text(_place())


def _install(need: str) -> None:
    """What pip says goes to a log; what is shown is how far it is."""
    files = _files(need)
    total = sum("==" in line for name in [*files, "constraints.txt"] for line in _lines(name))
    options = ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--progress-bar=off"]
    # Python only, and published as source only: it is built without a compiler.
    options.append("--no-binary=http_ece")
    log = VENV / "pip.log"
    seen = 0
    with (
        log.open("w") as file,
        subprocess.Popen(
            [*PIP, "install", *options, *(part for name in files for part in ("-r", str(CHECKOUT / name)))],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as pip,
    ):
        for line in pip.stdout or ():
            file.write(line)
            if line.startswith(("Collecting", "Requirement already satisfied")):
                seen += 1
                _show(f"Installing packages: {min(seen, total)} of {total} fetched")
            elif line.startswith("Installing collected"):
                _show("Installing packages: unpacking        ")
    print(flush=True)
    if pip.returncode:
        sys.exit(f"The packages could not be installed: {_last_error(log)} (all of it: {log})")


def _show(text: str) -> None:
    """In place on a terminal; elsewhere (a log) only the last."""
    if sys.stdout.isatty():
        print(f"\r{text}", end="", flush=True)
    elif "unpacking" in text:
        print("Installing packages …", end="", flush=True)


def _lines(name: str) -> list[str]:
    return (CHECKOUT / name).read_text().splitlines()


def _last_error(log: Path) -> str:
    lines = [line for line in log.read_text().splitlines() if line.startswith("ERROR")]
    return lines[-1].removeprefix("ERROR: ") if lines else "pip failed"


if __name__ == "__main__":
    main(sys.argv[1])
