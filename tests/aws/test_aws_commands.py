"""The commands of the group aws: what they show, and the sentence and exit code of every trouble.

AWS is a server on loopback that answers what it is told to.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs

import pytest
from werkzeug.wrappers import Request, Response

from chartlake.aws import artefact, cost, deployment
from chartlake.aws.access import Access
from chartlake.config import SECRETS, Aws, Settings, load
from chartlake.demo import CHARTS
from chartlake.errors import CredentialsError, SettingsError, StorageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_httpserver import HTTPServer

_XML = "text/xml"
_SETTINGS = """
lake = "./lake"
[aws]
email = "owner@example.org"
region = "eu-central-1"
[deezer]
[[chart]]
source = "deezer"
id = "3155776842"
"""
IDENTITY = (
    "<GetCallerIdentityResponse xmlns='https://sts.amazonaws.com/doc/2011-06-15/'><GetCallerIdentityResult>"
    "<Account>123456789012</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
)


def refusal(code: str, message: str = "no") -> str:
    return f"<ErrorResponse><Error><Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"


def stack(status: str, outputs: str = "") -> str:
    return (
        "<DescribeStacksResponse xmlns='http://cloudformation.amazonaws.com/doc/2010-05-15/'>"
        "<DescribeStacksResult><Stacks><member><StackName>chartlake</StackName>"
        f"<CreationTime>2026-11-20T06:00:00Z</CreationTime><StackStatus>{status}</StackStatus>{outputs}"
        "</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"
    )


class Cloud:
    """What AWS answers, by action of a query, else by method; and what it was asked."""

    def __init__(self) -> None:
        self.answers: dict[str, list[tuple[int, str]]] = {"GetCallerIdentity": [(200, IDENTITY)]}
        self.asked: list[str] = []

    def says(self, action: str, *answers: tuple[int, str]) -> None:
        self.answers[action] = list(answers)

    def __call__(self, request: Request) -> Response:
        said = parse_qs(request.get_data(as_text=True))
        action = said.get("Action", [request.headers.get("X-Amz-Target", "").rpartition(".")[2]])[0]
        action = action or request.method
        self.asked.append(action)
        status, body = self.answers.get(action, [(500, refusal("Unexpected", action))])[0]
        if len(self.answers.get(action, [])) > 1:
            self.answers[action].pop(0)
        return Response(body, status=status, content_type=_XML)


@pytest.fixture
def logged_in(at_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Somebody with keys, and a chartlake.toml."""
    (at_home / "chartlake.toml").write_text(_SETTINGS)
    for name in ("AWS_PROFILE", "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_SESSION_TOKEN", *SECRETS):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(at_home / "nothing"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "tests")
    return at_home


