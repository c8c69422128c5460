resource "aws_sfn_state_machine" "unknown" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    StartAt = "Both"
    States = {
      Both = {
        Type     = "Parallel"
        Branches = concat([{ StartAt = "Ask", States = { Ask = { Type = "Task", Resource = "arn:aws:states:::aws-sdk:bedrockagentcore:invokeAgentRuntime", End = true } } }], [])
        End      = true
      }
    }
  })

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
