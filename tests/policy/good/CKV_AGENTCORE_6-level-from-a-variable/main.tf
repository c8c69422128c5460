resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({ StartAt = "Done", States = { Done = { Type = "Succeed" } } })

  logging_configuration {
    level = var.log_level
  }

  tracing_configuration {
    enabled = var.tracing
  }
}

variable "role_arn" {
  type = string
}

variable "log_level" {
  type    = string
  default = "FATAL"
}

variable "tracing" {
  type = bool
}
