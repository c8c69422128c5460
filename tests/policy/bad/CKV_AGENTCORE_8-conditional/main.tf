# Line 5 does not say why it needs the *.
data "aws_iam_policy_document" "bad" {
  statement {
    actions   = ["sqs:SendMessage"]
    resources = var.queue_arn == null ? ["*"] : [var.queue_arn]
  }
}

variable "queue_arn" {
  type = string
}
