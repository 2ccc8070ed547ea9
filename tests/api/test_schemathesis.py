"""Every endpoint is asked what its document promises, and much that it does not: no failure, no 5xx.

A few cases of each in every run; all that the document calls for, some 5,000, with `--whole-api` (two CPU-minutes).
"""

import pytest

pytestmark = pytest.mark.service

#: whose many fields make hundreds of cases of a whole reckoning each: they are asked at random only
SLOW = {"POST /v1/screen", "POST /v1/whatif", "GET /v1/substances/matrix"}


@pytest.fixture(scope="module")
def asked(training_workspace):
    from tests.api.asked_by_token import token_for

    from counterflow.server.app import create_app, site_for

    site = site_for(training_workspace)
    yield create_app(site), token_for(site)
    site.close()


@pytest.fixture
def schema(asked, request):
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    app, token = asked
    headers = {"Authorization": f"Bearer {token}", "Host": "127.0.0.1"}
    made = schemathesis.openapi.from_asgi("/v1/openapi.json", app, headers=headers, config=SchemathesisConfig())
    made.config.headers = headers
    made.config.seed = 8
    made.config.phases.stateful.enabled = False
    made.config.phases.coverage.enabled = request.config.getoption("--whole-api")
    made.config.request_timeout = 60  # the machine may be busy with other tests
    made.config.checks.negative_data_rejection.expected_statuses += ["413", "414"]
    # A cursor of the right letters that none of our pages gave.
    made.config.checks.positive_data_acceptance.expected_statuses += ["400"]
    return made


def failures_of(schema):
    """Run the engine; return its failures by operation and kind, and the number of cases."""
    from schemathesis.engine import events, from_schema

    failures, cases = {}, 0
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            failures[str(event)] = ""
        if not isinstance(event, events.ScenarioFinished):
            continue
        cases += len(event.recorder.cases)
        for check in (check for checks in event.recorder.checks.values() for check in checks):
            if check.failure_info is None:
                continue
            failure = check.failure_info.failure
            said = f"{failure.message[:500]}\n{check.failure_info.code_sample[:1500]}"
            failures[f"{failure.operation}: {failure.title}"] = said
    return failures, cases


def told(failures):
    return "\n\n".join(f"{name}\n{said}" for name, said in failures.items())


def test_what_is_read_holds_what_its_document_says(schema):
    schema.config.generation.max_examples = 2
    failures, cases = failures_of(schema.include(method="GET").exclude(lambda asked: asked.operation.label in SLOW))
    assert not failures, told(failures)
    assert cases > 100


def test_acts_hold_what_their_document_says(schema):
    """What an act refuses hangs on what is there, and on what a text means: that no schema can say."""
    schema.config.generation.max_examples = 2
    schema.config.checks.positive_data_acceptance.enabled = False
    failures, cases = failures_of(schema.exclude(method="GET").exclude(lambda asked: asked.operation.label in SLOW))
    assert not failures, told(failures)
    assert cases > 100


def test_what_reckons_long_holds_what_its_document_says(schema, request):
    if not request.config.getoption("--whole-api"):
        pytest.skip("takes half a minute: run with --whole-api")
    schema.config.generation.max_examples = 10
    schema.config.phases.coverage.enabled = False
    schema.config.checks.positive_data_acceptance.enabled = False
    failures, cases = failures_of(schema.include(lambda asked: asked.operation.label in SLOW))
    assert not failures, told(failures)
    assert cases >= 30
