"""StartExecution with the name and input of an execution that still runs is a success on AWS, not a conflict."""

import json

import ministack.services.stepfunctions as sfn


def apply():
    start, respond, find = sfn._start_execution, sfn.json_response, sfn._resolve_state_machine_arn

    def idempotent_start(data):
        machine = find(data.get("stateMachineArn", ""))
        for arn, execution in list(sfn._executions.items()):
            if (
                execution["name"] == data.get("name")
                and execution["stateMachineArn"] == machine
                and execution["status"] == "RUNNING"
                and json.loads(execution["input"]) == json.loads(data.get("input") or "{}")
            ):
                return respond({"executionArn": arn, "startDate": execution["startDate"]})
        return start(data)

    sfn._start_execution = idempotent_start
