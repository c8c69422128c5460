# Line 11 does not say why it needs the *.
resource "aws_iam_role" "bad" {
  name               = "orders"
  assume_role_policy = var.trust

  inline_policy {
    name = "orders"
    policy = jsonencode({
      Version = "2012-10-17"
      Statement = [
        { Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" },
      ]
    })
  }
}

variable "trust" {
  type = string
}
