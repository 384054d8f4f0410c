"""Functions behind an API are told a domain name that can stand in a URL.

MiniStack makes it from its own host, and `<id>.execute-api.127.0.0.1` is no host: whatever ends in a number must be an
IPv4 address.
"""

import ministack.services.apigateway as apis


def apply():
    assert apis._HOST == "127.0.0.1", apis._HOST
    apis._HOST = "localhost"
