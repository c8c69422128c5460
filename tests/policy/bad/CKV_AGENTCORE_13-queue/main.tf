# Statement Deliver lets events.amazonaws.com and sns.amazonaws.com act for any account.
resource "aws_sqs_queue_policy" "bad" {
  queue_url = var.queue.url
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "Deliver"
        Effect    = "Allow"
        Action    = "sqs:SendMessage"
        Principal = { Service = ["events.amazonaws.com", "sns.amazonaws.com"] }
        Resource  = var.queue.arn
      },
      {
        Sid       = "WithoutTls"
        Effect    = "Deny"
        Action    = "sqs:*"
        Principal = "*"
        Resource  = var.queue.arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

variable "queue" {
  type = object({ arn = string, url = string })
}
