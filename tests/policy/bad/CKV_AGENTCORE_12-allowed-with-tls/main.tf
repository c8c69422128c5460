# Its policy lets requests come without TLS.
resource "aws_sqs_queue_policy" "bad" {
  queue_url = "https://queue.example"
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Send"
        Effect    = "Allow"
        Action    = "sqs:SendMessage"
        Principal = { Service = "events.amazonaws.com" }
        Resource  = var.arn
        Condition = { StringEquals = { "aws:SourceAccount" = "111122223333" } }
      },
      {
        Sid       = "WithoutTls"
        Effect    = "Allow"
        Action    = "sqs:*"
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
