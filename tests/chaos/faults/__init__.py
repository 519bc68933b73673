"""All faults, by name."""

from tests.chaos.faults import aboard, channels, network, old_worker, processes, servers
from tests.chaos.faults.fault import Fault

FAULTS: dict[str, Fault] = {
    fault.name: fault
    for module in (processes, network, servers, channels, aboard, old_worker)
    for fault in module.FAULTS
}
