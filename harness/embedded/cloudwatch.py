"""CloudWatch's composite alarms, which moto describes but does not let anybody put, and alarms that are put at once."""

from typing import Any

from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import get_service_model

from harness.embedded.constraints import problem_with
from harness.embedded.errors import AwsError


def install() -> None:
    """Add PutCompositeAlarm, and let alarms be listed while others are put."""
    CloudWatchResponse.put_composite_alarm = _put_composite_alarm
    begin = CloudWatchBackend.__init__

    def begun(backend: CloudWatchBackend, region_name: str, account_id: str) -> None:
        begin(backend, region_name, account_id)
        backend.alarms = Alarms()

    CloudWatchBackend.__init__ = begun


class Alarms(dict[str, Alarm]):
    """Alarms by name, of which any list is complete: moto's fails where another thread puts one meanwhile."""

    def values(self) -> list[Alarm]:
        """Return the alarms of this moment."""
        return list(super().values())


class _CompositeAlarm(Alarm):
    """A composite alarm, with the members that a metric alarm does not have."""

    def __init__(self, account_id: str, region_name: str, arguments: dict[str, Any]) -> None:
        metric_alarm = dict.fromkeys(Alarm.__init__.__annotations__.keys() - {"return"})
        super().__init__(
            **metric_alarm
            | {
                "account_id": account_id,
                "region_name": region_name,
                "name": arguments["AlarmName"],
                "description": arguments.get("AlarmDescription"),
                "rule": arguments["AlarmRule"],
                "dimensions": [],
                "actions_enabled": arguments.get("ActionsEnabled", True),
                "alarm_actions": arguments.get("AlarmActions", []),
                "ok_actions": arguments.get("OKActions", []),
                "insufficient_data_actions": arguments.get("InsufficientDataActions", []),
            }
        )
        # moto finds a metric alarm's name under `name`, a composite alarm's only as its member is called.
        self.alarm_name = arguments["AlarmName"]
        self.alarm_description = arguments.get("AlarmDescription")
        self.alarm_rule = arguments["AlarmRule"]
        self.actions_suppressor = arguments.get("ActionsSuppressor")
        self.actions_suppressor_wait_period = arguments.get("ActionsSuppressorWaitPeriod")
        self.actions_suppressor_extension_period = arguments.get("ActionsSuppressorExtensionPeriod")


def _put_composite_alarm(response: CloudWatchResponse) -> ActionResult:
    arguments = response._get_params()
    shape = get_service_model("cloudwatch").operation_model("PutCompositeAlarm").input_shape
    if problem := problem_with(shape, arguments):
        raise AwsError("ValidationError", problem)
    backend = response.cloudwatch_backend
    alarm = _CompositeAlarm(backend.account_id, backend.region_name, arguments)
    backend.alarms[alarm.name] = alarm
    backend.tagger.tag_resource(alarm.alarm_arn, arguments.get("Tags", []))
    return EmptyResult()
