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
  namespace           = local.metric.namespace
  metric_name         = local.metric.name
  dimensions          = { QueueName = local.queue }
}

locals {
  queue  = aws_sqs_queue.orders.name
  metric = jsondecode(file("${path.module}/metric.json"))
}

resource "aws_cloudwatch_metric_alarm" "good_with_a_query" {
  alarm_name          = "orders-rate"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0

  metric_query {
    id          = "sent"
    return_data = true

    metric {
      namespace   = "AWS/SQS"
      metric_name = "NumberOfMessagesSent"
      period      = 60
      stat        = "Sum"
      dimensions  = { QueueName = local.queue }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "good_with_a_known_query" {
  alarm_name          = "orders-size"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0

  metric_query {
    id          = "size"
    return_data = true

    metric {
      namespace   = "AWS/SQS"
      metric_name = "SentMessageSize"
      period      = 60
      stat        = "Maximum"
      dimensions  = { QueueName = "orders" }
    }
  }
}
