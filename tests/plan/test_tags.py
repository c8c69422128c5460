"""The module's own tags beside those of its caller: IAM refuses two keys that differ in their case only."""

import json

import pytest

from harness.embedded import launch
from harness.render import CONFIGURATION, PARTS, VARIABLES
from harness.terraform import Workspace
from tests.plan.inventory import by_instance

# Instance → its `tags`, the tags that its provider gives everything, and what a resource of it has then.
INSTANCES = {
    "own": (
        {"Environment": "of these"},
        {"Application": "of those"},
        {"Application": "rendered", "Environment": "dev"},
    ),
    "given": ({"environment": "prod"}, {}, {"Application": "rendered", "environment": "prod"}),
    "by_default": ({}, {"APPLICATION": "fx"}, {"APPLICATION": "fx", "Environment": "dev"}),
    "both": (
        {"application": "fx"},
        {"environment": "prod", "team": "otc"},
        {"application": "fx", "environment": "prod", "team": "otc"},
    ),
}


@pytest.fixture(scope="module")
def plans():
    """The resources and data of each instance, by address."""
    providers = [
        {"alias": name, "region": "us-east-1", "default_tags": {"tags": default}}
        for name, (_, default, _) in INSTANCES.items()
    ]
    modules = {
        name: {**VARIABLES, **PARTS, "source": "../..", "providers": {"aws": f"aws.{name}"}, "tags": tags}
        for name, (tags, _, _) in INSTANCES.items()
    }
    with launch() as endpoint, Workspace(CONFIGURATION, endpoint.url) as workspace:
        (workspace.path / "main.tf.json").write_text(json.dumps({"provider": {"aws": providers}, "module": modules}))
        workspace.init()
        workspace.plan()
        return by_instance(workspace.show(plan=True))


@pytest.mark.parametrize("instance", INSTANCES)
def test_no_resource_has_two_tags_whose_keys_differ_in_case_only(plans, instance):
    values = [resource.get("values", {}) for resource in plans[instance].values()]
    tagged = [value["tags_all"] for value in values if value.get("tags_all")]
    assert len(tagged) > 40
    assert [tags for tags in tagged if tags != INSTANCES[instance][2]] == []
