resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = <<-EOT
    {
      "StartAt": "Price",
      "States": {
        "Price": {
          "Type": "Parallel",
          "Retry": [{ "ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL" }],
          "Catch": [{ "ErrorEquals": ["States.ALL"], "Next": "Price" }],
          "End": true,
          "Branches": [{
            "StartAt": "Price.Call",
            "States": {
              "Price.Call": {
                "Type": "Task",
                "Resource": "arn:${data.aws_partition.current.partition}:states:::aws-sdk:bedrockagentcore:invokeAgentRuntime",
                "Parameters": { "AgentRuntimeArn.$": "$.arn", "Payload": "{}" },
                "TimeoutSecondsPath": "$.seconds",
                "End": true
              }
            }
          }]
        }
      }
    }
  EOT

  logging_configuration {
    level = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type = string
}

data "aws_partition" "current" {}
