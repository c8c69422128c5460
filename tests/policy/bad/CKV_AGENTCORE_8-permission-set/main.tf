# Line 7 does not say why it needs the *.
resource "aws_ssoadmin_permission_set_inline_policy" "bad" {
  instance_arn       = var.instance_arn
  permission_set_arn = var.permission_set_arn
  inline_policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", Resource = ["*"] }]
  })
}

variable "instance_arn" {
  type = string
}

variable "permission_set_arn" {
  type = string
}
