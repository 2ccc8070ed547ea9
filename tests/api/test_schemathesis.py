"""Every endpoint is asked what its document promises, and much that it does not: no failure, no 5xx."""

import pytest

pytestmark = pytest.mark.service

#: what a text means no schema can say: a mapping, a table of capacity, a file, a decision that somebody made
MEANT = {"POST /v1/intake", "POST /v1/mappings", "POST /v1/plans"}
#: whose many fields make some four hundred cases of a whole screening each: it is asked at random only
SLOW = {"POST /v1/screen"}


@pytest.fixture(scope="module")
def asked(training_workspace):
    from tests.api.asked_by_token import token_for

    from counterflow.server.app import create_app, site_for

    site = site_for(training_workspace)
    yield create_app(site), token_for(site)
    site.close()


@pytest.fixture
def schema(asked):
    import schemathesis
    from schemathesis.config import SchemathesisConfig

    app, token = asked
    headers = {"Authorization": f"Bearer {token}", "Host": "127.0.0.1"}
    made = schemathesis.openapi.from_asgi("/v1/openapi.json", app, headers=headers, config=SchemathesisConfig())
    made.config.headers = headers
    made.config.seed = 8
    made.config.phases.stateful.enabled = False
    made.config.checks.negative_data_rejection.expected_statuses += ["414"]
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


def test_the_api_holds_what_its_document_says(schema):
    schema.config.generation.max_examples = 2
    failures, cases = failures_of(schema.exclude(lambda asked: asked.operation.label in MEANT | SLOW))
    assert not failures, told(failures)
    assert cases > 500


def test_texts_that_mean_nothing_are_refused_in_words(schema):
    schema.config.generation.max_examples = 5
    schema.config.checks.positive_data_acceptance.enabled = False
    failures, cases = failures_of(schema.include(lambda asked: asked.operation.label in MEANT))
    assert not failures, told(failures)
    assert cases > 50


def test_screening_holds_what_its_document_says(schema):
    schema.config.generation.max_examples = 40
    schema.config.phases.coverage.enabled = False
    schema.config.checks.positive_data_acceptance.enabled = False  # two records of one id
    failures, cases = failures_of(schema.include(lambda asked: asked.operation.label in SLOW))
    assert not failures, told(failures)
    assert cases >= 40
