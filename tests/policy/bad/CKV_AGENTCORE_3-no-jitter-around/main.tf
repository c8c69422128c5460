# Price.Call is retried without full jitter.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = <<-EOT
    {
      "StartAt": "Price",
      "States": {
        "Price": {
          "Type": "Parallel",
          "Retry": [{ "ErrorEquals": ["States.ALL"], "JitterStrategy": "NONE" }],
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
                "Retry": [{ "ErrorEquals": ["States.ALL"], "JitterStrategy": "FULL" }],
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
