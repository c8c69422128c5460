"""DescribeAlarms filters by everything that is requested; moto ignores the state where a name is requested too."""

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

_of_moto = CloudWatchResponse.describe_alarms


def install() -> None:
    """Make DescribeAlarms filter by StateValue beside AlarmNames and AlarmNamePrefix."""
    CloudWatchResponse.describe_alarms = _describe_alarms


def _describe_alarms(response: CloudWatchResponse) -> ActionResult:
    result, state = _of_moto(response), response._get_param("StateValue")
    if not state:
        return result
    kinds = result.result.items()
    return ActionResult({kind: [alarm for alarm in alarms if alarm.state_value == state] for kind, alarms in kinds})
