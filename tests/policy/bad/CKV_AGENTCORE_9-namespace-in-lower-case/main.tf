# No service emits to the namespace aws/states: see AWS/States.
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "aws/states"
  metric_name         = "ExecutionsFailed"
  dimensions          = { StateMachineArn = var.state_machine_arn }
}

variable "state_machine_arn" {
  type = string
}
