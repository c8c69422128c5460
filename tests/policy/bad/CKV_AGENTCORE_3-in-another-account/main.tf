# Ask is retried without full jitter.
resource "aws_sfn_state_machine" "bad" {
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
        Credentials    = { RoleArn = var.other_account_role_arn }
        TimeoutSeconds = 60
        Retry          = [{ ErrorEquals = ["States.TaskFailed"] }]
        Catch          = [{ ErrorEquals = ["States.ALL"], Next = "Apologise" }]
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

variable "other_account_role_arn" {
  type = string
}