@pytest.fixture
def cloud(logged_in: Path, httpserver: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> Cloud:
    made = Cloud()
    for path in ("/", "/chartlake-code-123456789012-eu-central-1"):
        httpserver.expect_request(path).respond_with_handler(made)
    monkeypatch.setenv("AWS_ENDPOINT_URL", httpserver.url_for("").rstrip("/"))
    return made


def settings() -> Settings:
    return load()


def test_a_plan_asks_nobody_and_tells_the_costs(logged_in: Path, ran: Callable[..., Any]):
    code, said, talk = ran("aws", "plan", "--json")
    told = json.loads(said)
    assert code == 0
    assert talk == ""
    assert told["resources"]["AWS::Lambda::Function"] == 4
    assert "AWS::Glue::Crawler" not in told["resources"]
    assert told["usd_a_month"] == round(sum(one["usd"] for one in told["costs"]), 2)
    assert told["usd_a_month"] <= 0.15
    code, said, talk = ran("aws", "plan")
    assert "AWS::Glue::Table\t6" in said
    assert f"as of {cost.AS_OF}" in talk


def test_the_crawler_costs_more_than_all_the_rest():
    without = sum(one.usd for one in cost.items(CHARTS))
    assert sum(one.usd for one in cost.items(CHARTS, crawler=True)) > 2 * without


def test_nobody_is_logged_in(logged_in: Path, ran: Callable[..., Any], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.delenv("AWS_SECRET_ACCESS_KEY")
    code, said, talk = ran("aws", "status")
    assert (code, said) == (4, "")
    assert talk == (
        "error: asking who is logged in: there are no credentials for AWS; "
        "run `aws configure` or `aws sso login`, or set AWS_PROFILE\n"
    )


@pytest.mark.parametrize("code", ["InvalidClientTokenId", "ExpiredToken", "SignatureDoesNotMatch"])
def test_the_keys_are_not_taken(cloud: Cloud, ran: Callable[..., Any], code: str):
    cloud.says("GetCallerIdentity", (403, refusal(code)))
    ended, _, talk = ran("aws", "status")
    assert ended == 4
    assert code in talk


def test_no_region_is_named(cloud: Cloud, logged_in: Path, ran: Callable[..., Any]):
    (logged_in / "chartlake.toml").write_text(_SETTINGS.replace('region = "eu-central-1"', ""))
    code, _, talk = ran("aws", "status")
    assert code == 4
    assert "region" in talk


@pytest.mark.parametrize("region", ["no region!", "moon-1"])
def test_there_is_no_such_region(
    logged_in: Path, ran: Callable[..., Any], region: str, monkeypatch: pytest.MonkeyPatch
):
    # Where nothing listens, as at an address that does not exist.
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    (logged_in / "chartlake.toml").write_text(_SETTINGS.replace("eu-central-1", region))
    code, _, talk = ran("aws", "status")
    assert code == 4
    assert "check region" in talk


def test_something_is_not_allowed(cloud: Cloud, ran: Callable[..., Any]):
    cloud.says("DescribeStacks", (403, refusal("AccessDenied", "not cloudformation:DescribeStacks")))
    code, _, talk = ran("aws", "status")
    assert code == 4
    assert "not cloudformation:DescribeStacks" in talk
    assert "docs/how-to/aws.md" in talk


def test_there_is_no_stack(cloud: Cloud, ran: Callable[..., Any]):
    cloud.says("DescribeStacks", (400, refusal("ValidationError", "Stack with id chartlake does not exist")))
    for command in ("status", "verify", "redrive", "logs"):
        code, _, talk = ran("aws", command)
        assert code == 5, command
        assert "`chartlake aws deploy` makes one" in talk


def test_the_wrong_bucket_is_not_deleted(cloud: Cloud, ran: Callable[..., Any]):
    output = "<OutputKey>LakeIs</OutputKey><OutputValue>s3://the-lake</OutputValue>"
    cloud.says(
        "DescribeStacks", (200, stack("CREATE_COMPLETE", f"<Outputs><member>{output}</member></Outputs>"))
    )
    code, _, talk = ran("aws", "destroy", "--with-data", "another")
    assert code == 2
    assert "nothing was deleted" in talk
    assert "DeleteStack" not in cloud.asked


def test_the_bucket_is_somebody_elses(cloud: Cloud):
    cloud.says("HEAD", (403, ""))
    with pytest.raises(StorageError, match=r"somebody else's .* nothing was made, name another"):
        deployment.code_bucket(Access("eu-central-1"), settings(), "123456789012")
    assert "PUT" not in cloud.asked


def test_the_name_of_the_bucket_is_taken_in_the_same_moment(cloud: Cloud):
    cloud.says("HEAD", (404, ""))
    cloud.says("PUT", (409, "<Error><Code>BucketAlreadyExists</Code></Error>"))
    with pytest.raises(StorageError, match="somebody else's"):
        deployment.code_bucket(Access("eu-central-1"), settings(), "123456789012")


@pytest.mark.parametrize("status", ["ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "DELETE_FAILED"])
def test_an_earlier_deployment_is_half_done(cloud: Cloud, status: str):
    cloud.says("DescribeStacks", (200, stack(status)))
    with pytest.raises(StorageError, match=rf"{status}; run `chartlake aws destroy`, which keeps the data"):
        deployment.prepared(Access("eu-central-1"), settings(), body={}, bucket="b", key="k")


def test_a_deployment_that_fails_names_the_first_that_failed(cloud: Cloud):
    cloud.says("ExecuteChangeSet", (200, "<R><ExecuteChangeSetResult/></R>"))
    cloud.says("DescribeStacks", (200, stack("CREATE_IN_PROGRESS")), (200, stack("ROLLBACK_COMPLETE")))
    events = "".join(
        f"<member><EventId>{name}</EventId><StackId>s</StackId><StackName>chartlake</StackName>"
        f"<Timestamp>2026-11-20T06:00:00Z</Timestamp><LogicalResourceId>{name}</LogicalResourceId>"
        f"<ResourceStatus>CREATE_FAILED</ResourceStatus><ResourceStatusReason>{why}</ResourceStatusReason></member>"
        for name, why in (("Later", "cancelled"), ("Capture", "the role may not be assumed"))
    )
    result = f"<DescribeStackEventsResult><StackEvents>{events}</StackEvents></DescribeStackEventsResult>"
    cloud.says("DescribeStackEvents", (200, f"<R>{result}</R>"))
    change = deployment.Prepared("chartlake", "change", True, [])
    first = r"ROLLBACK_COMPLETE \(Capture: the role may not be assumed\)"
    with pytest.raises(StorageError, match=first) as told:
        deployment.carried_out(Access("eu-central-1"), change, pause=0)
    assert "left behind" in str(told.value)


def test_the_alarms_have_to_reach_somebody(cloud: Cloud, logged_in: Path):
    cloud.says("DescribeStacks", (400, refusal("ValidationError", "it does not exist")))
    (logged_in / "chartlake.toml").write_text(_SETTINGS.replace('email = "owner@example.org"', ""))
    with pytest.raises(SettingsError, match="email"):
        deployment.prepared(Access("eu-central-1"), settings(), body={}, bucket="b", key="k")


def test_only_secrets_are_put_and_none_is_told(cloud: Cloud):
    cloud.says("PutParameter", (200, "{}"))
    known = {"CHARTLAKE_SPOTIFY_CLIENT_SECRET": "s3cr3t", "CHARTLAKE_SPOTIFY_CLIENT_ID": None, "PATH": "x"}
    put = deployment.secrets_put(Access("eu-central-1"), "chartlake", known)
    assert put == ["CHARTLAKE_SPOTIFY_CLIENT_SECRET"]
    assert cloud.asked.count("PutParameter") == 1


def test_a_zip_that_is_too_large_is_not_sent():
    with pytest.raises(StorageError, match=r"51 MB.*nothing was deployed"):
        artefact.refuse_oversized(51_000_000, 5)
    with pytest.raises(StorageError, match="260 MiB"):
        artefact.refuse_oversized(5, 260 * 2**20)
    artefact.refuse_oversized(artefact.LARGEST, artefact.LARGEST_UNZIPPED)


def test_equal_contents_make_equal_zips(tmp_path: Path):
    for folder in ("one", "other"):
        (tmp_path / folder / "bin").mkdir(parents=True)
        for name in ("a.py", "b/c.py", "a.pyi", "bin/tool", "x.dist-info/sboms/y", ".lock"):
            (tmp_path / folder / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / name).write_text(name)
    made = [artefact._zipped(dict(artefact._files(tmp_path / folder))) for folder in ("one", "other")]
    assert made[0] == made[1]
    assert [name for name, _ in artefact._files(tmp_path / "one")] == ["a.py", "b/c.py"]


def test_what_the_functions_need_is_what_is_tested():
    """The lock that is shipped names the versions of the development lock."""
    root = Path(__file__).parents[2]
    tested = (root / "locks" / "development.txt").read_text().splitlines()
    shipped = (root / "src" / "chartlake" / "aws" / "lambda.txt").read_text()
    pins = [line.split(" ")[0] for line in shipped.splitlines() if "==" in line]
    assert len(pins) > 10
    assert [pin for pin in pins if not any(line.startswith(f"{pin} ") for line in tested)] == []
    assert "://" not in shipped


def test_settings_that_are_none(at_home: Path):
    (at_home / "chartlake.toml").write_text('lake = "x"\n[aws]\nemial = "a@example.org"\n')
    with pytest.raises(SettingsError, match="did you mean email"):
        load()
    assert Settings(lake="x").aws == Aws()


def test_credentials_errors_end_with_4_and_storage_errors_with_5():
    assert (CredentialsError.exit_code, StorageError.exit_code) == (4, 5)
