"""An emulated Snowflake over HTTP on loopback: fakesnow, with what driver 5 wants to hear at login.

python server.py PORT
"""

from __future__ import annotations

import json
import sys

import fakesnow.server
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

_LOGIN = "/session/v1/login-request"
_TOLD = {
    "validityInSeconds": 3600,
    "masterValidityInSeconds": 14400,
    "sessionId": 1,
    "displayUserName": "TESTS",
    "firstLogin": False,
    "healthCheckInterval": 45,
}


async def login(request: Request) -> JSONResponse:
    """fakesnow's answer, and the fields without which driver 5 does not believe it."""
    answer = await fakesnow.server.login_request(request)
    said = json.loads(answer.body)
    said["data"] |= {**_TOLD, "masterToken": "master-" + said["data"]["token"]}
    return JSONResponse({**said, "code": None, "message": None})


def main(port: int) -> None:
    """Serve until ended."""
    routes = fakesnow.server.app.router.routes
    at = next(number for number, route in enumerate(routes) if getattr(route, "path", "") == _LOGIN)
    routes[at] = Route(_LOGIN, login, methods=["POST"])
    uvicorn.run(fakesnow.server.app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(int(sys.argv[1]))
