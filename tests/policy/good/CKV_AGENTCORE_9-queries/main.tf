resource "aws_cloudwatch_dashboard" "good" {
  dashboard_name = "orders"
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric"
      properties = {
        region  = "eu-west-1"
        metrics = [[{ expression = "SEARCH('{AWS/States,StateMachineArn} MetricName=\"ExecutionsFailed\"', 'Sum', 60)" }]]
      }
    }]
  })
}

resource "aws_cloudwatch_metric_alarm" "good" {
  alarm_name          = "orders"
  comparison_operator = "GreaterThanThreshold"
  evaluation_periods  = 1
  threshold           = 0

  metric_query {
    id          = "failed"
    expression  = "SELECT SUM(ExecutionsFailed) FROM SCHEMA(\"AWS/States\", StateMachineArn)"
    period      = 60
    return_data = true
  }
}

resource "aws_cloudwatch_dashboard" "good_of_several" {
  dashboard_name = "orders-queries"
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric"
      properties = {
        region = "eu-west-1"
        metrics = [
          [{ expression = "SEARCH('{AWS/SQS,QueueName} NOT MetricName=\"Nothing\"', 'Sum', 60)" }],
          [{ expression = "SEARCH('{Orders,Agent} MetricName=\"Refused\"', 'Sum', 60)" }],
          [{ expression = "SELECT MAX(ApproximateNumberOfMessagesVisible) FROM \"AWS/SQS\" GROUP BY QueueName" }],
        ]
      }
    }]
  })
}
