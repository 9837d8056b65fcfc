"""What the source sends, and what its tests answer, held against Alertmanager's own Swagger 2.0 document."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import jsonschema  # type: ignore[import-untyped]
import msgspec
import pytest
import yaml

from flywheel_tui.config.settings import AlertmanagerSettings
from flywheel_tui.domain.alert import Alert
from flywheel_tui.domain.errors import RefusedError
from flywheel_tui.sources.alertmanager.source import AlertmanagerSource
from tests.unit.sources.alertmanager.answers import STATUS, alert, respond

pytestmark = pytest.mark.contract


class Contract:
    """The Swagger document and what it says of a request and its answer."""

    def __init__(self, path: Path) -> None:
        self.document = yaml.safe_load(path.read_text())

    def check_request(self, request: httpx.Request) -> None:
        declared = {
            parameter["name"]: parameter
            for parameter in self._operation(request).get("parameters", [])
            if "name" in parameter
        }
        for name, value in request.url.params.items():
            assert declared[name]["in"] == "query"
            assert declared[name]["type"] == "boolean"
            assert value in {"true", "false"}

    def check_answer(self, request: httpx.Request, response: httpx.Response) -> None:
        answers = self._operation(request)["responses"]
        said = answers[str(response.status_code)]
        if "$ref" in said:
            said = self.document["responses"][said["$ref"].removeprefix("#/responses/")]
        self.check(said["schema"], msgspec.json.decode(response.content))

    def check(self, schema: dict[str, Any], value: object) -> None:
        """Raise ValidationError where the value is not of the schema; definitions are found in the document."""
        whole = {"definitions": self.document["definitions"], "allOf": [schema]}
        jsonschema.Draft4Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)

    def _operation(self, request: httpx.Request) -> dict[str, Any]:
        path = request.url.path.removeprefix(self.document["basePath"].rstrip("/"))
        operation: dict[str, Any] = self.document["paths"][path][request.method.lower()]
        return operation


@pytest.fixture(scope="module")
def contract(contracts: Path) -> Contract:
    return Contract(contracts / "alertmanager-0.34-openapi2.yaml")


def source(contract: Contract, answer: httpx.Response) -> AlertmanagerSource:
    """Return a source whose every request and answer is checked as it passes."""

    def handler(request: httpx.Request) -> httpx.Response:
        contract.check_request(request)
        response = respond(200, STATUS) if request.url.path.endswith("/status") else answer
        contract.check_answer(request, response)
        return response

    settings = AlertmanagerSettings(url="http://am:9093")
    return AlertmanagerSource("prod", settings, transport=httpx.MockTransport(handler))


async def test_alerts_and_status(contract: Contract) -> None:
    answer = respond(
        200,
        [
            alert("a", annotations={"summary": "s"}),
            alert("b", state="suppressed", silenced_by=["s1"]),
            alert("c", state="suppressed", inhibited_by=["a"]),
            alert("d", state="unprocessed"),
        ],
    )
    observation = await source(contract, answer).fetch()
    assert len(observation.tables[Alert]) == 4
    assert observation.findings[0].text == "Alertmanager 0.34.0"


async def test_no_alerts(contract: Contract) -> None:
    # The empty table says that there are none; no table would say that nobody told.
    assert (await source(contract, respond(200, [])).fetch()).tables == {Alert: {}}


async def test_errors_are_json_strings(contract: Contract) -> None:
    with pytest.raises(RefusedError, match=r"\(bad matcher\)"):
        await source(contract, respond(400, "bad matcher")).fetch()


@pytest.mark.parametrize(
    "wrong",
    [alert(state="firing"), {"labels": {}}, alert(fingerprint=7)],  # type: ignore[arg-type]
)
def test_the_contract_would_notice(contract: Contract, wrong: dict[str, Any]) -> None:
    """The checks above mean something: a wrong answer and a wrong request do not pass them."""
    with pytest.raises(jsonschema.ValidationError):
        contract.check({"$ref": "#/definitions/gettableAlerts"}, [wrong])
    with pytest.raises(KeyError):
        contract.check_request(httpx.Request("GET", "http://am/api/v2/alerts?muted=true"))
