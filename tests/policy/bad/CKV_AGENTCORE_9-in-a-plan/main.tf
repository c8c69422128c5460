# AWS/SQS emits no metric NumberOfMessagesLost: see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html
resource "aws_sqs_queue" "orders" {
  name_prefix       = "orders"
  kms_master_key_id = "alias/orders"
}

resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = local.metric.namespace
  metric_name         = local.metric.name
  dimensions          = { QueueName = aws_sqs_queue.orders.name }
}

locals {
  metric = jsondecode(file("${path.module}/metric.json"))
}
