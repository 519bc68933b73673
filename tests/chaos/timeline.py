"""What was done to the product and when: shown while it happens, and written into timeline.jsonl."""

import json
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from tqdm import tqdm

QUIET_S = 15.0


@dataclass
class Moment:
    """A fault's beginning and end, in Unix seconds, and what there is to say of it."""

    fault: str
    begun_at: float
    ended_at: float = 0.0
    note: str = ""


class Timeline:
    """Of one run."""

    def __init__(self, folder: Path, seconds: float) -> None:
        self.started_at = time.time()
        self.moments: list[Moment] = []
        self._file = (folder / "timeline.jsonl").open("a")
        self._bar: tqdm[None] = tqdm(total=round(seconds), bar_format="{desc} {bar} {n}/{total} s", disable=None)
        self._shown_at = 0.0

    def say(self, text: str) -> None:
        """A line with the time since the start."""
        line = f"{time.time() - self.started_at:7.1f} s  {text}"
        if self._bar.disable:
            print(line, flush=True)
        else:
            self._bar.write(line)

    def show(self, text: str) -> None:
        """How far it is; in a file, a line now and then."""
        if not self._bar.disable:
            self._bar.n = min(round(time.time() - self.started_at), self._bar.total)
            self._bar.set_description_str(text)
        elif time.time() - self._shown_at > QUIET_S:
            self._shown_at = time.time()
            self.say(f"  {text}")

    def begin(self, fault: str) -> Moment:
        moment = Moment(fault, time.time())
        self.moments.append(moment)
        self.say(f"┌ {fault}")
        return moment

    def end(self, moment: Moment, note: str = "") -> None:
        moment.ended_at, moment.note = time.time(), note
        self.say(f"└ {moment.fault} ({moment.ended_at - moment.begun_at:.1f} s){': ' if note else ''}{note}")
        self._file.write(json.dumps(asdict(moment)) + "\n")
        self._file.flush()

    def close(self) -> None:
        self._bar.close()
        self._file.close()
