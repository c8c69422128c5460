resource "aws_cloudwatch_metric_alarm" "good" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/Lambda"
  metric_name         = "ConcurrentExecutions"
}

resource "aws_cloudwatch_metric_alarm" "good_unreserved" {
  alarm_name          = "orders-unreserved"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/Lambda"
  metric_name         = "UnreservedConcurrentExecutions"
}
