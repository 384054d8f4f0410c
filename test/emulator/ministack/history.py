"""GetExecutionHistory as AWS writes it: previousEventId, the events inside Map and Parallel, LambdaFunction* names."""

import contextvars
import copy
import json
import re
import threading

import ministack.services.stepfunctions as sfn

FUNCTION_ARN = re.compile(r"^arn:aws[\w-]*:lambda:")
TASK_DETAILS = re.compile(r"task(Scheduled|Succeeded|Failed)EventDetails")

# The id of the event before, for each thread of an execution; what a Map or Parallel state hands to its parts.
before = contextvars.ContextVar("before", default=None)
parent = contextvars.ContextVar("parent", default=None)
lock = threading.Lock()


def apply():
    run = sfn._run_execution

    def run_execution(arn):
        before.set([None])
        parent.set(None)
        return run(arn)

    sfn._run_execution = run_execution
    sfn._add_event = add_event
    sfn._run_sub_machine = run_part
    sfn._run_map_items = around("Map", sfn._run_map_items)
    sfn._run_parallel_branches = around("Parallel", sfn._run_parallel_branches)
    for name in ("_apply_input_path", "_apply_output_path", "_execute_task", "_execute_map", "_execute_parallel",
                 "_execute_pass", "_execute_choice", "_execute_wait", "_fail_state_error", "_resolve_path_or_ctx"):
        assert callable(getattr(sfn, name)), name


def add_event(execution, kind, details=None):
    kind, details = named_for_lambda(kind, dict(details or {}))
    with lock:
        place = before.get()
        previous = place[0] if place and place[0] is not None else len(execution["events"])
        event = {
            "id": len(execution["events"]) + 1,
            "previousEventId": previous,
            "type": kind,
            "timestamp": sfn.now_iso(),
            **details,
        }
        execution["events"].append(event)
        if place:
            place[0] = event["id"]
        return event


def named_for_lambda(kind, details):
    """Tasks whose resource is a function's ARN have event names of their own."""
    for key, detail in list(details.items()):
        match = TASK_DETAILS.fullmatch(key)
        if not match:
            continue
        outcome = match[1]
        timed_out = outcome == "Failed" and detail.get("error") == "States.Timeout"
        if FUNCTION_ARN.match(detail.get("resource", "")):
            outcome = "TimedOut" if timed_out else outcome
            kept = {k: v for k, v in detail.items() if k != "resourceType"}
            if outcome != "Scheduled":
                kept.pop("resource", None)
            del details[key]
            details[f"lambdaFunction{outcome}EventDetails"] = kept
            return f"LambdaFunction{outcome}", details
        if timed_out:
            details["taskTimedOutEventDetails"] = details.pop(key)
            return "TaskTimedOut", details
    return kind, details


def run_part(states, start_at, data, execution, context):
    """One item of a Map or one branch of a Parallel state, with its events."""
    kind, name, started = parent.get()
    before.set([started])
    parent.set(None)
    item = None
    if kind == "Map":
        item = {"name": name, "index": context["Map"]["Item"]["Index"]}
        add_event(execution, "MapIterationStarted", {"mapIterationStartedEventDetails": item})
    current, value = start_at, copy.deepcopy(data)
    try:
        while current:
            current, value = run_state(states[current], current, value, execution, context)
        if item:
            add_event(execution, "MapIterationSucceeded", {"mapIterationSucceededEventDetails": item})
        return value
    except Exception:
        if item:
            add_event(execution, "MapIterationFailed", {"mapIterationFailedEventDetails": item})
        raise


def run_state(state, name, value, execution, context):
    kind = state["Type"]
    context["State"] = {"Name": name, "EnteredTime": sfn.now_iso(), "RetryCount": 0}
    entered = {"name": name, "input": json.dumps(value)}
    add_event(execution, f"{kind}StateEntered", {"stateEnteredEventDetails": entered})
    if kind == "Fail":
        raise sfn._ExecutionError(*sfn._fail_state_error(state, value, context))
    if kind == "Succeed":
        value, following = sfn._apply_output_path(state, sfn._apply_input_path(state, value, context), context), None
    elif kind in ("Task", "Parallel", "Map"):
        value, following = getattr(sfn, f"_execute_{kind.lower()}")(state, value, execution, context)
    else:
        value, following = getattr(sfn, f"_execute_{kind.lower()}")(state, value, context)
    exited = {"name": name, "output": json.dumps(value)}
    add_event(execution, f"{kind}StateExited", {"stateExitedEventDetails": exited})
    return following, value


def around(kind, run):
    def with_events(state, raw, execution, context):
        name, place = context["State"]["Name"], before.get()
        details = None
        if kind == "Map":
            effective = sfn._apply_input_path(state, raw, context)
            items = sfn._resolve_path_or_ctx(state.get("ItemsPath", "$"), effective, context)
            details = {"mapStateStartedEventDetails": {"length": len(items or [])}}
        started = add_event(execution, f"{kind}StateStarted", details)
        token = parent.set((kind, name, started["id"]))
        try:
            result = run(state, raw, execution, context)
            place[0] = len(execution["events"])
            add_event(execution, f"{kind}StateSucceeded")
            return result
        except sfn._ExecutionError:
            place[0] = len(execution["events"])
            add_event(execution, f"{kind}StateFailed")
            raise
        finally:
            parent.reset(token)
            before.set(place)

    return with_events
