"""`python -m tests.chaos.checker FOLDER`: of a run that still runs; 1 when something was found."""

import sys
from pathlib import Path

from tests.chaos.checker.check import check

report = check(Path(sys.argv[1]))
print(report)
sys.exit(not report.is_well)
