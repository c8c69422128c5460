# AWS/States emits no metric ExecutionFailed: see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/States"
  metric_name         = "ExecutionFailed"
  dimensions          = { StateMachineArn = var.state_machine_arn }
}

variable "state_machine_arn" {
  type = string
}
