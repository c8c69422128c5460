# Line 4 of main.tf holds what looks like an account id: 444455556666
variable "account_id" {
  type    = string
  default = "444455556666"
}

resource "aws_sns_topic_subscription" "bad" {
  topic_arn = "arn:aws:sns:eu-west-1:${var.account_id}:orders"
  protocol  = "sqs"
  endpoint  = "arn:aws:sqs:eu-west-1:${var.account_id}:orders"
}
