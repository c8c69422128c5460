resource "aws_iam_role" "good" {
  name = "orders"
  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "states.amazonaws.com" }
      Condition = { ArnLike = { "aws:SourceArn" = "arn:aws:states:eu-west-1:${var.account}:stateMachine:orders" } }
    }]
  })
}

variable "account" {
  type = string
}
