"""Kills a function in the middle of a call, at an exact place.

A file `<service>.<Operation>.<before|after>.json` in the folder SPILLWAY_FAULTS, holding
{"function": …, "match": …}, is a fault to commit once: at the first such call whose body contains `match`, instead of
carrying it out or after that, every busy process of that function is killed. The file is then renamed to `….done`.
"""

import json
import os
import signal

import ministack.core.lambda_runtime as runtime
import ministack.services.dynamodb as dynamodb
import ministack.services.stepfunctions as sfn

WATCHED = {"dynamodb": dynamodb, "states": sfn}


def apply():
    folder = os.environ.get("SPILLWAY_FAULTS")
    assert isinstance(runtime._workers, dict)
    if not folder:
        return
    for service, module in WATCHED.items():
        module.handle_request = watched(folder, service, module.handle_request)


def watched(folder, service, handle):
    async def handle_request(method, path, headers, body, query_params):
        operation = headers.get("x-amz-target", "").split(".")[-1]
        place = os.path.join(folder, f"{service}.{operation}")
        if strike(f"{place}.before.json", body):
            return 500, {}, b""
        answer = await handle(method, path, headers, body, query_params)
        strike(f"{place}.after.json", body)
        return answer

    return handle_request


def strike(file, body):
    """Whether a fault was committed."""
    if not os.path.exists(file):
        return False
    with open(file) as content:
        fault = json.load(content)
    if fault["match"].encode() not in (body or b""):
        return False
    with runtime._lock:
        entries = [worker for pool in runtime._workers.values() for worker in pool]
    busy = [worker for worker in entries if worker.in_use and worker.func_name == fault["function"] and worker._proc]
    if not busy:
        return False
    os.rename(file, f"{file}.done")
    for worker in busy:
        os.kill(worker._proc.pid, signal.SIGKILL)
        worker._proc.wait()
    return True
