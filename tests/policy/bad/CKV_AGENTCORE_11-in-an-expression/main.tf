# Look does not say whose bucket it calls.
resource "aws_sfn_state_machine" "bad" {
  name     = "orders"
  role_arn = var.role_arn

  definition = jsonencode({
    QueryLanguage = "JSONata"
    StartAt       = "Look"
    States = {
      Look = {
        Type      = "Task"
        Resource  = "arn:aws:states:::aws-sdk:s3:getObject"
        Arguments = "{% { 'Bucket': $bucket, 'Key': $key } %}"
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
