# AWS/States emits ExecutionsFailed with the dimensions none or StateMachineArn or StateMachineArn, Version or Alias, StateMachineArn, not Arn.
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0

  metric_query {
    id          = "failed"
    expression  = "SELECT SUM(ExecutionsFailed) FROM SCHEMA(\"AWS/States\", Arn)"
    period      = 60
    return_data = true
  }
}
