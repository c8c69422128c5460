resource "aws_iam_role_policy" "good" {
  role = "orders"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Effect   = "Allow"
        Action   = "s3:ListBucket"
        Resource = "arn:aws:s3:::orders"
        Condition = {
          StringLike   = { "s3:prefix" = "confirmations/*" }
          StringEquals = { "aws:ResourceAccount" = var.owner }
        }
      },
      {
        Effect    = "Allow"
        Action    = "s3:GetObject"
        Resource  = "arn:aws:s3:::orders/confirmations/*"
        Condition = { StringEquals = { "aws:ResourceAccount" = var.owner } }
      },
    ]
  })
}

variable "owner" {
  type = string
}
