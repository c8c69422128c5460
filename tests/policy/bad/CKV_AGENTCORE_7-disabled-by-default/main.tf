# Its tracing is off.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({ StartAt = "Done", States = { Done = { Type = "Succeed" } } })

  logging_configuration {
    level = "ERROR"
  }

  tracing_configuration {
    enabled = var.tracing
  }
}

variable "role_arn" {
  type = string
}

variable "tracing" {
  type    = bool
  default = false
}
