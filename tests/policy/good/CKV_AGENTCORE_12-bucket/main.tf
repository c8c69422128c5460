resource "aws_s3_bucket_policy" "good" {
  bucket = "documents"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Send"
        Effect    = "Allow"
        Action    = "s3:PutObject"
        Principal = { Service = "events.amazonaws.com" }
        Resource  = var.arn
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      },
      {
        Sid       = "WithoutTls"
        Effect    = "Deny"
        Action    = "s3:*"
        Principal = "*"
        Resource  = var.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

variable "arn" {
  type = string
}
