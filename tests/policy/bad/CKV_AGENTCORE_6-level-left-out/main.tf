# Its log level is OFF.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({ StartAt = "Done", States = { Done = { Type = "Succeed" } } })

  logging_configuration {
    include_execution_data = true
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type = string
}
