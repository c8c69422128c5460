# AWS/DynamoDB emits ThrottledRequests with the dimensions Operation, TableName or Operation, TableName, Verb, not TableName.
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/DynamoDB"
  metric_name         = "ThrottledRequests"
  dimensions          = { TableName = "orders" }
}
