# Nothing catches the errors of Ask.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = templatefile("./ask.asl.json.tftpl", { partition = "aws", seconds = 60 })

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
