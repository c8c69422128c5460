# AWS/States emits no metric ExecutionsThrottled: see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
locals {
  alarms = {
    throttled = "ExecutionsThrottled"
  }
}

resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  for_each            = local.alarms
  namespace           = "AWS/States"
  metric_name         = each.value
  dimensions          = { StateMachineArn = var.state_machine_arn }
}

variable "state_machine_arn" {
  type = string
}
