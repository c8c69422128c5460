resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Ask"
    States = {
      Ask = {
        Type           = "Task"
        Resource       = "arn:aws:states:::aws-sdk:bedrockagentcore:invokeAgentRuntime"
        Arguments      = { AgentRuntimeArn = "{% $arn %}", Payload = "{}" }
        TimeoutSeconds = var.seconds
        Retry          = [{ ErrorEquals = ["BedrockAgentCore.ThrottlingException"], JitterStrategy = "FULL", MaxDelaySeconds = var.seconds }]
        Catch          = [{ ErrorEquals = ["States.TaskFailed"], Next = "Apologise" }]
        End            = true
      }
      Apologise = { Type = "Succeed" }
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

variable "seconds" {
  type = number
}
