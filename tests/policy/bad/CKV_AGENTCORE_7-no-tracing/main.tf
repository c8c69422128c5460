# Its tracing is off.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({ StartAt = "Done", States = { Done = { Type = "Succeed" } } })

  logging_configuration {
    level = "ERROR"
  }
}

variable "role_arn" {
  type = string
}
