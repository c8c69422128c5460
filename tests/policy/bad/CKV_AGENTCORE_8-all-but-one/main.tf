# Line 6 does not say why it needs the *.
resource "aws_iam_role_policy" "bad" {
  role = "orders"
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [{ Effect = "Allow", Action = "sqs:SendMessage", NotResource = "arn:aws:sqs:*:*:secret" }]
  })
}
