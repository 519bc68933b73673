"""Make `.venv` and install what is pinned, when it changed. Needs nothing but Python: it runs before all else."""

import fcntl
import hashlib
import subprocess
import sys
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
VENV = CHECKOUT / ".venv"
PYTHON = VENV / "bin" / "python"
PIP = [str(PYTHON), "-m", "pip"]
FILES = {"run": ["requirements.txt"], "dev": ["requirements-dev.txt", "requirements.txt"]}


def main(need: str) -> None:
    """`need` is run, or dev for what tests and checks need on top."""
    if _is_made(need):
        return
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
    for done in FILES if need == "dev" else ["run"]:
        (VENV / f".made-{done}").write_text(_fingerprint(done))


def _is_made(need: str) -> bool:
    return PYTHON.exists() and _read(VENV / f".made-{need}") == _fingerprint(need)


def _fingerprint(need: str) -> str:
    """Of what is pinned."""
    texts = [(CHECKOUT / name).read_bytes() for name in [*FILES[need], "constraints.txt"]]
    return _place() + hashlib.sha256(b"\0".join(texts)).hexdigest()


def _place() -> str:
    """An environment is of one Python, and does not survive that its folder is moved."""
    return f"{sys.version}\n{CHECKOUT}\n"


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _make() -> None:
    if PYTHON.exists() and _read(VENV / ".made-at") == _place():
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
    total = sum("==" in line for name in [*FILES[need], "constraints.txt"] for line in _lines(name))
    options = ["--disable-pip-version-check", "--no-input", "--only-binary=:all:", "--progress-bar=off"]
    # Python only, and published as source only: it is built without a compiler.
    options.append("--no-binary=http_ece")
    log = VENV / "pip.log"
    seen = 0
    with (
        log.open("w") as file,
        subprocess.Popen(
            [*PIP, "install", *options, "-r", str(CHECKOUT / FILES[need][0])],
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
