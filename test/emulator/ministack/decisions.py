"""Notes what IAM decided about requests, in the file SPILLWAY_DECISIONS: a line of JSON with principal, action, resource
and decision. Of equal decisions that allow, only the first is noted. Root, who deploys, is never asked about.
"""

import json
import os
import threading

import ministack.core.iam_evaluator as iam


def apply():
    file = os.environ.get("SPILLWAY_DECISIONS")
    evaluate, enforce = iam.evaluate, iam.enforce
    if not file:
        return
    lock, allowed, request = threading.Lock(), set(), threading.local()

    def noting_principal(context, policies, *limits):
        # The first evaluation of a request is that of the caller's own policies.
        request.principal = getattr(request, "principal", None) or context.principal_arn
        return evaluate(context, policies, *limits)

    def noting_decision(access_key_id, iam_action, service, region, resource_arn="*", service_context=None):
        request.principal = None
        refusal = enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
        principal = request.principal
        if principal is None:
            return refusal
        fact = (principal, iam_action)
        with lock:
            if refusal is None and fact in allowed:
                return None
            if refusal is None:
                allowed.add(fact)
            decision = "Allow" if refusal is None else "Deny"
            line = {"principal": principal, "action": iam_action, "resource": resource_arn, "decision": decision}
            with open(file, "a") as log:
                log.write(json.dumps(line) + "\n")
        return refusal

    iam.evaluate = noting_principal
    iam.enforce = noting_decision
