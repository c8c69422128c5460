"""CloudWatch describes the alarms that meet all that is asked; moto leaves the state out where a name is asked too."""

from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult

_of_moto = CloudWatchResponse.describe_alarms


def install() -> None:
    """Let DescribeAlarms heed StateValue beside AlarmNames and AlarmNamePrefix."""
    CloudWatchResponse.describe_alarms = _describe_alarms


def _describe_alarms(response: CloudWatchResponse) -> ActionResult:
    answer, state = _of_moto(response), response._get_param("StateValue")
    if not state:
        return answer
    kinds = answer.result.items()
    return ActionResult({kind: [alarm for alarm in alarms if alarm.state_value == state] for kind, alarms in kinds})
