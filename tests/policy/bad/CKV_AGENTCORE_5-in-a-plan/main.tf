# Price has no timeout.
resource "aws_sfn_state_machine" "bad" {
  name       = "orders"
  role_arn   = var.role_arn
  definition = templatefile("${path.module}/price.asl.json.tftpl", { seconds = 60 })

  logging_configuration {
    level = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type    = string
  default = "arn:aws:iam::111122223333:role/orders"
}
