# Its policy lets requests come without TLS.
resource "aws_sns_topic_policy" "bad" {
  arn = var.arn
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Send"
        Effect    = "Allow"
        Action    = "sns:Publish"
        Principal = { Service = "events.amazonaws.com" }
        Resource  = var.arn
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      },
      {
        Sid       = "WithoutTls"
        Effect    = "Deny"
        Action    = "sns:*"
        Principal = "*"
        Resource  = var.arn
        Condition = { Bool = { "aws:SecureTransport" = "true" } }
      },
    ]
  })
}

variable "arn" {
  type = string
}
