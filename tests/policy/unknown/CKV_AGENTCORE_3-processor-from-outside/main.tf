resource "aws_sfn_state_machine" "unknown" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    StartAt = "Each"
    States = {
      Each = {
        Type          = "Map"
        ItemProcessor = var.processor
        End           = true
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

variable "processor" {
  type = any
}
