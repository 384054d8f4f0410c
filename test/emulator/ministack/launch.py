"""Starts MiniStack with mended corners: what AWS does and MiniStack 1.5.33 does not, as far as the suite looks.

A patch that does not apply ends the start with status 3: a green run on a half-patched emulator would prove little.
The environment is MiniStack's own (GATEWAY_PORT, BIND_HOST, AUTH …), and for two patches:
SPILLWAY_FAULTS, a folder of faults to commit (faults.py), and SPILLWAY_DECISIONS, a file for decisions of IAM
(decisions.py).
"""

import sys
import traceback
from importlib.metadata import version

import actions
import apis
import decisions
import definitions
import executions
import faults
import history
import lambda_errors
import lifeline
import queues
import schedules
import transport

VERSION = "1.5.33"
PATCHES = [lambda_errors, executions, definitions, history, schedules, queues, apis, transport, faults, decisions]
# Stands before the decisions, which are to be noted by the names of permissions.
PATCHES.append(actions)


def main():
    found = version("ministack")
    if found != VERSION:
        print(f"PATCH FAILED: these patches are for MiniStack {VERSION}, found {found}", file=sys.stderr)
        raise SystemExit(3)
    for patch in PATCHES:
        try:
            patch.apply()
        except Exception:
            traceback.print_exc()
            print(f"PATCH FAILED: {patch.__name__}", file=sys.stderr, flush=True)
            raise SystemExit(3)
    lifeline.hold()
    from ministack.app import main as serve

    sys.argv = ["ministack"]
    serve()


if __name__ == "__main__":
    main()
