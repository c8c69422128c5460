resource "aws_sfn_state_machine" "good" {
  name       = "orders"
  role_arn   = var.role_arn
  definition = jsonencode({ StartAt = "Done", States = { Done = { Type = "Succeed" } } })

  dynamic "logging_configuration" {
    for_each = ["ALL"]
    content {
      level = logging_configuration.value
    }
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type = string
}
