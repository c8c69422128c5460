# Ask is not retried.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = file("${path.module}/ask.asl.json")

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
