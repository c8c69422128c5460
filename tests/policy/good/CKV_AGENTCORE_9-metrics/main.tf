resource "aws_cloudwatch_metric_alarm" "good" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  metric_query {
    id          = "rate"
    expression  = "100 * failed / started"
    return_data = true
  }

  metric_query {
    id = "failed"
    metric {
      namespace   = "AWS/States"
      metric_name = "ExecutionsFailed"
      period      = 60
      stat        = "Sum"
      dimensions  = { StateMachineArn = var.state_machine_arn }
    }
  }

  metric_query {
    id = "started"
    metric {
      namespace   = "AWS/States"
      metric_name = "ExecutionsStarted"
      period      = 60
      stat        = "Sum"
      dimensions = {
        StateMachineArn = var.state_machine_arn
        Alias           = "live"
      }
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "own_metric" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "Orders"
  metric_name         = "Refused"
}

resource "aws_cloudwatch_metric_alarm" "known_at_apply" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  for_each            = var.alarms
  namespace           = "AWS/States"
  metric_name         = each.value.metric
  dimensions          = each.value.dimensions
}

resource "aws_cloudwatch_metric_alarm" "service_known_at_apply" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0
  period              = 60
  statistic           = "Sum"
  namespace           = "AWS/${var.service}"
  metric_name         = "Invocations"
  dimensions          = var.dimensions
}

resource "aws_cloudwatch_dashboard" "good" {
  dashboard_name = "orders"
  dashboard_body = jsonencode({
    widgets = [
      { type = "text", properties = { markdown = "Orders" } },
      {
        type = "metric"
        properties = {
          region = "eu-west-1"
          metrics = [
            ["AWS/States", "ExecutionsStarted", "StateMachineArn", var.state_machine_arn, { stat = "Sum" }],
            [".", "ExecutionsFailed", ".", "."],
            ["...", "another"],
            [{ expression = "SUM(METRICS())", label = "all" }],
            ["Orders", "Refused"],
          ]
        }
      },
    ]
  })
}

variable "state_machine_arn" {
  type = string
}

variable "alarms" {
  type = map(any)
}

variable "service" {
  type = string
}

variable "dimensions" {
  type = map(string)
}

resource "aws_cloudwatch_dashboard" "known_at_apply" {
  dashboard_name = "orders-queues"
  dashboard_body = jsonencode({ widgets = [for name in var.queues : {
    type       = "metric"
    properties = { metrics = [["AWS/SQS", "NumberOfMessagesSent", "QueueName", name]] }
  }] })
}

resource "aws_cloudwatch_dashboard" "partly_known" {
  dashboard_name = "orders-rows"
  dashboard_body = jsonencode({
    widgets = [{ type = "metric", properties = { metrics = var.rows } }, var.widget]
  })
}

variable "queues" {
  type = set(string)
}

variable "rows" {
  type = any
}

variable "widget" {
  type = any
}
