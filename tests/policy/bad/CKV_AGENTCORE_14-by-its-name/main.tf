# Statement 1 does not say whose bucket it is about.
resource "aws_iam_role_policy" "bad" {
  role = "orders"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:PutObject"], Resource = ["arn:aws:s3:::orders-of-finance/orders/*"] },
    ]
  })
}
