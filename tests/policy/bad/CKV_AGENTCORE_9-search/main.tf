# AWS/States emits no metric ExecutionFailed: see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
resource "aws_cloudwatch_dashboard" "bad" {
  dashboard_name = "orders"
  dashboard_body = jsonencode({
    widgets = [{
      type = "metric"
      properties = {
        region  = "eu-west-1"
        metrics = [[{ expression = "SEARCH('{AWS/States,StateMachineArn} MetricName=\"ExecutionFailed\"', 'Sum', 60)" }]]
      }
    }]
  })
}
