"""CreateStateMachine refuses what cannot run: no JSON, targets that do not exist, states without an end."""

import json

import ministack.services.stepfunctions as sfn

TYPES = {"Pass", "Task", "Wait", "Choice", "Succeed", "Fail", "Parallel", "Map"}
ENDS_BY_ITSELF = {"Choice", "Succeed", "Fail"}


def apply():
    validate = sfn._validate_definition_jsonata

    def strict(text):
        try:
            problem = machine_problem(json.loads(text), "")
        except ValueError as error:
            problem = f"INVALID_JSON_DESCRIPTION: {error}"
        return problem or validate(text)

    sfn._validate_definition_jsonata = strict


def machine_problem(machine, path):
    states = machine.get("States")
    if not isinstance(states, dict) or not states:
        return f"SCHEMA_VALIDATION_FAILED: no States at {path or '/'}"
    if machine.get("StartAt") not in states:
        return f"MISSING_TRANSITION_TARGET: StartAt at {path or '/'}"
    problems = (state_problem(state, states, f"{path}/{name}") for name, state in states.items())
    return next((problem for problem in problems if problem), None)


def state_problem(state, states, path):
    if state.get("Type") not in TYPES:
        return f"SCHEMA_VALIDATION_FAILED: Type at {path}"
    branching = state.get("Choices", []) + state.get("Catch", [])
    for target in [state.get("Next"), state.get("Default")] + [branch.get("Next") for branch in branching]:
        if target is not None and target not in states:
            return f"MISSING_TRANSITION_TARGET: {target} at {path}"
    if state["Type"] not in ENDS_BY_ITSELF and not state.get("End") and not state.get("Next"):
        return f"MISSING_END_STATE: {path}"
    inner = [state.get("ItemProcessor") or state.get("Iterator")] + state.get("Branches", [])
    problems = (machine_problem(machine, path) for machine in inner if machine)
    return next((problem for problem in problems if problem), None)
