"""X-Ray groups, sampling rules and their tags, which moto lacks.

https://docs.aws.amazon.com/xray/latest/api/API_Operations.html
"""

import uuid
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from moto.core.responses import ActionResult, BaseResponse, EmptyResult
from moto.core.utils import get_service_model
from moto.utilities.tagging_service import TaggingService
from moto.xray.urls import url_paths

from harness.embedded.clock import CLOCK
from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError
from harness.embedded.traces import parse_filter


@dataclass
class _Region:
    """What one account keeps in one region."""

    groups: dict[str, dict[str, Any]] = field(default_factory=dict)
    rules: dict[str, dict[str, Any]] = field(default_factory=dict)  # records: the rule, created and modified when
    tags: TaggingService = field(default_factory=TaggingService)


_REGIONS: defaultdict[tuple[str, str], _Region] = defaultdict(_Region)


class XRayControl(BaseResponse):
    """Answers the operations named as its methods."""

    def __init__(self) -> None:
        super().__init__(service_name="xray")
        self.automated_parameter_parsing = True

    @property
    def _region(self) -> _Region:
        return _REGIONS[self.current_account, self.region]

    def _arguments(self) -> dict[str, Any]:
        shape = get_service_model("xray").operation_model(self._get_action()).input_shape
        if problem := problem_with(shape, self.params):
            raise _invalid(problem)
        return self.params

    def _arn(self, kind: str, name: str) -> str:
        return f"arn:{self.partition}:xray:{self.region}:{self.current_account}:{kind}/{name}"

    def create_group(self) -> ActionResult:
        """Create a group; its filter expression is checked."""
        arguments = self._arguments()
        name = arguments["GroupName"]
        if name in self._region.groups:
            raise _invalid(f"Group {name} already exists.")
        insights = {"InsightsEnabled": False, "NotificationsEnabled": False}
        group = {"GroupName": name, "GroupARN": f"{self._arn('group', name)}/{uuid.uuid4().hex.upper()}"}
        self._region.groups[name] = group | {"InsightsConfiguration": insights} | _group_settings(arguments)
        self._region.tags.tag_resource(group["GroupARN"], arguments.get("Tags", []))
        return ActionResult({"Group": self._region.groups[name]})

    def get_group(self) -> ActionResult:
        """Find a group by name or ARN."""
        return ActionResult({"Group": self._group()})

    def get_groups(self) -> ActionResult:
        """List the groups."""
        return ActionResult({"Groups": list(self._region.groups.values())})

    def update_group(self) -> ActionResult:
        """Change a group's filter expression and insights."""
        group = self._group()
        group.update(_group_settings(self._arguments()))
        return ActionResult({"Group": group})

    def delete_group(self) -> ActionResult:
        """Delete a group."""
        del self._region.groups[self._group()["GroupName"]]
        return EmptyResult()

    def create_sampling_rule(self) -> ActionResult:
        """Create a sampling rule."""
        rule = self._arguments()["SamplingRule"]
        name = rule.get("RuleName", "")
        if not name or name in self._region.rules:
            raise _invalid(f"Sampling rule {name} already exists." if name else "RuleName is required.")
        rule = {"Attributes": {}, **rule, "RuleARN": self._arn("sampling-rule", name)}
        self._region.rules[name] = {"SamplingRule": rule, "CreatedAt": CLOCK.now(), "ModifiedAt": CLOCK.now()}
        self._region.tags.tag_resource(rule["RuleARN"], self.params.get("Tags", []))
        return ActionResult({"SamplingRuleRecord": self._region.rules[name]})

    def get_sampling_rules(self) -> ActionResult:
        """List the sampling rules."""
        return ActionResult({"SamplingRuleRecords": list(self._region.rules.values())})

    def update_sampling_rule(self) -> ActionResult:
        """Change the members of a sampling rule that the request names."""
        update = self._arguments()["SamplingRuleUpdate"]
        record = self._rule(update)
        record["SamplingRule"].update({name: value for name, value in update.items() if value is not None})
        record["ModifiedAt"] = CLOCK.now()
        return ActionResult({"SamplingRuleRecord": record})

    def delete_sampling_rule(self) -> ActionResult:
        """Delete a sampling rule."""
        record = self._rule(self._arguments())
        del self._region.rules[record["SamplingRule"]["RuleName"]]
        return ActionResult({"SamplingRuleRecord": record})

    def tag_resource(self) -> ActionResult:
        """Add tags to a group or a rule."""
        self._region.tags.tag_resource(self.params["ResourceARN"], self._arguments()["Tags"])
        return EmptyResult()

    def untag_resource(self) -> ActionResult:
        """Remove tags from a group or a rule."""
        self._region.tags.untag_resource_using_names(self.params["ResourceARN"], self._arguments()["TagKeys"])
        return EmptyResult()

    def list_tags_for_resource(self) -> ActionResult:
        """List the tags of a group or a rule."""
        return ActionResult(self._region.tags.list_tags_for_resource(self._arguments()["ResourceARN"]))

    def _group(self) -> dict[str, Any]:
        arguments = self._arguments()
        for group in self._region.groups.values():
            if arguments.get("GroupARN") == group["GroupARN"] or arguments.get("GroupName") == group["GroupName"]:
                return group
        raise _invalid("Group not found")

    def _rule(self, arguments: dict[str, Any]) -> dict[str, Any]:
        for record in self._region.rules.values():
            rule = record["SamplingRule"]
            if arguments.get("RuleARN") == rule["RuleARN"] or arguments.get("RuleName") == rule["RuleName"]:
                return record
        raise _invalid("Sampling rule does not exist.")


def install() -> None:
    """Route the operations to `XRayControl`."""
    model = get_service_model("xray")
    for operation in model.operation_names:
        path = model.operation_model(operation).http["requestUri"]
        if f"{{0}}{path}$" not in url_paths and hasattr(XRayControl, _method(operation)):
            url_paths[f"{{0}}{path}$"] = XRayControl.dispatch


def _method(operation: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in operation).lstrip("_")


def _group_settings(arguments: dict[str, Any]) -> dict[str, Any]:
    expression = arguments.get("FilterExpression")
    if expression:
        try:
            parse_filter(expression)
        except ValueError as problem:
            raise _invalid(str(problem)) from None
    return {
        name: arguments[name]
        for name in ("FilterExpression", "InsightsConfiguration")
        if arguments.get(name) is not None
    }


def _invalid(message: str) -> AwsError:
    return AwsError("InvalidRequestException", message)
