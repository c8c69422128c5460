# Line 10 does not say why it needs the *.
resource "aws_iam_role_policy" "bad" {
  role = "deployer"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = ["iam:GetRole", "iam:PassRole"]
        Resource = "arn:aws:iam::${var.account}:role/orders/*"
      },
    ]
  })
}

variable "account" {
  type = string
}
