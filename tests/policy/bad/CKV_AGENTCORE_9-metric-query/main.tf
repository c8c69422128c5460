# AWS/SQS emits NumberOfMessagesSent with the dimensions QueueName, not QueueUrl.
resource "aws_cloudwatch_metric_alarm" "bad" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  metric_query {
    id          = "rate"
    expression  = "sent / 60"
    return_data = true
  }

  metric_query {
    id = "sent"
    metric {
      namespace   = "AWS/SQS"
      metric_name = "NumberOfMessagesSent"
      period      = 60
      stat        = "Sum"
      dimensions  = { QueueUrl = var.queue_url }
    }
  }
}

variable "queue_url" {
  type = string
}
