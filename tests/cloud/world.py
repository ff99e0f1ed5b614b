"""One stack in the local AWS, made by the product's own commands' functions from its own template."""

from __future__ import annotations

import hashlib
import json
import re
import time
from copy import deepcopy
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chartlake import layout
from chartlake.aws import athena, deployment, template
from chartlake.aws.access import Access
from chartlake.config import load
from chartlake.demo import CLIENT_SECRETS, EDITORIAL_PLAYLIST, EXTENDED_APP
from chartlake.store import open_store

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from chartlake.demo.services import Services

MISSING = ("AWS::Budgets::Budget", "AWS::Glue::Classifier")
"""Patch one of two: types of resources that the local AWS does not have."""

RUNTIME = "provided.al2023"
"""Patch two of two: it runs no Python itself; `bootstrap` in the zip starts AWS's own client."""


def settings_text(services: Services, stack: str) -> str:
    """A chartlake.toml whose charts come from the services of the demo."""
    return f"""
lake = "./lake"

[aws]
email = "owner@example.org"
stack = "{stack}"
region = "us-east-1"

[spotify]
flavour = "extended"
retention_days = 30
api_url = "{services.spotify_api}"
accounts_url = "{services.spotify_accounts}"

[deezer]
url = "{services.deezer}"

[apple]
urls = ["{services.apple}"]

[listenbrainz]
url = "{services.listenbrainz}"

[[chart]]
source = "spotify"
id = "{EDITORIAL_PLAYLIST}"

[[chart]]
source = "deezer"
id = "3155776842"
size = 20

[[chart]]
source = "apple"
id = "us-songs"

[[chart]]
source = "listenbrainz"
id = "week"
cadence = "weekly"
"""


def patched(made: dict[str, Any]) -> dict[str, Any]:
    """The template with both patches and no other."""
    made = deepcopy(made)
    for name, resource in list(made["Resources"].items()):
        if resource["Type"] in MISSING:
            del made["Resources"][name]
        elif resource["Type"] == "AWS::Lambda::Function":
            resource["Properties"]["Runtime"] = RUNTIME
    for resource in made["Resources"].values():
        needs = resource.get("DependsOn", [])
        if isinstance(needs, list):
            resource["DependsOn"] = [one for one in needs if one in made["Resources"]]
            if not resource["DependsOn"]:
                del resource["DependsOn"]
    return made


class World:
    """A deployed stack, and what the tests do with it."""

    def __init__(self, access: Access, config: Path) -> None:
        self.access = access
        self.settings = load(config=config)
        self.stack = self.settings.aws.stack
        self.out: dict[str, str] = {}

    def deploy(self, content: bytes, made: dict[str, Any]) -> list[deployment.Change]:
        """What ``chartlake aws deploy`` does, with the functions' zip and template given."""
        bucket = deployment.code_bucket(self.access, self.settings, "123456789012")
        key = deployment.upload(self.access, bucket, content)
        known = {
            "CHARTLAKE_SPOTIFY_CLIENT_ID": EXTENDED_APP,
            "CHARTLAKE_SPOTIFY_CLIENT_SECRET": CLIENT_SECRETS[EXTENDED_APP],
        }
        deployment.secrets_put(self.access, self.stack, known)
        change = deployment.prepared(
            self.access, self.settings, body=patched(made), bucket=bucket, key=key, pause=0.1
        )
        self.out = deployment.carried_out(self.access, change, pause=0.1)
        return change.changes

    @property
    def asking(self) -> dict[str, str]:
        return {"database": self.out["Database"], "work_group": self.out["WorkGroup"]}

    @property
    def bucket(self) -> str:
        return self.out["Lake"].removeprefix("s3://")

    @property
    def store(self) -> Any:
        return open_store(self.out["Lake"])

    def client(self, name: str) -> Any:
        return self.access.client(name)

    def keys(self, prefix: str = "") -> list[str]:
        found = self.client("s3").list_objects_v2(Bucket=self.bucket, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def call(self, function: str, event: Any) -> tuple[bool, Any]:
        """Invoke a function and wait; whether it failed, and what it said."""
        answer = self.client("lambda").invoke(
            FunctionName=self.out[function], Payload=json.dumps(event).encode()
        )
        return "FunctionError" in answer, json.loads(answer["Payload"].read() or b"null")

    def capture(self, *charts: str, at: datetime | None = None, **more: Any) -> tuple[bool, Any]:
        """Capture as the schedule would."""
        tick = (at or datetime.now(UTC)).strftime("%Y-%m-%dT%H:%M:%SZ")
        named = {"charts": list(charts)} if charts else {"cadence": "daily"}
        return self.call("Capture", {"do": "capture", "scheduled_for": tick, **named, **more})

    def ask(self, sql: str) -> list[list[str | None]]:
        return athena.asked(self.access, sql, **self.asking, pause=0.05)

    def waiting(self, queue: str) -> int:
        """Messages in a queue, seen or not."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        said = self.client("sqs").get_queue_attributes(QueueUrl=self.out[queue], AttributeNames=names)
        return sum(int(value) for value in said["Attributes"].values())

    def settled(self, *, within: float = 20) -> bool:
        """Whether nothing waits any more, in the inbox and in the queue."""
        return soon(
            lambda: not self.keys(layout.TO_BE_PROCESSED) and not self.waiting("Arrived"), within=within
        )

    def resource(self, logical: str) -> str:
        """The physical name of what the template calls so."""
        found = self.client("cloudformation").describe_stack_resources(StackName=self.stack)
        return next(
            one["PhysicalResourceId"]
            for one in found["StackResources"]
            if re.fullmatch(rf"{logical}[0-9A-F]*", one["LogicalResourceId"])
        )


def soon(holds: Callable[[], Any], *, within: float) -> bool:
    """Whether something comes true in time."""
    until = time.monotonic() + within
    while not holds():
        if time.monotonic() > until:
            return False
        time.sleep(0.1)
    return True


def shipped() -> dict[str, Any]:
    return template.shipped()


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
