# Line 9 does not say why it needs the *.
resource "aws_iam_role_policy" "bad" {
  role = "orders"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Deny", Action = "s3:*", Resource = "*" },
      { Effect = "Allow", Action = "logs:DescribeLogGroups", Resource = "*" }, # * because it lists them all
      { Effect = "Allow", Action = "sqs:SendMessage", Resource = "*" },
    ]
  })
}
