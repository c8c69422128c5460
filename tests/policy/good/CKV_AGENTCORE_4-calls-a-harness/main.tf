resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Ask"
    States = {
      Ask = {
        Type           = "Task"
        Resource       = "arn:aws:states:::bedrockagentcore:invokeHarness"
        Arguments      = { HarnessArn = "{% $arn %}", Messages = [] }
        TimeoutSeconds = 60
        Retry          = [{ ErrorEquals = ["States.TaskFailed"], JitterStrategy = "FULL" }]
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
