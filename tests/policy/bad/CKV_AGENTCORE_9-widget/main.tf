# AWS/States emits no metric ExecutionsOpen: see https://docs.aws.amazon.com/step-functions/latest/dg/procedure-cw-metrics.html
resource "aws_cloudwatch_dashboard" "bad" {
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
            ["...", "arn:aws:states:eu-west-1:111122223333:stateMachine:another"],
            [".", "ExecutionsOpen", ".", "."],
          ]
        }
      },
    ]
  })
}

variable "state_machine_arn" {
  type = string
}
