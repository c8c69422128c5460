resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    StartAt = "Notify"
    States = {
      Notify = {
        Type      = "Task"
        Resource  = "arn:aws:states:::aws-sdk:sns:publish"
        Arguments = { Message = "done" }
        End       = true
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
