"""Notes what IAM decided about roles, a line of JSON for each new (principal, action, decision), in SPILLWAY_DECISIONS.

Actions are counted with the resource of the first such request. Only requests of roles are noted, not those of the
client that deploys.
"""

import json
import os
import threading

import ministack.core.iam_evaluator as iam


def apply():
    evaluate = iam.evaluate
    file = os.environ.get("SPILLWAY_DECISIONS")
    if not file:
        return
    lock, known = threading.Lock(), set()

    def noting(context, policies, *limits):
        result = evaluate(context, policies, *limits)
        fact = (context.principal_arn, context.action, result.decision)
        with lock:
            if fact not in known or result.decision != "Allow":
                known.add(fact)
                line = {
                    "principal": context.principal_arn,
                    "action": context.action,
                    "resource": context.resource_arn,
                    "decision": result.decision,
                }
                with open(file, "a") as log:
                    log.write(json.dumps(line) + "\n")
        return result

    iam.evaluate = noting
