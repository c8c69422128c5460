resource "aws_sqs_queue" "orders" {
  name_prefix       = "orders"
  kms_master_key_id = "alias/orders"
}

resource "aws_cloudwatch_metric_alarm" "good" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = join("/", ["AWS", "SQS"])
  metric_name         = format("NumberOfMessages%s", "Sent")
  dimensions          = { QueueName = aws_sqs_queue.orders.name }
}
