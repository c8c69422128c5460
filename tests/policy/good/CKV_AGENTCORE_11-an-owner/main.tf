resource "aws_sfn_state_machine" "good" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Look"
    States = {
      Look = {
        Type      = "Task"
        Resource  = "arn:aws:states:::aws-sdk:s3:headObject"
        Arguments = { Bucket = "{% $bucket %}", Key = "{% $key %}", ExpectedBucketOwner = var.owner }
        End       = true
      }
    }
  })

  logging_configuration {
    level = "ERROR"
  }

  tracing_configuration {
    enabled = true
  }
}

variable "role_arn" {
  type = string
}

variable "owner" {
  type = string
}
