"""Requests to the emulator count as sent over TLS. They are plain HTTP on 127.0.0.1, which the stack's policies deny."""

import sys

import ministack.core.iam_evaluator as iam


def apply():
    # The gateway takes the function by name when it is imported.
    assert "ministack.app" not in sys.modules
    pin = iam.pin_request_origin
    iam.pin_request_origin = lambda source_ip, secure_transport: pin(source_ip, True)
