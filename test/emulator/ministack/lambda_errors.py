"""Lambda reports an error's `name` as errorType; MiniStack says Runtime.HandlerError, and no ErrorEquals matches."""

import threading

import ministack.core.lambda_runtime as runtime
import ministack.services.lambda_svc as service

ASYNC = 'error: String(err.message || err), trace: err.stack || ""'
SYNC = "error: e.message, trace: e.stack"


def apply():
    script = runtime._NODEJS_WORKER_SCRIPT
    assert script.count(ASYNC) == 1 and script.count(SYNC) == 1
    script = script.replace(ASYNC, 'etype: (err && err.name) || "Error", ' + ASYNC)
    script = script.replace(SYNC, 'etype: (e && e.name) || "Error", ' + SYNC)
    runtime._NODEJS_WORKER_SCRIPT = script

    # The worker's answer and the reply built from it meet on one thread, with nothing handed over in between.
    last = threading.local()
    invoke, execute = runtime.Worker.invoke, service._execute_function_warm

    def noting_invoke(self, *args, **kwargs):
        answer = invoke(self, *args, **kwargs)
        last.error = (answer.get("etype"), answer.get("trace"))
        return answer

    def named_execute(func, event, request_id):
        last.error = (None, None)
        reply = execute(func, event, request_id)
        name, trace = last.error
        body = reply.get("body")
        if reply.get("error") and name and isinstance(body, dict) and body.get("errorType") == "Runtime.HandlerError":
            body["errorType"] = name
            body["trace"] = (trace or "").split("\n")
        return reply

    runtime.Worker.invoke = noting_invoke
    service._execute_function_warm = named_execute
